"""The check board as a Gradio component; draws itself from /api/check."""

import gradio as gr

from annotator.widgets import html_widget


def check_board() -> gr.HTML:
    """Drawn when the page loads, and again when it is asked to look again."""
    scripts = ("../make.js", "../ask.js", "../vector.js", "blind_guesses.js", "check_board.js")
    return html_widget(__file__, "check_board", *scripts)
