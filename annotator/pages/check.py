"""Check: mistakes in the benchmark, and what can be answered without looking; for reviewers."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.check_board import check_board
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays out the board; its findings reach it through `annotator.routes.check`."""
    with gr.Column(elem_id="check", elem_classes="page"):
        gr.Markdown("# Check")
        check_board()


PAGE = Page("Check", "check", build, role=Role.reviewer)
