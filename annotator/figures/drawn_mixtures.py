"""Figure of a Mixture of Features: the share of blind pairs resolved by the reference's share."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from annotator.figures.style import INK, LABELS, LINE, FigureSize, styled
from annotator.pipeline.mixtures import ResolvedShare, SimilarityReport
from embeddings.mixing import Mixing

_COLOURS: Final = {Mixing.addition: INK, Mixing.concatenation: "#8a8f98"}
_WORDS: Final = {Mixing.addition: "addition (A-MoF)", Mixing.concatenation: "concatenation"}
_CRITERIA: Final = {"ranked": "by rank", "fixed": "under the threshold"}
_MOST_PATTERNS: Final = len(LABELS)


def mixtures_figure(
    report: SimilarityReport, size: FigureSize, names: Mapping[str, str]
) -> go.Figure:
    """Curves over all pairs; beside them, where pairs have a visual pattern, one for each.

    Args:
        names: of the patterns by slug.
    """
    slugs = sorted({one.pattern for one in report.curves if one.pattern})[:_MOST_PATTERNS]
    figure = make_subplots(
        rows=1,
        cols=2 if slugs else 1,
        shared_yaxes=True,
        horizontal_spacing=0.05,
        subplot_titles=("all pairs", "by pattern: addition, by rank") if slugs else None,
    )
    for mixing in _COLOURS:
        for criterion in _CRITERIA:
            figure.add_trace(_overall(report, mixing, criterion), row=1, col=1)
    for place, slug in enumerate(slugs):
        found = _curve(report.curves, Mixing.addition, "ranked", slug)
        name = f"{names.get(slug, slug)} ({found[0].n_pairs:,})"
        figure.add_trace(_line(name, found, LABELS[place], "solid", "patterns"), row=1, col=2)
    styled(
        figure,
        size,
        margin={
            "l": size.font * 5,
            "r": size.font,
            "t": size.font * (3 if slugs else 1),
            "b": size.font * 9,
        },
        legend={"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"},
    )
    figure.update_annotations(font={"size": size.font})
    axis = {"gridcolor": LINE, "zeroline": False, "ticks": "outside"}
    figure.update_xaxes(**axis, range=[0, 1], title={"text": "share of the reference, 1 - alpha"})
    figure.update_yaxes(**axis, range=[-2, 102])
    figure.update_yaxes(title={"text": f"resolved of {report.n_pairs:,} pairs, %"}, row=1, col=1)
    return figure


def _overall(report: SimilarityReport, mixing: Mixing, criterion: str) -> go.Scatter:
    found = _curve(report.curves, mixing, criterion, "")
    name = f"{_WORDS[mixing]}, {_CRITERIA[criterion]}"
    dash = "solid" if criterion == "ranked" else "dot"
    return _line(name, found, _COLOURS[mixing], dash, "all")


def _curve(
    curves: Sequence[ResolvedShare], mixing: Mixing, criterion: str, pattern: str
) -> list[ResolvedShare]:
    wanted = (mixing.value, criterion, pattern)
    return [one for one in curves if (one.mixing, one.criterion, one.pattern) == wanted]


def _line(
    name: str, found: Sequence[ResolvedShare], colour: str, dash: str, group: str
) -> go.Scatter:
    return go.Scatter(
        name=escape(name, quote=False),
        legendgroup=group,
        x=[one.reference_share for one in found],
        y=[100 * (one.share or 0.0) for one in found],
        customdata=[[one.n_resolved, one.n_pairs, _told(one.limit)] for one in found],
        mode="lines",
        line={"color": colour if colour != "#000000" else INK, "width": 2, "dash": dash},
        hovertemplate=(
            "%{x:.2f}: %{customdata[0]:,} of %{customdata[1]:,}, limit %{customdata[2]}"
            "<extra>%{fullData.name}</extra>"
        ),
    )


def _told(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:.3f}"
