"""The navigation bar as a Gradio component."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from annotator.page import Page
from annotator.widgets import html_widget
from db.roles import Role


def navigation(pages: Sequence[Page], current: Page) -> gr.HTML:
    """Draws plain links to `pages`; who one is and the theme are handled in the browser.

    Links that need a role stay hidden until the browser knows it; the server refuses anyway.
    """

    def links(*, in_menu: bool) -> list[dict[str, Any]]:
        return [
            {
                "title": page.title,
                "href": page.href,
                "current": page is current,
                "role": page.role.value,
                "guarded": page.role is not Role.annotator,
            }
            for page in pages
            if page.in_menu is in_menu
        ]

    return html_widget(__file__, "navigation", links=links(in_menu=False), menu=links(in_menu=True))
