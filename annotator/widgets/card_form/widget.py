"""The form as a Gradio component; it asks `annotator.routes.card`."""

import gradio as gr

from annotator.widgets import html_widget


def card_form() -> gr.HTML:
    """Folded away until it is opened; only admins may change anything in it."""
    return html_widget(__file__, "card_form", "../make.js", "../ask.js", "card_form.js")
