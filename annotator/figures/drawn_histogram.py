"""The joint histogram as a figure: log density, what is sampled, and the thresholds' corner."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from annotator.figures.data import HistogramData, Inside
from annotator.figures.style import (
    BLIND,
    DENSITY,
    INK,
    LINE,
    ROLE_COLOURS,
    FigureSize,
    colour_bar,
    scale_of,
    styled,
)

_MARGIN_BINS = 0.03  # of the range that holds pairs, around it


def histogram_figure(
    data: HistogramData, size: FigureSize, *, blind_min: float, reference_max: float
) -> go.Figure:
    """Reference cosine across, blind cosine up; the blind pairs are top left.

    The thresholds move to the nearest edges of bins, so that the number drawn is the sum of whole
    cells.
    """
    rows, columns = _occupied(data.counts)
    shown = data.counts[rows, columns]
    blind = data.blind_edges[rows.start : rows.stop + 1]
    reference = data.reference_edges[columns.start : columns.stop + 1]
    inside = data.inside(blind_min, reference_max)
    x_range, y_range = _padded(reference), _padded(blind)
    x_range[1] = max(x_range[1], inside.reference_max)
    y_range[0] = min(y_range[0], inside.blind_min)
    traces = [_cells(shown, blind, reference, size)]
    if data.exact_above > y_range[0]:
        traces.append(_sampled(x_range, y_range[0], min(data.exact_above, y_range[1])))
    figure = styled(
        go.Figure(traces),
        size,
        showlegend=False,
        margin={"l": size.font * 5.4, "r": size.font, "t": size.font, "b": size.font * 4},
    )
    figure.update_xaxes(**_axis("reference", data, size), range=x_range)
    figure.update_yaxes(**_axis("blind", data, size), range=y_range)
    _draw_corner(figure, inside, x_range, y_range, size)
    if data.exact_above > y_range[0]:
        _say_sampled(figure, data.exact_above, x_range, size)
    return figure


def _occupied(counts: NDArray[np.float64]) -> tuple[slice, slice]:
    """The rows and columns from the first to the last that hold pairs."""
    found = []
    for axis in (1, 0):
        filled = np.flatnonzero(counts.any(axis=axis))
        found.append(slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0, 1))
    return found[0], found[1]


def _padded(edges: NDArray[np.float64]) -> list[float]:
    low, high = float(edges[0]), float(edges[-1])
    margin = (high - low) * _MARGIN_BINS
    return [max(-1.0, low - margin), min(1.0, high + margin)]


def _cells(
    counts: NDArray[np.float64],
    blind: NDArray[np.float64],
    reference: NDArray[np.float64],
    size: FigureSize,
) -> go.Heatmap:
    with np.errstate(divide="ignore"):
        density = np.where(counts > 0, np.log10(np.maximum(counts, 1)), np.nan)
    most = int(np.ceil(max(1.0, float(counts.max()))))
    powers = list(range(int(np.floor(np.log10(most))) + 1))
    return go.Heatmap(
        name="pairs",
        x=(reference[:-1] + reference[1:]) / 2,
        y=(blind[:-1] + blind[1:]) / 2,
        z=density.astype(np.float32),
        zmin=0,
        zmax=max(1.0, float(np.log10(most))),
        customdata=counts,
        hovertemplate="%{customdata:,.0f} pairs<br>blind %{y:.3f}<br>reference %{x:.3f}"
        "<extra></extra>",
        colorscale=scale_of(DENSITY),
        colorbar=colour_bar(
            "pairs in a cell",
            size,
            tickvals=powers,
            ticktext=[f"{10**power:,}" for power in powers],
        ),
    )


def _sampled(x: list[float], low: float, high: float) -> go.Scatter:
    """Hatched: counts there are estimates."""
    return go.Scatter(
        name="sampled",
        x=[x[0], x[1], x[1], x[0]],
        y=[low, low, high, high],
        mode="none",
        fill="toself",
        fillcolor="rgba(0,0,0,0)",
        fillpattern={
            "shape": "/",
            "fgcolor": INK,
            "fgopacity": 0.16,
            "size": 7,
            "solidity": 0.09,
            "fillmode": "overlay",
        },
        hoverinfo="skip",
    )


def _axis(role: str, data: HistogramData, size: FigureSize) -> dict[str, Any]:
    return {
        "title": {
            "text": f"{role} cosine ({escape(data.names[role], quote=False)})",
            "font": {"color": ROLE_COLOURS[role], "size": size.font},
            "standoff": size.font * 0.7,
        },
        "showline": True,
        "mirror": True,
        "linecolor": INK,
        "linewidth": max(0.75, size.font / 14),
        "ticks": "outside",
        "ticklen": size.font * 0.35,
        "gridcolor": LINE,
        "gridwidth": 0.5,
        "zeroline": False,
        "nticks": 8,
    }


def _draw_corner(
    figure: go.Figure, inside: Inside, x: list[float], y: list[float], size: FigureSize
) -> None:
    """The rectangle of the thresholds, and how many pairs are in it."""
    figure.add_shape(
        name="thresholds",
        type="rect",
        x0=x[0],
        x1=inside.reference_max,
        y0=inside.blind_min,
        y1=y[1],
        line={"color": BLIND, "width": max(1.25, size.font / 7)},
        fillcolor="rgba(213,94,0,0.08)",
    )
    figure.add_annotation(
        name="count",
        text=f"<b>{inside.words}</b><br>blind > {inside.blind_min:g}, "
        f"reference < {inside.reference_max:g}",
        x=x[0],
        y=inside.blind_min,
        xanchor="left",
        yanchor="top",
        xshift=size.font * 0.3,
        yshift=-size.font * 0.3,
        align="left",
        showarrow=False,
        font={"color": BLIND},
        bgcolor="rgba(255,255,255,0.82)",
        borderpad=size.font * 0.25,
    )


def _say_sampled(figure: go.Figure, exact_above: float, x: list[float], size: FigureSize) -> None:
    figure.add_shape(
        name="exact above",
        type="line",
        x0=x[0],
        x1=x[1],
        y0=exact_above,
        y1=exact_above,
        line={"color": INK, "width": 0.75, "dash": "dot"},
    )
    figure.add_annotation(
        text="estimated from a sample below",
        x=x[1],
        y=exact_above,
        xanchor="right",
        yanchor="top",
        showarrow=False,
        font={"size": size.font * 0.85},
        bgcolor="rgba(255,255,255,0.82)",
    )
