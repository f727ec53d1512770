"""The strip of running jobs as a Gradio component; it asks `annotator.routes.jobs`."""

import gradio as gr

from annotator.widgets import html_widget


def job_strip() -> gr.HTML:
    """Shows jobs that somebody started here or elsewhere; says `explore:reload` when one is done.

    Moves into the bar's slot `jobs`.
    """
    return html_widget(__file__, "job_strip", "mount.js")
