"""Progress: how far the benchmark is, by state, visual pattern, person and day."""

import math
from typing import Any

import gradio as gr
import plotly.graph_objects as go

from annotator import charts
from annotator.page import Page
from annotator.review import encoder_label
from annotator.studio import Studio
from annotator.widgets.progress_board import progress_board
from db.lifecycle import PairState
from db.progress import progress
from db.views import Progress
from evaluation.patterns import load_patterns

_REFRESH_SECONDS = 20
# The order of the work, which is also that of the stacked bar.
_STATES = (
    PairState.complete,
    PairState.accepted,
    PairState.rejected,
    PairState.skipped,
    PairState.unreviewed,
)


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
        timer = gr.Timer(_REFRESH_SECONDS)

    def count() -> tuple[dict[str, Any], dict[str, Any], go.Figure, go.Figure]:
        found = progress(studio.database, target_pairs=studio.settings.target_pairs)
        return (
            summary(found),
            gr.update(visible=bool(found.per_day)),
            charts.annotators_figure(found.by_annotator),
            charts.activity_figure(found.per_day),
        )

    shown = [board, row, people, days]
    gr.on(None, count, None, shown, show_progress="hidden")  # None: when the page loads
    gr.on([timer.tick, again.click], count, None, shown, show_progress="hidden")


def summary(found: Progress) -> dict[str, Any]:
    """What the board shows, as JSON values."""
    patterns = load_patterns()
    run = found.current_run
    return {
        "target": found.target_pairs,
        "complete": found.by_state[PairState.complete],
        "waiting": found.by_state[PairState.accepted],
        "open": found.by_state[PairState.unreviewed] + found.by_state[PairState.skipped],
        "n_pairs": found.n_pairs,
        "n_images": found.n_images,
        "states": [{"state": state.value, "n": found.by_state[state]} for state in _STATES],
        "even": math.ceil(found.target_pairs / len(patterns)),
        "patterns": [
            {"slug": one.slug, "name": one.name, "n": found.by_pattern.get(one.slug, 0)}
            for one in patterns
        ],
        "run": run
        and {
            "blind": encoder_label(run.blind_encoder),
            "reference": encoder_label(run.reference_encoder),
            "blind_min": run.blind_min,
            "reference_max": run.reference_max,
        },
    }


PAGE = Page("Progress", "progress", build)
