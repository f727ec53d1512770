"""The neighbours as a Gradio component; `explore:image` says whose they are."""

import gradio as gr

from annotator.widgets import html_widget


def neighbors_panel() -> gr.HTML:
    """Empty until an image is picked; moves into the page's place for it if there is one."""
    return html_widget(__file__, "neighbors_panel", "mount.js")
