"""The board of imported benchmarks as a Gradio component; draws itself from /api/imported."""

import gradio as gr

from annotator.widgets import html_widget


def imported_board() -> gr.HTML:
    """Drawn once when the page loads."""
    return html_widget(__file__, "imported_board", "../make.js", "../ask.js", "imported_board.js")
