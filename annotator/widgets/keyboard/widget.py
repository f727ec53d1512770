"""Keyboard shortcuts as a Gradio component: a visible button gets its `aria-keyshortcuts`."""

import gradio as gr

from annotator.widgets import html_widget


def keyboard(page: str) -> gr.HTML:
    """Listens on the whole page; `?` opens the sheet of shortcuts of "review", "explore" and so on.

    The page has a button of its own with the shortcut `?`, which opens the sheet.
    """
    sheets = {name: name == page for name in ("review", "explore", "verify", "adjudicate")}
    return html_widget(__file__, "keyboard", **sheets)
