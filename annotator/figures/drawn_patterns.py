"""Accuracy by visual pattern as a figure: encoders with their intervals before the paper's ten."""

from html import escape
from typing import Any

import plotly.graph_objects as go

from annotator.figures.style import INK, LABELS, LINE, PALE, FigureSize, styled
from evaluation.patterns import load_patterns
from evaluation.published import published_vlms
from evaluation.vlm.evaluation import VlmEvaluation, VlmResult

_SPREAD = 0.56  # of the distance between two patterns, over which the encoders stand
_MOST_COLOURS = len(LABELS)


def patterns_figure(found: VlmEvaluation, size: FigureSize) -> go.Figure:
    """Text-to-image pair accuracy of every encoder in every pattern that has pairs.

    Bars are 95 % Wilson intervals; grey dots are the ten models of the paper's Table 1 on
    MMVP-VLM, which is another benchmark unless it is the one that was asked.
    """
    used = {slug for result in found.results for slug in result.scores.by_pattern}
    slugs = [slug for slug in found.patterns if slug in used]
    rows = {slug: len(slugs) - place for place, slug in enumerate(slugs)}
    figure = go.Figure([_paper(rows, size)])
    for place, result in enumerate(found.results):
        offset = _SPREAD * (0.5 - (place + 0.5) / len(found.results))
        figure.add_trace(_encoder(result, rows, offset, LABELS[place % _MOST_COLOURS], size))
    figure.add_vline(
        name="chance",
        x=100 * found.chance["text_to_image"],
        line={"color": INK, "dash": "dot", "width": 1},
    )
    styled(
        figure,
        size,
        margin={"l": size.font, "r": size.font, "t": size.font * 4, "b": size.font * 4},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(
        **axis("pair accuracy, text to image, %; dotted: chance", size), range=[-2, 102]
    )
    names = [escape(found.patterns[slug], quote=False) for slug in slugs]
    figure.update_yaxes(
        range=[0.4, len(slugs) + 0.6],
        automargin=True,
        tickvals=list(rows.values()),
        ticktext=names,
        showgrid=False,
        zeroline=False,
    )
    return figure


def _paper(rows: dict[str, int], size: FigureSize) -> go.Scatter:
    points = [
        (100 * model.by_pattern[slug], rows[slug], f"{model.model} {model.image_size} px")
        for model in published_vlms()
        for slug in load_patterns("mmvp").slugs
        if slug in rows
    ]
    return go.Scatter(
        name="paper, ten models",
        x=[x for x, _, _ in points],
        y=[y for _, y, _ in points],
        text=[text for _, _, text in points],
        mode="markers",
        marker={"color": PALE, "size": size.font * 0.5},
        hovertemplate="%{text}: %{x:.1f} %<extra>paper</extra>",
    )


def _encoder(
    result: VlmResult, rows: dict[str, int], offset: float, colour: str, size: FigureSize
) -> go.Scatter:
    shares = [
        (row, result.scores.by_pattern[slug].text_to_image)
        for slug, row in rows.items()
        if slug in result.scores.by_pattern
    ]
    known = [(row, share, share.value or 0.0) for row, share in shares if share.total]
    return go.Scatter(
        name=escape(result.spec, quote=False),
        x=[100 * value for _, _, value in known],
        y=[row + offset for row, _, _ in known],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * ((share.high or value) - value) for _, share, value in known],
            "arrayminus": [100 * (value - (share.low or 0.0)) for _, share, value in known],
            "color": colour,
            "thickness": max(1.0, size.font / 9),
            "width": 0,
        },
        customdata=[f"{share.n} of {share.total}" for _, share, _ in known],
        mode="markers",
        marker={"color": colour, "size": size.font * 0.75},
        hovertemplate="%{x:.1f} %, %{customdata}<extra>%{fullData.name}</extra>",
    )


def axis(title: str, size: FigureSize) -> dict[str, Any]:
    """An axis with a title, ticks outside and thin grid lines."""
    return {
        "title": {"text": title, "font": {"size": size.font}, "standoff": size.font * 0.7},
        "showline": True,
        "linecolor": INK,
        "ticks": "outside",
        "ticklen": size.font * 0.35,
        "gridcolor": LINE,
        "gridwidth": 0.5,
        "zeroline": False,
    }
