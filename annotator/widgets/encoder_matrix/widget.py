"""The matrix of encoders as a Gradio component; the browser fetches the counts itself."""

import gradio as gr

from annotator.widgets import html_widget


def encoder_matrix() -> gr.HTML:
    """Draws /api/compare/matrix: rows blind, columns reference."""
    return html_widget(__file__, "encoder_matrix", "mount.js")
