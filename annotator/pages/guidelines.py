"""Guidelines: how to judge and write, in versions, and the workspace's visual patterns."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.found_patterns import found_patterns
from annotator.widgets.guidelines_desk import guidelines_desk
from annotator.widgets.pattern_set import pattern_set


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widgets through routes."""
    with gr.Column(elem_id="guidelines", elem_classes="page"):
        guidelines_desk()
        pattern_set()
        found_patterns()


PAGE = Page("Guidelines", "guidelines", build)
