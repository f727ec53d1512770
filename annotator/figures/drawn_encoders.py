"""Figures of the Results page on encoders: by pattern, by size, and beside the models."""

from typing import Final

import plotly.graph_objects as go

from annotator.encoder_scores import correlations, encoder_scores
from annotator.errors import AppError
from annotator.figures.drawn_correlation import correlation_figure
from annotator.figures.drawn_patterns import patterns_figure
from annotator.figures.drawn_results import ResultFigure
from annotator.figures.drawn_scale import scale_figure
from annotator.figures.style import FigureSize
from annotator.results import Results

ENCODER_FIGURES: Final = {ResultFigure.encoders, ResultFigure.scale, ResultFigure.correlation}


def encoder_figure(
    results: Results, kind: ResultFigure, size: FigureSize, encoder: str, grader: str
) -> go.Figure:
    """One of `ENCODER_FIGURES`; a correlation is of the encoder with that spec, or the best.

    Raises:
        AppError: no encoder was run, or none shares enough patterns with a model.
    """
    found = encoder_scores(results).evaluation
    if not found.results:
        raise AppError("no encoder was run on these pairs.", hint="Run `mmvp eval vlm`.")
    if kind is ResultFigure.encoders:
        return patterns_figure(found, size)
    if kind is ResultFigure.scale:
        return scale_figure(found, size)
    together = [one for one in correlations(results, grader) if one.correlations]
    chosen = [one for one in together if one.encoder.model == encoder] or together
    if not chosen:
        raise AppError("no model and encoder have enough visual patterns in common.")
    first = chosen[0]
    return correlation_figure(first.encoder, first.models, first.correlations, size)
