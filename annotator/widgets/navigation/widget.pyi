"""The navigation bar as a Gradio component."""

from collections.abc import Sequence

import gradio as gr

from annotator.page import Page
from annotator.widgets import read_beside

from gradio.events import Dependency

class Navigation(gr.HTML):
    """Draws plain links to `pages`; the name and the theme are handled in the browser."""

    def __init__(self, pages: Sequence[Page], current: Page) -> None:
        links = [
            {"title": page.title, "href": page.href, "current": page is current} for page in pages
        ]
        super().__init__(
            value="",
            html_template=read_beside(__file__, "navigation.html"),
            css_template=read_beside(__file__, "navigation.css"),
            js_on_load=read_beside(__file__, "navigation.js"),
            apply_default_css=False,
            elem_id="navigation",
            links=links,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component