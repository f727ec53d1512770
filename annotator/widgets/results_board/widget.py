"""The results board as a Gradio component; draws itself from /api/results."""

import gradio as gr
import plotly

from annotator.widgets import html_widget

_SCRIPTS = (
    "../make.js",
    "../ask.js",
    "../vector.js",
    "shared.js",
    "standing.js",
    "by_pattern.js",
    "encoders.js",
    "versus.js",
    "versions.js",
    "gallery.js",
    "saving.js",
    "results_board.js",
)


def results_board() -> gr.HTML:
    """Drawn when the page loads, and again whenever the grader or the chosen models change."""
    return html_widget(__file__, "results_board", *_SCRIPTS, plotly=plotly.__version__)
