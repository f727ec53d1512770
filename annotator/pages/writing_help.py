"""Writing help: whether writers may ask a model for suggestions; for admins."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.suggestion_switch import suggestion_switch
from db.roles import Role


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.writing`."""
    with gr.Column(elem_id="writing-help", elem_classes="page"):
        gr.Markdown("# Writing help")
        suggestion_switch()


PAGE = Page("Writing help", "writing-help", build, role=Role.admin, in_menu=True)
