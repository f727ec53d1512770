"""Progress: how far the benchmark is, by state, visual pattern, person and day."""

from typing import Any

import gradio as gr
import plotly.graph_objects as go

from annotator import charts
from annotator.dashboards import summary
from annotator.page import Page
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.widgets.progress_board import progress_board
from annotator.widgets.suggestion_rates import suggestion_rates
from annotator.widgets.work_board import work_board
from db.policy import get_policy
from db.progress import progress

_REFRESH_SECONDS = 20


def build(studio: Studio) -> None:
    """Lays the page out; it counts again on load, every 20 seconds and on demand."""
    with gr.Column(elem_id="progress", elem_classes="page"):
        with gr.Row(elem_classes="heading"):
            gr.Markdown("# Progress")
            again = gr.Button("Refresh", size="sm", scale=0, min_width=96, elem_id="refresh")
        board = progress_board()
        # nothing to draw before the first decision: empty axes would say less than no chart
        with gr.Row(elem_classes="charts", visible=False) as row:
            people = gr.Plot(show_label=False, min_width=420, elem_id="by-annotator")
            days = gr.Plot(show_label=False, min_width=420, elem_id="per-day")
        work_board()
        suggestion_rates()
        timer = gr.Timer(_REFRESH_SECONDS)

    def count() -> tuple[dict[str, Any], dict[str, Any], go.Figure, go.Figure]:
        found = progress(studio.database, target_pairs=studio.settings.target_pairs)
        return (
            summary(found, get_policy(studio.database), workspace_patterns(studio)),
            gr.update(visible=bool(found.per_day)),
            charts.annotators_figure(found.by_annotator),
            charts.activity_figure(found.per_day),
        )

    shown = [board, row, people, days]
    gr.on(None, count, None, shown, show_progress="hidden")  # None: when the page loads
    gr.on([timer.tick, again.click], count, None, shown, show_progress="hidden")


PAGE = Page("Progress", "progress", build)
