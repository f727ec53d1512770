"""Adjudicate: the pairs on which people disagree, with all that was said; for reviewers."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.adjudicate_desk import adjudicate_desk
from annotator.widgets.guidelines_panel import guidelines_panel
from annotator.widgets.keyboard import keyboard
from annotator.widgets.pair_viewer import pair_viewer
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays out the widgets; all data reaches them through `annotator.routes.adjudicate`."""
    with gr.Column(elem_id="adjudicate"):
        keyboard("adjudicate")
        guidelines_panel("adjudicate")
        pair_viewer()
        adjudicate_desk()


PAGE = Page("Adjudicate", "adjudicate", build, role=Role.reviewer)
