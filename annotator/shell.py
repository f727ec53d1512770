"""What every page shares: theme, stylesheet, head scripts and the navigation bar."""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.navigation import navigation

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
    return f"<script>{(STATIC / 'theme.js').read_text(encoding='utf-8')}</script>"


def stylesheet() -> str:
    """The palette and page layouts as CSS text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.css")))


def build_pages(studio: Studio, pages: Sequence[Page]) -> gr.Blocks:
    """Lays out all `pages`, the first one at the root, each under the same navigation bar."""
    start, *others = pages
    blocks: gr.Blocks = gr.Blocks(title="MMVP Studio", analytics_enabled=False, fill_width=True)
    with blocks:
        _fill(start, pages, studio)
    for page in others:
        with blocks.route(page.title, page.path.strip("/")):
            _fill(page, pages, studio)
    return blocks


def _fill(page: Page, pages: Sequence[Page], studio: Studio) -> None:
    navigation(pages, page)
    page.build(studio)
