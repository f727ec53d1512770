"""The set of visual patterns as a Gradio component; it asks `annotator.routes.patterns`."""

import gradio as gr

from annotator.widgets import html_widget


def pattern_set() -> gr.HTML:
    """Says `patterns:changed` on the document after each change."""
    return html_widget(
        __file__, "pattern_set", "../make.js", "../ask.js", "../guide.js", "pattern_set.js"
    )
