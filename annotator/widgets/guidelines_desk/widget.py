"""The guidelines' page as a Gradio component; it asks `annotator.routes.guidelines`."""

import gradio as gr

from annotator.widgets import html_widget


def guidelines_desk() -> gr.HTML:
    """Admins edit; the others read, and see who changed what."""
    return html_widget(
        __file__,
        "guidelines_desk",
        "../make.js",
        "../ask.js",
        "../differences.js",
        "../guide.js",
        "guidelines_desk.js",
    )
