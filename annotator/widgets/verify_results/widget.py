"""The results of blind verification as a Gradio component; draws itself from /api/verify."""

import gradio as gr

from annotator.widgets import html_widget


def verify_results() -> gr.HTML:
    """Hidden from whoever may not see the results; the desk's tab shows it."""
    scripts = ("../make.js", "../ask.js", "../vector.js", "verify_results.js", "questions.js")
    return html_widget(__file__, "verify_results", *scripts)
