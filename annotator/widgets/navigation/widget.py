"""The navigation bar as a Gradio component."""

from collections.abc import Sequence

import gradio as gr

from annotator.page import Page
from annotator.widgets import html_widget


def navigation(pages: Sequence[Page], current: Page) -> gr.HTML:
    """Draws plain links to `pages`; the name and the theme are handled in the browser."""
    links = [{"title": page.title, "href": page.href, "current": page is current} for page in pages]
    return html_widget(__file__, "navigation", links=links)
