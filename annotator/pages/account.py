"""Account: one's own password, sessions and API tokens."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.account_board import account_board


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.tokens`."""
    with gr.Column(elem_id="account", elem_classes="page"):
        account_board()


PAGE = Page("Account", "account", build, in_menu=True)
