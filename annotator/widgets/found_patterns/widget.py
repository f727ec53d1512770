"""Found patterns as a Gradio component; it asks `annotator.routes.found_patterns` and jobs."""

import gradio as gr

from annotator.widgets import html_widget


def found_patterns() -> gr.HTML:
    """Reviewers only. Says `patterns:changed` on the document after it changed the set or tags."""
    return html_widget(
        __file__,
        "found_patterns",
        "../make.js",
        "../ask.js",
        "../guide.js",
        "plan.js",
        "card.js",
        "found_patterns.js",
    )
