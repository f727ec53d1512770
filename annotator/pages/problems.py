"""Problems: questions that somebody reported, for reviewers to put right."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.problem_desk import problem_desk
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.problems`."""
    with gr.Column(elem_id="problems", elem_classes="page"):
        problem_desk()


PAGE = Page("Problems", "problems", build, role=Role.reviewer)
