"""The search field as a Gradio component; it asks the routes of `annotator.routes.search`."""

import gradio as gr

from annotator.widgets import html_widget


def explore_search() -> gr.HTML:
    """Tells the page what it finds by `explore:images`; moves into the bar if there is one."""
    return html_widget(__file__, "explore_search", "mount.js")
