"""The review page: decide pairs one after another, and write their questions."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.keyboard import keyboard
from annotator.widgets.pair_viewer import pair_viewer
from annotator.widgets.review_desk import review_desk
from annotator.widgets.write_form import write_form
from evaluation.patterns import load_patterns


def build(_studio: Studio) -> None:
    """Lays out the widgets; all data reaches them through `annotator.routes.review`."""
    with gr.Column(elem_id="review"):
        keyboard("review")
        review_desk()  # before the images, so that Tab reaches the verdict first
        pair_viewer()
        write_form(load_patterns("mmvp"))


PAGE = Page("Review", "", build)
