"""The board of accounts as a Gradio component."""

import gradio as gr

from annotator.widgets import html_widget


def people_board() -> gr.HTML:
    """Draws itself from /api/people."""
    return html_widget(__file__, "people_board", "../make.js", "../ask.js", "people_board.js")
