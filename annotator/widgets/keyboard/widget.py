"""Keyboard shortcuts as a Gradio component: a visible button gets its `aria-keyshortcuts`."""

import gradio as gr

from annotator.widgets import html_widget


def keyboard(page: str) -> gr.HTML:
    """Listens on the whole page; `?` opens the sheet of shortcuts, those of "review" or "explore".

    The page has a button of its own with the shortcut `?`, which opens the sheet.
    """
    return html_widget(__file__, "keyboard", review=page == "review", explore=page == "explore")
