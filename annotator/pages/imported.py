"""Imported: benchmarks that came from elsewhere, and a way to each of their pairs."""

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.imported_board import imported_board


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widget through `annotator.routes.imported`."""
    with gr.Column(elem_id="imported", elem_classes="page"):
        gr.Markdown("# Imported")
        imported_board()


PAGE = Page("Imported", "imported", build, in_menu=True)
