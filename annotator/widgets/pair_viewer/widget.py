"""The pair viewer as a Gradio component; `window.__viewer` drives it in the browser."""

import gradio as gr

from annotator.widgets import html_widget


def pair_viewer() -> gr.HTML:
    """Shows no pair until the page's script calls `__viewer.show(pair)`."""
    return html_widget(__file__, "pair_viewer", "zoom.js", "modes.js", "pair_viewer.js")
