"""The adjudicator's desk as a Gradio component; it talks to `annotator.routes.adjudicate`."""

import gradio as gr

from annotator.widgets import html_widget


def adjudicate_desk() -> gr.HTML:
    """Expects a pair viewer and a keyboard on the same page."""
    return html_widget(
        __file__,
        "adjudicate_desk",
        "../make.js",
        "../ask.js",
        "../differences.js",
        "versions.js",
        "adjudicate_desk.js",
    )
