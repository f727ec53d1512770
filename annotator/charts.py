"""Plotly figures: counts in, a figure out that suits a light and a dark page."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import plotly.graph_objects as go

from db.views import AnnotatorProgress

# Okabe and Ito's colours, those of static/states.css.
STATE_COLOURS = {
    "unreviewed": "#56b4e9",
    "accepted": "#e69f00",
    "complete": "#009e73",
    "rejected": "#d55e00",
    "skipped": "#cc79a7",
    "partial": "#f0e442",
    "disputed": "#0072b2",
    "final": "#00543d",
    "contested": "#882255",
}
_TEXT = "#85888f"  # between the two pages' grounds; the stylesheet sharpens it for each
_GRID = "rgba(128, 128, 128, 0.22)"
_DAY = timedelta(days=1)
_SHORTEST_SPAN = 13 * _DAY
_BAR_MILLISECONDS = 0.36 * 24 * 3600 * 1000  # a lone day would otherwise be a hair's breadth
_ROW_HEIGHT = 38
_LONGEST_NAME = 20  # characters; a longer name would leave no room for the bars


def annotators_figure(people: Sequence[AnnotatorProgress]) -> go.Figure:
    """Stacked bars, one a person who decided anything, the one with the most on top."""
    busy = [person for person in people if _decisions(person)]
    ordered = sorted(busy, key=lambda person: (_decisions(person), person.name))
    names = [escape(person.name, quote=False) for person in ordered]
    states = ("complete", "accepted", "rejected", "skipped")
    bars = [
        go.Bar(
            name=state,
            y=names,
            x=[getattr(person, state) for person in ordered],
            orientation="h",
            marker={"color": STATE_COLOURS[state], "cornerradius": 3},
            hovertemplate="%{y}: %{x} " + state + "<extra></extra>",
        )
        for state in states
    ]
    height = 134 + _ROW_HEIGHT * max(2, len(ordered))
    figure = _figure("By annotator", bars, height=height)
    figure.update_layout(barmode="stack", bargap=0.42, legend_traceorder="normal")
    shown = [escape(_shortened(person.name), quote=False) + "  " for person in ordered]
    ticks = {"tickmode": "array", "tickvals": names, "ticktext": shown}
    figure.update_yaxes(type="category", showgrid=False, **ticks)
    figure.update_xaxes(**_whole_numbers(max([1, *map(_decisions, busy)])))
    return figure


def activity_figure(per_day: Sequence[tuple[date, int, int]]) -> go.Figure:
    """Pairs decided and questions written on each day, over two weeks or as long as it took."""
    days = [day for day, _, _ in per_day]
    decided = [n for _, n, _ in per_day]
    completed = [n for _, _, n in per_day]
    bars = [
        _days("decided", days, decided, STATE_COLOURS["unreviewed"], -_BAR_MILLISECONDS),
        _days("completed", days, completed, STATE_COLOURS["complete"], 0),
    ]
    figure = _figure("Per day", bars, height=278)
    figure.update_yaxes(**_whole_numbers(max([1, *decided, *completed])))
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=8)
    if days:
        first = min(days[0], days[-1] - _SHORTEST_SPAN)
        # a day's bars are centred on its midnight
        figure.update_xaxes(range=[f"{first - _DAY} 12:00", f"{days[-1]} 12:00"])
    return figure


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"


def _decisions(person: AnnotatorProgress) -> int:
    return person.accepted + person.rejected + person.skipped + person.complete


def _days(
    name: str, days: Sequence[date], counts: Sequence[int], colour: str, offset: float
) -> go.Bar:
    """Bars beside the other kind's: plotly lays bars of a given width over each other."""
    return go.Bar(
        name=name,
        x=list(days),
        y=list(counts),
        width=_BAR_MILLISECONDS,
        offset=offset,
        marker={"color": colour, "cornerradius": 3},
        hovertemplate="%{x|%a %-d %b}: %{y} " + name + "<extra></extra>",
    )


def _whole_numbers(most: int) -> dict[str, object]:
    """Ticks at whole counts only, from zero to a little above the most."""
    return {"rangemode": "tozero", "tickformat": ",d", "dtick": 1 if most <= 6 else None}


def _figure(title: str, bars: Sequence[go.Bar], *, height: int) -> go.Figure:
    figure = go.Figure(list(bars))
    figure.update_layout(
        template="none",
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        title={"text": f"<b>{title}</b>", "x": 0, "xref": "container", "y": 0.99, "yanchor": "top"},
        title_font_size=14,
        margin={"l": 8, "r": 8, "t": 76, "b": 8},
        font={"family": "system-ui, DejaVu Sans, sans-serif", "size": 13, "color": _TEXT},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        hoverlabel={"font": {"size": 13}},
        dragmode=False,
    )
    axis = {"gridcolor": _GRID, "zeroline": False, "automargin": True, "fixedrange": True}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure
