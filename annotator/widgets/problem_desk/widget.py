"""The reviewer's list of problems as a Gradio component; it asks `annotator.routes.problems`."""

import gradio as gr

from annotator.widgets import html_widget


def problem_desk() -> gr.HTML:
    """Says `problems:changed` on the document after each change."""
    return html_widget(
        __file__,
        "problem_desk",
        "../make.js",
        "../ask.js",
        "../differences.js",
        "fixing.js",
        "problem_desk.js",
    )
