"""The switch as a Gradio component; it asks `annotator.routes.writing`."""

import gradio as gr

from annotator.widgets import html_widget


def suggestion_switch() -> gr.HTML:
    """For admins: off until one of them turns it on."""
    scripts = ("../make.js", "../ask.js", "suggestion_switch.js")
    return html_widget(__file__, "suggestion_switch", *scripts)
