"""The mixture lens as a Gradio component; the browser fetches the curves when it is first seen."""

import gradio as gr

from annotator.widgets import html_widget


def mixture_lens() -> gr.HTML:
    """Moves into the map's place for it; `explore:selected` says which pair is open."""
    return html_widget(__file__, "mixture_lens", "mount.js")
