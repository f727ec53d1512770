"""The progress board as a Gradio component; its value is what `annotator.pages.progress` counts."""

import gradio as gr

from annotator.widgets import html_widget


def progress_board() -> gr.HTML:
    """Drawn anew whenever its value, a JSON object, changes."""
    return html_widget(__file__, "progress_board", "../make.js", "progress_board.js")
