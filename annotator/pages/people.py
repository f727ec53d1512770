"""People: who has an account, with which role; for admins."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.people_board import people_board
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.people`."""
    with gr.Column(elem_id="people", elem_classes="page"):
        people_board()


PAGE = Page("People", "people", build, role=Role.admin, in_menu=True)
