"""A pair's timeline as a Gradio component; it talks to `annotator.routes.history`."""

import gradio as gr

from annotator.widgets import html_widget


def pair_history() -> gr.HTML:
    """Opened by a button with the id `show-history`; follows the pair that the page shows."""
    scripts = ("../make.js", "../ask.js", "../differences.js", "pair_history.js")
    return html_widget(__file__, "pair_history", *scripts)
