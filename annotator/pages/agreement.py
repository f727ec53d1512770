"""Agreement: how far annotators agree about the pairs that several of them had; for reviewers."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.agreement_board import agreement_board
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays out the board; its numbers reach it through `annotator.routes.agreement`."""
    with gr.Column(elem_id="agreement", elem_classes="page"):
        gr.Markdown("# Agreement")
        agreement_board()


PAGE = Page("Agreement", "agreement", build, role=Role.reviewer)
