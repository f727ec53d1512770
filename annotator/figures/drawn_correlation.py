"""CLIP beside multimodal LLMs, pattern by pattern: the paper's figure, drawn from data."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from annotator.figures.drawn_patterns import axis
from annotator.figures.style import INK, LABELS, FigureSize, styled
from evaluation.correlation import Correlation, PatternAccuracies
from evaluation.patterns import load_patterns


def correlation_figure(
    vlm: PatternAccuracies,
    mllms: Sequence[PatternAccuracies],
    correlations: Sequence[Correlation],
    size: FigureSize,
) -> go.Figure:
    """Left each model's accuracy along the patterns, the encoder dashed; right one against another.

    Args:
        vlm: the encoder.
        mllms: the multimodal LLMs.
        correlations: of the encoder with each of them, in the same order.
        size: of the figure.
    """
    slugs = list(vlm.by_pattern)
    names = [escape(load_patterns("mmvp").name_of(slug), quote=False) for slug in slugs]
    figure = make_subplots(rows=1, cols=2, column_widths=[0.62, 0.38], horizontal_spacing=0.12)
    figure.add_trace(_line(vlm, slugs, names, INK, size, name=vlm.model, dash="dash"), row=1, col=1)
    for place, (mllm, found) in enumerate(zip(mllms, correlations, strict=True)):
        colour = LABELS[place % len(LABELS)]
        name = f"{mllm.model} ({_r(found)})"
        figure.add_trace(_line(mllm, slugs, names, colour, size, name=name), row=1, col=1)
        figure.add_trace(_against(vlm, mllm, found, colour, size), row=1, col=2)
    styled(
        figure,
        size,
        margin={"l": size.font * 5, "r": size.font, "t": size.font * 5, "b": size.font * 4},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(tickangle=-40, showgrid=False, automargin=True, row=1, col=1)
    figure.update_yaxes(**axis("pair accuracy, %", size), rangemode="tozero", row=1, col=1)
    title = escape(f"{vlm.model}, %", quote=False)
    figure.update_xaxes(**axis(title, size), rangemode="tozero", row=1, col=2)
    figure.update_yaxes(**axis("multimodal LLM, %", size), rangemode="tozero", row=1, col=2)
    return figure


def _r(found: Correlation) -> str:
    return "r undefined" if found.pearson is None else f"r = {found.pearson.value:.2f}"


def _line(
    model: PatternAccuracies,
    slugs: Sequence[str],
    names: Sequence[str],
    colour: str,
    size: FigureSize,
    *,
    name: str,
    dash: str = "solid",
) -> go.Scatter:
    shares = [model.by_pattern.get(slug) for slug in slugs]
    values = [None if one is None or one.value is None else 100 * one.value for one in shares]
    return go.Scatter(
        name=escape(name, quote=False),
        x=list(names),
        y=values,
        mode="lines+markers",
        line={"color": colour, "dash": dash, "width": max(1.25, size.font / 7)},
        marker={"size": size.font * 0.6},
        hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
    )


def _against(
    vlm: PatternAccuracies,
    mllm: PatternAccuracies,
    found: Correlation,
    colour: str,
    size: FigureSize,
) -> go.Scatter:
    nine = load_patterns("mmvp")
    points = [
        (vlm.by_pattern[slug].value or 0.0, mllm.by_pattern[slug].value or 0.0)
        for slug in found.patterns
    ]
    return go.Scatter(
        name=escape(mllm.model, quote=False),
        showlegend=False,
        x=[100 * x for x, _ in points],
        y=[100 * y for _, y in points],
        text=[escape(nine.name_of(slug), quote=False) for slug in found.patterns],
        mode="markers",
        marker={"color": colour, "size": size.font * 0.8},
        hovertemplate="%{text}: %{x:.1f} %, %{y:.1f} %<extra>%{fullData.name}</extra>",
    )
