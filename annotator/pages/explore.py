"""Explore: both embedding spaces side by side, with the pairs that tear between them."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.embedding_map import EmbeddingMap


def build(_studio: Studio) -> None:
    """Lays the page out; the maps are drawn in the browser."""
    with gr.Column(elem_classes="page explore"):
        EmbeddingMap()


PAGE = Page("Explore", "explore", build)
