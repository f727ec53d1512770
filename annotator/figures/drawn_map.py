"""The two maps as a figure: points by gap, state or label, tethers, and what is selected."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from annotator.charts import STATE_COLOURS
from annotator.figures.data import Colour, MapData, Selection
from annotator.figures.style import (
    GAP,
    INK,
    LABELS,
    LINE,
    PALE,
    ROLE_COLOURS,
    FigureSize,
    colour_bar,
    scale_of,
    styled,
)

# Above this, points are drawn by WebGL as one picture: an SVG of each would be tens of megabytes.
MOST_VECTOR_POINTS = 6000
_TETHER_STEPS = 6  # shades of the gap's ramp among tethers
# The state that speaks for an image with several pairs: the one furthest along.
_FURTHEST = (
    "final",
    "complete",
    "contested",
    "disputed",
    "accepted",
    "partial",
    "unreviewed",
    "skipped",
    "rejected",
)
_PANELS = (("blind", "x", "y"), ("reference", "x2", "y2"))

Indices = NDArray[np.int64]


def map_figure(
    data: MapData,
    size: FigureSize,
    *,
    colour: Colour = "gap",
    tethers: int = 200,
    selection: Selection | None = None,
) -> go.Figure:
    """Blind map left, reference map right.

    Args:
        colour: what the points' colours say.
        tethers: draw the pairs with the widest gaps, so many at most.
        selection: images that get a ring, and a pair whose tether stands out.
    """
    figure = go.Figure()
    n_drawn = min(tethers, len(data.gap))
    for role, x, y in _PANELS:
        xy, on = data.points[role], {"xaxis": x, "yaxis": y}
        for trace in [
            *_points(data, xy, colour, size),
            *_tethers(data, xy, n_drawn, colour, size),
            *_selected(data, xy, selection or Selection(), size),
        ]:
            trace.update(on)
            if role == "reference":
                trace.update(showlegend=False)
                if getattr(trace.marker, "showscale", None):
                    trace.marker.showscale = False
            figure.add_trace(trace)
    return _laid_out(figure, data, size)


def _points(
    data: MapData, xy: NDArray[np.float64], colour: Colour, size: FigureSize
) -> Iterator[go.Scatter | go.Scattergl]:
    everything = np.arange(len(xy))
    if colour == "label":
        rest = ~np.isin(data.labels, np.arange(len(data.label_names)))
        yield _dots("other", xy, everything[rest], PALE, size, legend=bool(rest.any()))
        for code, name in enumerate(data.label_names):
            members = np.flatnonzero(data.labels == code)
            tint = LABELS[code % len(LABELS)]
            yield _dots(escape(name, quote=False), xy, members, tint, size, legend=True)
        return
    paired = np.union1d(data.first, data.second) if colour != "none" else np.empty(0, np.int64)
    plain = np.setdiff1d(everything, paired)
    yield _dots("image", xy, plain, PALE, size, legend=colour == "state" and len(plain) > 0)
    if not len(paired):
        return
    if colour == "state":
        yield from _by_state(data, xy, size)
        return
    widest = np.full(len(xy), -np.inf)
    np.maximum.at(widest, data.first, data.gap)
    np.maximum.at(widest, data.second, data.gap)
    order = paired[np.argsort(widest[paired], kind="stable")]  # the widest on top
    bar = colour_bar("gap (blind \u2212 reference cosine)", size)
    marker = {
        "color": widest[order],
        "colorscale": scale_of(GAP),
        "cmin": float(data.gap.min()),
        "cmax": float(data.gap.max()),
        "showscale": True,
        "colorbar": bar,
    }
    yield _dots("image in a pair", xy, order, marker, size, larger=1.5)


def _by_state(data: MapData, xy: NDArray[np.float64], size: FigureSize) -> Iterator[go.Scatter]:
    furthest = np.full(len(xy), len(_FURTHEST))
    ranks = np.array([_FURTHEST.index(state) for state in data.states])
    np.minimum.at(furthest, data.first, ranks)
    np.minimum.at(furthest, data.second, ranks)
    for rank in reversed(range(len(_FURTHEST))):
        members = np.flatnonzero(furthest == rank)
        if len(members):
            state = _FURTHEST[rank]
            tint = STATE_COLOURS[state]
            yield _dots(state, xy, members, tint, size, larger=1.5, legend=True)


def _dots(
    name: str,
    xy: NDArray[np.float64],
    members: Indices,
    colour: str | dict[str, Any],
    size: FigureSize,
    *,
    larger: float = 1.0,
    legend: bool = False,
) -> go.Scatter | go.Scattergl:
    """One trace of points; the fewer there are on the map, the larger."""
    kind = go.Scattergl if len(xy) > MOST_VECTOR_POINTS else go.Scatter
    diameter = max(1.2, min(0.5, 9 / np.sqrt(max(1, len(xy)))) * size.font) * larger
    marker = {"color": colour} if isinstance(colour, str) else colour
    return kind(
        name=name,
        legendgroup=name,
        x=xy[members, 0],
        y=xy[members, 1],
        mode="markers",
        marker={"size": diameter, "opacity": 0.9, "line": {"width": 0}, **marker},
        hoverinfo="name" if legend else "skip",
        showlegend=legend,
    )


def _tethers(
    data: MapData, xy: NDArray[np.float64], n: int, colour: Colour, size: FigureSize
) -> Iterator[go.Scatter]:
    """Lines between the images of the n widest pairs, one trace a colour."""
    if not n:
        return
    shades = _shades(data, n, colour)
    alpha = max(0.2, min(0.8, 9 / np.sqrt(n)))
    for shade in sorted(set(shades)):
        rows = np.flatnonzero(np.array(shades) == shade)
        x, y = _segments(xy, data.first[rows], data.second[rows])
        yield go.Scatter(
            name="pairs",
            x=x,
            y=y,
            mode="lines",
            line={"color": shade, "width": max(0.5, size.font / 13)},
            opacity=alpha,
            hoverinfo="skip",
            showlegend=False,
        )


def _shades(data: MapData, n: int, colour: Colour) -> list[str]:
    if colour == "state":
        return [STATE_COLOURS[state] for state in data.states[:n]]
    if colour in {"label", "none"}:
        return [INK] * n
    low, high = float(data.gap.min()), float(data.gap.max())
    share = (data.gap[:n] - low) / (high - low) if high > low else np.ones(n)
    steps = np.minimum(_TETHER_STEPS - 1, (share * _TETHER_STEPS).astype(int))
    return [_mixed(GAP, step / (_TETHER_STEPS - 1)) for step in steps]


def _mixed(colours: Sequence[str], share: float) -> str:
    """The colour at a share of the way along even stops, as plotly's scales interpolate."""
    place = share * (len(colours) - 1)
    below = min(len(colours) - 2, int(place))
    low, high = ([int(colours[below + k][c : c + 2], 16) for c in (1, 3, 5)] for k in (0, 1))
    mixed = [round(a + (b - a) * (place - below)) for a, b in zip(low, high, strict=True)]
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _segments(
    xy: NDArray[np.float64], first: Indices, second: Indices
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lines as plotly takes them: start, end and a gap, one after another."""
    gap = np.full(len(first), np.nan)
    x, y = (np.column_stack([xy[first, k], xy[second, k], gap]).ravel() for k in (0, 1))
    return x, y


def _selected(
    data: MapData, xy: NDArray[np.float64], selection: Selection, size: FigureSize
) -> Iterator[go.Scatter]:
    pair = (
        np.flatnonzero(data.pair_ids == selection.pair_id)
        if selection.pair_id is not None
        else np.empty(0, np.int64)
    )
    if len(pair):
        x, y = _segments(xy, data.first[pair], data.second[pair])
        yield go.Scatter(
            name="selected pair",
            legendgroup="selected pair",
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": INK, "width": max(1.2, size.font / 6)},
            marker=_ring(size, 1.25),
        )
    members = data.positions_of(selection.image_ids)
    if len(members):
        yield go.Scatter(
            name=f"selected ({len(members):,})",
            legendgroup="selected",
            x=xy[members, 0],
            y=xy[members, 1],
            mode="markers",
            marker=_ring(size, 1.0),
            hoverinfo="skip",
        )


def _ring(size: FigureSize, larger: float) -> dict[str, Any]:
    return {
        "symbol": "circle-open",
        "size": max(5.0, size.font * 0.75) * larger,
        "color": INK,
        "opacity": 1,
        "line": {"color": INK, "width": max(1.0, size.font / 9)},
    }


def _laid_out(figure: go.Figure, data: MapData, size: FigureSize) -> go.Figure:
    extent = max(1e-6, *(float(np.abs(xy).max(initial=0)) for xy in data.points.values())) * 1.04
    axis = {
        "range": [-extent, extent],
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
        "showline": True,
        "mirror": True,
        "linecolor": LINE,
        "linewidth": 1,
        "constrain": "domain",
    }
    legend = any(trace.showlegend is not False for trace in figure.data)
    styled(
        figure,
        size,
        margin={"l": 2, "r": 2, "t": size.font * 2.2, "b": size.font * 2.4 if legend else 2},
        xaxis={**axis, "domain": [0, 0.49], "anchor": "y"},
        xaxis2={**axis, "domain": [0.51, 1], "anchor": "y2"},
        yaxis={**axis, "scaleanchor": "x", "anchor": "x"},
        yaxis2={**axis, "scaleanchor": "x2", "anchor": "x2"},
        legend={
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": -0.01,
            "yanchor": "top",
            "itemsizing": "constant",
        },
    )
    for role, x, y in _PANELS:
        figure.add_annotation(
            text=f"<b>{role}</b>  {escape(data.names[role], quote=False)}",
            font={"color": ROLE_COLOURS[role]},
            x=0.5,
            y=1,
            xref=f"{x} domain",
            yref=f"{y} domain",
            yanchor="bottom",
            yshift=size.font * 0.35,
            showarrow=False,
        )
    return figure
