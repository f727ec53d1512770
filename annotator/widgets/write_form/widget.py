"""The write form as a Gradio component; `window.__form` drives it in the browser."""

from dataclasses import asdict

import gradio as gr

from annotator.widgets import html_widget
from evaluation.patterns import PatternSet


def write_form(patterns: PatternSet) -> gr.HTML:
    """Hidden until the page's script opens it for an accepted pair.

    `patterns` are shown until the page has asked for those that hold by now.
    """
    shown = [asdict(pattern) for pattern in patterns]
    scripts = ("../make.js", "../ask.js", "fields.js", "statements.js", "write_form.js")
    help_scripts = ("changes.js", "suggesting.js", "meter.js")
    return html_widget(__file__, "write_form", *scripts, *help_scripts, patterns=shown)
