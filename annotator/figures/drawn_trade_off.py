"""Figure of the Mixture-of-Features miniature: both accuracies by the reference's share."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from annotator.figures.style import BLIND, INK, LINE, PALE, FigureSize, styled

_MEASURES: Final = {"mmvp": "MMVP-like blind pairs", "instruction": "ordinary questions"}
_BESIDE: Final = 1.18  # where I-MoF, which has no share, stands


def trade_off_figure(found: Mapping[str, Any], size: FigureSize) -> go.Figure:
    """A panel for each accuracy: A-MoF by share with its interval, I-MoF beside it, the paper's.

    Args:
        found: the experiment's ``results.json``.
    """
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.1, subplot_titles=list(_MEASURES.values())
    )
    for column, measure in enumerate(_MEASURES, 1):
        for trace in _traces(found, measure, first=column == 1):
            figure.add_trace(trace, row=1, col=column)
    styled(
        figure,
        size,
        margin={"l": size.font * 5, "r": size.font, "t": size.font * 3, "b": size.font * 9},
        legend={"orientation": "h", "x": 0, "y": -0.4, "yanchor": "top"},
    )
    figure.update_annotations(font={"size": size.font})
    shares = [one["reference_share"] for one in found["settings"]]
    places = [share for share in shares if share is not None]
    axis = {"gridcolor": LINE, "zeroline": False, "ticks": "outside"}
    figure.update_xaxes(
        **axis,
        range=[-0.06, _BESIDE + 0.1],
        tickvals=[*places, _BESIDE],
        ticktext=[*(f"{share:g}" for share in places), "I-MoF"],
        tickangle=-45,
        title={"text": "share of the reference, 1 - alpha", "font": {"size": size.font}},
    )
    figure.update_yaxes(**axis)
    figure.update_yaxes(title={"text": "right, %", "font": {"size": size.font}}, row=1, col=1)
    return figure


def _traces(found: Mapping[str, Any], measure: str, *, first: bool) -> list[go.Scatter]:
    settings: Sequence[Mapping[str, Any]] = found["settings"]
    added = [one for one in settings if one["reference_share"] is not None]
    woven = [one for one in settings if one["reference_share"] is None]
    paper = [
        one for one in found["published"] if one["model"] == "LLaVA" and one[measure] is not None
    ]
    place = {one["name"]: _place(one) for one in settings}
    told = [one for one in paper if one["name"] in place]
    return [
        _points("A-MoF", added, measure, INK, "lines+markers", first=first),
        _points("I-MoF", woven, measure, BLIND, "markers", first=first),
        go.Scatter(
            name="the paper's LLaVA",
            x=[place[one["name"]] for one in told],
            y=[one[measure] for one in told],
            mode="markers",
            marker={"color": PALE, "symbol": "diamond", "size": 9},
            showlegend=first,
        ),
    ]


def _points(
    name: str,
    settings: Sequence[Mapping[str, Any]],
    measure: str,
    colour: str,
    mode: str,
    *,
    first: bool,
) -> go.Scatter:
    found = [one[measure] for one in settings]
    return go.Scatter(
        name=name,
        x=[_place(one) for one in settings],
        y=[100 * one["value"] for one in found],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [100 * (one["high"] - one["value"]) for one in found],
            "arrayminus": [100 * (one["value"] - one["low"]) for one in found],
            "thickness": 1.2,
            "width": 3,
        },
        mode=mode,
        line={"color": colour, "width": 2},
        marker={"color": colour, "size": 7},
        showlegend=first,
    )


def _place(setting: Mapping[str, Any]) -> float:
    share: float | None = setting["reference_share"]
    return _BESIDE if share is None else share
