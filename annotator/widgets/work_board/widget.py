"""The work board as a Gradio component; draws itself from /api/progress."""

import gradio as gr

from annotator.widgets import html_widget


def work_board() -> gr.HTML:
    """Drawn when the page loads and at every press of Refresh."""
    scripts = ("../make.js", "../ask.js", "../vector.js", "work_board.js")
    return html_widget(__file__, "work_board", *scripts)
