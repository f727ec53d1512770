"""The layouts of the chosen encoders as a Gradio component; `layout=` in the address says which."""

import gradio as gr

from annotator.widgets import html_widget


def layout_drawer() -> gr.HTML:
    """A button in the bar's slot `layout` that opens the dialog."""
    return html_widget(__file__, "layout_drawer", "mount.js")
