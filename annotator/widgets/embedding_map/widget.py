"""The two maps as a Gradio component; the browser fetches the data itself."""

import gradio as gr

from annotator.widgets import html_widget


def embedding_map() -> gr.HTML:
    """Draws what `annotator.routes.maps` serves; says what to do when there is no map yet."""
    return html_widget(__file__, "embedding_map", "mount.js")
