"""Results: models on this workspace's questions, and what they get wrong; for reviewers."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.results_board import results_board
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays out the board; its numbers reach it through `annotator.routes.results`."""
    with gr.Column(elem_id="results", elem_classes="page"):
        gr.Markdown("# Results")
        results_board()


PAGE = Page("Results", "results", build, role=Role.reviewer)
