"""What every page shares: theme, stylesheet, head scripts and the navigation bar."""

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from annotator.access import check_role
from annotator.identity import NotLoggedIn, current_person
from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.navigation import navigation
from db.roles import Role

STATIC = Path(__file__).parent / "static"
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"]


def theme() -> gr.themes.Base:
    """Gradio's own controls in the app's palette; only fonts the machine already has."""
    base = gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="zinc",
        radius_size="md",
        font=SYSTEM_FONTS,
        font_mono=["ui-monospace", "DejaVu Sans Mono", "monospace"],
    )
    colours = {
        "body_background_fill": "var(--studio-page)",
        "body_text_color": "var(--studio-ink)",
        "body_text_color_subdued": "var(--studio-muted)",
        "background_fill_primary": "var(--studio-surface)",
        "background_fill_secondary": "var(--studio-sunken)",
        "block_background_fill": "var(--studio-surface)",
        "border_color_primary": "var(--studio-line)",
        "input_background_fill": "var(--studio-surface)",
        "input_border_color": "var(--studio-line-strong)",
        "button_primary_background_fill": "var(--studio-accent)",
        "button_primary_background_fill_hover": "var(--studio-accent-hover)",
        "button_primary_text_color": "var(--studio-on-accent)",
        "button_secondary_background_fill": "var(--studio-surface)",
        "button_secondary_background_fill_hover": "var(--studio-hover)",
        "button_secondary_border_color": "var(--studio-line-strong)",
        "button_secondary_text_color": "var(--studio-ink)",
    }
    return base.set(**colours, **{f"{name}_dark": value for name, value in colours.items()})


def head() -> str:
    """Scripts for every page's head: the remembered theme."""
    return f"<script>{head_script()}</script>"


def head_script() -> str:
    """The text of that script, which Gradio has the page add to itself."""
    return (STATIC / "theme.js").read_text(encoding="utf-8")


def stylesheet() -> str:
    """The palette and page layouts as CSS text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.css")))


def build_pages(studio: Studio, pages: Sequence[Page]) -> gr.Blocks:
    """Lays out all `pages`, the first one at the root, each under the same navigation bar."""
    start, *others = pages
    blocks: gr.Blocks = gr.Blocks(title="MMVP Studio", analytics_enabled=False, fill_width=True)
    with blocks:
        _fill(blocks, start, pages, studio)
    for page in others:
        with blocks.route(page.title, page.path.strip("/")):
            _fill(blocks, page, pages, studio)
    return blocks


def _fill(blocks: gr.Blocks, page: Page, pages: Sequence[Page], studio: Studio) -> None:
    navigation(pages, page)
    before = set(blocks.fns)
    page.build(studio)
    for number in set(blocks.fns) - before:
        event = blocks.fns[number]
        if event.fn is not None:
            event.fn = _for_role(page.role, event.fn)


def _for_role(role: Role, handle: Callable[..., Any]) -> Callable[..., Any]:
    """The same event for people with this role; Gradio lets anybody who knows its number call it.

    Raises:
        TypeError: the event is a generator or a coroutine, whose role this does not check.
    """
    if inspect.iscoroutinefunction(handle) or inspect.isgeneratorfunction(handle):
        raise TypeError(f"{handle} must be a plain function")

    @functools.wraps(handle)
    def checked(*given: Any) -> Any:  # noqa: ANN401 - whatever the event takes and gives
        request = LocalContext.request.get()
        if request is None or request.request is None:
            raise NotLoggedIn
        check_role(current_person(request.request), role)
        return handle(*given)

    return checked
