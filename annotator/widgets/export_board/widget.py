"""The export board as a Gradio component; its value is what `annotator.exports` says."""

import gradio as gr

from annotator.widgets import html_widget


def export_board() -> gr.HTML:
    """Drawn anew whenever its value, {plan, outcome, problem}, changes."""
    return html_widget(__file__, "export_board", "../make.js", "export_board.js")
