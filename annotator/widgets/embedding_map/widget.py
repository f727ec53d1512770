"""The two maps as a Gradio component; the browser fetches the data itself."""

from pathlib import Path

import gradio as gr

from annotator.widgets import html_widget

# Served by name as ES modules, so that each file is checked and shown by name in a debugger.
SCRIPTS = {
    path.name: path
    for path in sorted(Path(__file__).parent.glob("*.js"))
    if path.name != "mount.js"
}


def embedding_map() -> gr.HTML:
    """Draws what `annotator.routes.maps` serves; says what to do when there is no map yet."""
    return html_widget(__file__, "embedding_map", "mount.js")
