"""Two texts for one pair side by side, and the choice between them, as a Gradio component."""

import gradio as gr

from annotator.widgets import html_widget


def both_texts() -> gr.HTML:
    """Offers `window.__both_texts.ask(conflict, …)`, which resolves to theirs, mine or edit."""
    scripts = ("../make.js", "../differences.js", "both_texts.js")
    return html_widget(__file__, "both_texts", *scripts)
