"""The rates as a Gradio component; it asks `annotator.routes.writing`."""

import gradio as gr

from annotator.widgets import html_widget


def suggestion_rates() -> gr.HTML:
    """Not there before the first suggestion."""
    scripts = ("../make.js", "../ask.js", "suggestion_rates.js")
    return html_widget(__file__, "suggestion_rates", *scripts)
