"""Figures of the leaderboard: all models as bars, and chosen ones by visual pattern."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from html import escape
from typing import Any

import plotly.graph_objects as go

from annotator.errors import AppError
from annotator.figures.style import INK, LABELS, LINE, PALE, FigureSize, styled
from evaluation.scores import CHANCE

Board = Mapping[str, Any]
_LONGEST_NAME = 34


class ResultFigure(StrEnum):
    """What can be drawn."""

    leaderboard = "leaderboard"
    patterns = "patterns"
    radar = "radar"
    encoders = "encoders"
    scale = "scale"
    correlation = "correlation"


def results_figure(
    board: Board, kind: ResultFigure, size: FigureSize, runs: Sequence[str] = ()
) -> go.Figure:
    """The figure on white ground.

    Args:
        runs: names of those to draw by pattern; none for all. The leaderboard draws all.

    Raises:
        AppError: there is no scored run to draw.
    """
    scored = [run for run in board["runs"] if run["scores"] and run["scores"]["pair"]["total"]]
    if kind is not ResultFigure.leaderboard and runs:
        scored = [run for run in scored if run["run"] in runs]
    if not scored:
        raise AppError("there is no scored run to draw.")
    if kind is ResultFigure.leaderboard:
        return _leaderboard(board, scored, size)
    patterns = [one for one in board["patterns"] if _has(scored, one["slug"])]
    if not patterns:
        raise AppError("no answered pair has a visual pattern.")
    if kind is ResultFigure.patterns:
        return _bars(scored, patterns, size)
    return _radar(scored, patterns, size)


def _has(runs: Sequence[Mapping[str, Any]], slug: str) -> bool:
    return any(run["scores"]["by_pattern"][slug]["pair"]["total"] for run in runs)


def _name(run: Mapping[str, Any]) -> str:
    text = run["model"] + (f" ({run['label']})" if run["label"] else "")
    text = text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…"
    return escape(text, quote=False)


def _leaderboard(board: Board, runs: Sequence[Mapping[str, Any]], size: FigureSize) -> go.Figure:
    """Bars with Wilson intervals, the best on top; published numbers are pale and without any."""
    rows: list[dict[str, Any]] = [
        {
            "name": _name(run),
            "value": run["scores"]["pair"]["value"],
            "low": run["scores"]["pair"]["low"],
            "high": run["scores"]["pair"]["high"],
            "ours": True,
        }
        for run in runs
    ]
    rows += [
        {
            "name": f"{escape(one['model'], quote=False)} (published)",
            "value": one["pair_accuracy"],
            "ours": False,
        }
        for one in board["published"]
    ]
    rows.sort(key=lambda row: row["value"])
    figure = go.Figure([_row_bars(rows, ours=True), _row_bars(rows, ours=False)])
    styled(figure, size, showlegend=False, bargap=0.35, barmode="overlay", margin=_margin(size))
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(rows))),
        ticktext=[f"{row['name']}  " for row in rows],
        automargin=True, showgrid=False, zeroline=False,
    )  # fmt: skip
    _percent_axis(figure.update_xaxes, "pair accuracy, %", size)
    for value, words in ((board["chance"], "chance"), (board["human"], "humans")):
        figure.add_vline(x=100 * value, line={"color": INK, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=100 * value, y=1, yref="paper", yanchor="bottom", xanchor="center", showarrow=False,
            text=f"{words} {100 * value:.1f}", font={"size": size.font * 0.9},
        )  # fmt: skip
    return figure


def _row_bars(rows: Sequence[Mapping[str, Any]], *, ours: bool) -> go.Bar:
    """Either one's own rows, which have intervals, or the published ones, which have none."""
    shown = [(place, row) for place, row in enumerate(rows) if row["ours"] is ours]
    bars = go.Bar(
        orientation="h",
        y=[place for place, _ in shown],
        x=[100 * row["value"] for _, row in shown],
        marker={"color": LABELS[0] if ours else PALE},
    )
    if ours:
        bars.error_x = {
            "type": "data",
            "symmetric": False,
            "array": [100 * (row["high"] - row["value"]) for _, row in shown],
            "arrayminus": [100 * (row["value"] - row["low"]) for _, row in shown],
            "color": INK,
            "thickness": 1,
            "width": 2,
        }
    return bars


def _bars(
    runs: Sequence[Mapping[str, Any]], patterns: Sequence[Mapping[str, Any]], size: FigureSize
) -> go.Figure:
    figure = go.Figure()
    for place, run in enumerate(runs):
        shares = [run["scores"]["by_pattern"][one["slug"]]["pair"] for one in patterns]
        value = [_hundred(share["value"]) for share in shares]
        figure.add_bar(
            name=_name(run),
            x=[escape(one["name"], quote=False) for one in patterns],
            y=value,
            marker={"color": LABELS[place % len(LABELS)]},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [_hundred(one["high"]) - _hundred(one["value"]) for one in shares],
                "arrayminus": [_hundred(one["value"]) - _hundred(one["low"]) for one in shares],
                "color": INK,
                "thickness": 1,
                "width": 1.5,
            },
        )
    styled(figure, size, barmode="group", margin=_margin(size), legend=_LEGEND)
    figure.update_xaxes(automargin=True, tickangle=-30)
    _percent_axis(figure.update_yaxes, "pair accuracy, %", size)
    figure.add_hline(y=100 * CHANCE, line={"color": INK, "width": 1, "dash": "dot"})
    return figure


def _radar(
    runs: Sequence[Mapping[str, Any]], patterns: Sequence[Mapping[str, Any]], size: FigureSize
) -> go.Figure:
    figure = go.Figure()
    names = [escape(one["name"], quote=False) for one in patterns]
    for place, run in enumerate(runs):
        shares = [run["scores"]["by_pattern"][one["slug"]]["pair"] for one in patterns]
        value = [_hundred(share["value"]) for share in shares]
        figure.add_scatterpolar(
            name=_name(run),
            theta=[*names, names[0]],
            r=[*value, value[0]],
            line={"color": LABELS[place % len(LABELS)], "width": 2},
        )
    below = _LEGEND | {"y": -0.12, "yanchor": "top", "x": 0.5, "xanchor": "center"}
    styled(figure, size, margin=_margin(size, 4.5), legend=below)
    figure.update_polars(
        radialaxis={"range": [0, 100], "gridcolor": LINE, "ticksuffix": " %", "angle": 45},
        angularaxis={"gridcolor": LINE, "rotation": 90, "direction": "clockwise"},
    )
    return figure


_LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.03, "yanchor": "bottom"}


def _hundred(value: float | None) -> float:
    return 0.0 if value is None else 100 * value


def _margin(size: FigureSize, around: float = 1.0) -> dict[str, float]:
    return {"l": size.font * around, "r": size.font * max(1.5, around), "t": size.font * 4,
            "b": size.font * 4}  # fmt: skip


def _percent_axis(update: Any, title: str, size: FigureSize) -> None:  # noqa: ANN401 - plotly's
    update(
        range=[0, 100], title={"text": title, "font": {"size": size.font}}, gridcolor=LINE,
        zeroline=False, ticks="outside",
    )  # fmt: skip
