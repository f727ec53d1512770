"""The review page: decide pairs one after another, and write their questions."""

import gradio as gr

from annotator.page import Page
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.widgets.both_texts import both_texts
from annotator.widgets.guidelines_panel import guidelines_panel
from annotator.widgets.keyboard import keyboard
from annotator.widgets.pair_history import pair_history
from annotator.widgets.pair_viewer import pair_viewer
from annotator.widgets.review_desk import review_desk
from annotator.widgets.why_view import why_view
from annotator.widgets.write_form import write_form


def build(studio: Studio) -> None:
    """Lays out the widgets; all data reaches them through `annotator.routes.review`."""
    with gr.Column(elem_id="review"):
        keyboard("review")
        guidelines_panel("review")
        review_desk()  # before the images, so that Tab reaches the verdict first
        pair_viewer()
        why_view("review")
        write_form(workspace_patterns(studio))
        pair_history()
        both_texts()


PAGE = Page("Review", "", build)
