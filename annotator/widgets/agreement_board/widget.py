"""The agreement board as a Gradio component; draws itself from /api/agreement."""

import gradio as gr

from annotator.widgets import html_widget


def agreement_board() -> gr.HTML:
    """Drawn once when the page loads."""
    scripts = ("../make.js", "../ask.js", "../vector.js", "agreement_board.js")
    return html_widget(__file__, "agreement_board", *scripts)
