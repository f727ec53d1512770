"""The joint histogram as a Gradio component; the browser fetches the counts itself."""

import gradio as gr

from annotator.widgets import html_widget


def joint_histogram() -> gr.HTML:
    """Draws /api/compare/histogram.json; says what to run when nothing is counted yet."""
    return html_widget(__file__, "joint_histogram", "mount.js")
