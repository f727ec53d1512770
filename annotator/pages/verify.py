"""Verify: one image and its question, without the key; and how well people answered."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.guidelines_panel import guidelines_panel
from annotator.widgets.keyboard import keyboard
from annotator.widgets.verify_desk import verify_desk
from annotator.widgets.verify_results import verify_results


def build(_studio: Studio) -> None:
    """Lays out the widgets; all data reaches them through `annotator.routes.verify`."""
    with gr.Column(elem_id="verify"):
        keyboard("verify")
        guidelines_panel("verify")
        verify_desk()
        verify_results()


PAGE = Page("Verify", "verify", build)
