"""Explore: both embedding spaces side by side, with the pairs that tear between them."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.embedding_map import embedding_map
from annotator.widgets.keyboard import keyboard


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.maps`."""
    with gr.Column(elem_id="explore", elem_classes="page"):
        keyboard("explore")
        embedding_map()


PAGE = Page("Explore", "explore", build)
