"""The write form as a Gradio component; `window.__form` drives it in the browser."""

from dataclasses import asdict

import gradio as gr

from annotator.widgets import html_widget
from evaluation.patterns import PatternSet


def write_form(patterns: PatternSet) -> gr.HTML:
    """Hidden until the page's script opens it for an accepted pair."""
    shown = [asdict(pattern) for pattern in patterns]
    return html_widget(__file__, "write_form", "fields.js", "write_form.js", patterns=shown)
