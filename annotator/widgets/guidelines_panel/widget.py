"""The guidelines panel as a Gradio component; it asks `annotator.routes.guidelines`."""

import gradio as gr

from annotator.widgets import html_widget


def guidelines_panel(page: str) -> gr.HTML:
    """Two buttons, which move into the bar of "review", "verify" or "adjudicate", and the panel.

    On "verify" nothing of any pair is shown, and reports are made by the question's token.
    """
    return html_widget(
        __file__,
        "guidelines_panel",
        "../make.js",
        "../ask.js",
        "../guide.js",
        "reporting.js",
        "panel.js",
        page=page,
    )
