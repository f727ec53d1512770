"""Explore: both embedding spaces side by side, with the pairs that tear between them."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from annotator.page import Page
from annotator.studio import Studio
from annotator.widgets.embedding_map import embedding_map
from annotator.widgets.encoder_matrix import encoder_matrix
from annotator.widgets.explore_bar import explore_bar
from annotator.widgets.explore_search import explore_search
from annotator.widgets.figure_dialog import figure_dialog
from annotator.widgets.job_strip import job_strip
from annotator.widgets.joint_histogram import joint_histogram
from annotator.widgets.keyboard import keyboard
from annotator.widgets.layout_drawer import layout_drawer
from annotator.widgets.mixture_lens import mixture_lens
from annotator.widgets.neighbors_panel import neighbors_panel
from annotator.widgets.why_view import why_view


def build(_studio: Studio) -> None:
    """Lays the page out; the data reaches the widgets through routes, and they talk by events.

    Widgets that live in a slot (`data-slot` of the bar: search, layout, jobs; of the map: why,
    neighbors, mixture) stand under `_guests` and move their element there themselves.
    """
    with gr.Column(elem_id="explore", elem_classes="page"):
        keyboard("explore")
        explore_bar()
        with _view("maps"):
            embedding_map()
        with _view("histogram"):
            joint_histogram()
        with _view("encoders"):
            encoder_matrix()
        with gr.Column(elem_id="explore-guests"):
            figure_dialog()
            explore_search()
            job_strip()
            layout_drawer()
            mixture_lens()
            neighbors_panel()
            why_view("explore")


@contextmanager
def _view(name: str) -> Iterator[None]:
    """A section of the page; the bar shows one of them at a time."""
    with gr.Column(elem_classes=["explore-view", f"view-{name}"]):
        yield


PAGE = Page("Explore", "explore", build, preloads=("embedding_map",))
