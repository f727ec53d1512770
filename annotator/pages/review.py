"""The review page: decide pairs one after another, and write their questions."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.keyboard import Keyboard
from annotator.widgets.pair_viewer import PairViewer
from annotator.widgets.review_desk import ReviewDesk
from annotator.widgets.write_form import WriteForm
from evaluation.patterns import load_patterns


def build(_studio: Studio) -> None:
    """Lays out the widgets; all data reaches them through `annotator.routes.review`."""
    with gr.Column(elem_id="review"):
        Keyboard()
        PairViewer()
        WriteForm(load_patterns("mmvp"))
        ReviewDesk()


PAGE = Page("Review", "", build)
