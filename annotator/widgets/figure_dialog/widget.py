"""The figure dialog as a Gradio component."""

import gradio as gr
import plotly

from annotator.widgets import html_widget


def figure_dialog() -> gr.HTML:
    """Opened by any button with `data-figure="map"` or `"histogram"` on the page."""
    return html_widget(__file__, "figure_dialog", "mount.js", plotly=plotly.__version__)
