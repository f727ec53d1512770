"""The blind question as a Gradio component; it talks to the routes of `annotator.routes.verify`."""

import gradio as gr

from annotator.widgets import html_widget


def verify_desk() -> gr.HTML:
    """Expects a keyboard on the same page; zooms like the pair viewer, with one image."""
    return html_widget(
        __file__,
        "verify_desk",
        "../make.js",
        "../ask.js",
        "../pair_viewer/zoom.js",
        "../clock.js",
        "verify_desk.js",
    )
