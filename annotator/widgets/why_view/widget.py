"""The Why view as a Gradio component; it fetches what `annotator.routes.why` computes."""

import gradio as gr

from annotator.widgets import html_widget


def why_view(page: str) -> gr.HTML:
    """For the page "review", whose own button opens it, or "explore"; computes only while open."""
    return html_widget(__file__, "why_view", "mount.js", review=page == "review")
