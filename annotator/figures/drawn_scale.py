"""Does scale help? Parameters and image size against the mean of the patterns, as a figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from annotator.figures.drawn_patterns import axis
from annotator.figures.style import INK, LABELS, PALE, FigureSize, styled
from evaluation.published import published_vlms
from evaluation.vlm.evaluation import VlmEvaluation


@dataclass(frozen=True)
class _Model:
    name: str
    parameters_millions: float
    image_size: int
    mean: float


def scale_figure(found: VlmEvaluation, size: FigureSize) -> go.Figure:
    """Two plots side by side: millions of parameters, and the image's side in pixels.

    The paper's ten stand in grey, one's own in the colours of the figure by pattern.
    """
    paper = [
        _Model(
            f"{one.model} {one.image_size}", one.parameters_millions, one.image_size, one.average
        )
        for one in published_vlms()
    ]
    means = [(one, one.scores.mean_of_patterns["text_to_image"]) for one in found.results]
    own = [
        _Model(one.spec, one.parameters_millions, one.image_size, mean)
        for one, mean in means
        if mean is not None
    ]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04)
    by_column: tuple[Callable[[_Model], float], ...] = (
        lambda model: model.parameters_millions,
        lambda model: model.image_size,
    )
    for column, across in enumerate(by_column, 1):
        legend = column == 1
        traces = [_dots("paper, ten models", paper, across, PALE, size, legend=legend)]
        for place, model in enumerate(own):
            colour = LABELS[place % len(LABELS)]
            traces.append(_dots(model.name, [model], across, colour, size, legend=legend))
        for trace in traces:
            figure.add_trace(trace, row=1, col=column)
    chance = 100 * found.chance["text_to_image"]
    figure.add_hline(name="chance", y=chance, line={"color": INK, "dash": "dot", "width": 1})
    styled(
        figure,
        size,
        margin={"l": size.font * 5, "r": size.font, "t": size.font * 3, "b": size.font * 4},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(
        **axis("parameters, millions", size), type="log", tickformat="~s", row=1, col=1
    )
    figure.update_xaxes(**axis("image size, pixels", size), row=1, col=2)
    figure.update_yaxes(**axis("mean of patterns, %; dotted: chance", size), row=1, col=1)
    figure.update_yaxes(**axis("", size), row=1, col=2)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _dots(
    name: str,
    models: Sequence[_Model],
    across: Callable[[_Model], float],
    colour: str,
    size: FigureSize,
    *,
    legend: bool,
) -> go.Scatter:
    return go.Scatter(
        name=escape(name, quote=False),
        legendgroup=name,
        showlegend=legend,
        x=[across(model) for model in models],
        y=[100 * model.mean for model in models],
        text=[escape(model.name, quote=False) for model in models],
        mode="markers",
        marker={"color": colour, "size": size.font * 0.8, "line": {"color": INK, "width": 0.5}},
        hovertemplate="%{text}: %{y:.1f} %<extra>%{fullData.name}</extra>",
    )
