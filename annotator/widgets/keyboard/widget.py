"""Keyboard shortcuts as a Gradio component: any visible button with `data-key` gets its key."""

import gradio as gr

from annotator.widgets import html_widget


def keyboard() -> gr.HTML:
    """Listens on the whole page; `?` opens the sheet of shortcuts."""
    return html_widget(__file__, "keyboard")
