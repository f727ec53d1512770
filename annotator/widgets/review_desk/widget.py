"""The review desk as a Gradio component; it talks to the routes of `annotator.routes.review`."""

import gradio as gr

from annotator.widgets import html_widget


def review_desk() -> gr.HTML:
    """Expects a pair viewer, a write form, both texts and a keyboard on the same page."""
    return html_widget(
        __file__,
        "review_desk",
        "../clock.js",
        "active.js",
        "gap_ruler.js",
        "empty.js",
        "lease.js",
        "filter.js",
        "saving.js",
        "review_desk.js",
    )
