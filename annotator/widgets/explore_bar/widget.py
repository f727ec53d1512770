"""The bar of Explore as a Gradio component: which view is shown, and which two encoders."""

import gradio as gr

from annotator.widgets import html_widget


def explore_bar() -> gr.HTML:
    """Shows one `.explore-view` of the page at a time; `view=` in the address says which.

    Widgets that belong into the bar move their element into its slot `search`, `layout` or `jobs`.
    """
    return html_widget(__file__, "explore_bar")
