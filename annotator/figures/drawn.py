"""One figure of one workspace, as it was asked for: what the page and `mmvp figure` both call."""

from dataclasses import dataclass, field
from enum import StrEnum

import plotly.graph_objects as go

from annotator.comparisons import Comparisons
from annotator.errors import AppError
from annotator.figures.data import Colour, Selection
from annotator.figures.drawn_histogram import histogram_figure
from annotator.figures.drawn_map import map_figure
from annotator.figures.sources import histogram_data, map_data
from annotator.figures.style import FigureSize
from annotator.maps import EmbeddingMaps
from annotator.payloads import Problem
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.pairs import current_run, pair_links
from embeddings.mining import Thresholds


class FigureKind(StrEnum):
    """What can be drawn."""

    map = "map"
    histogram = "histogram"


@dataclass(frozen=True)
class FigureRequest:
    """What to draw; the encoders are slugs, None for the workspace's current ones.

    Attributes:
        layout: id of one of the stored layouts; None for the newest.
        tethers: pairs with the widest gaps to draw on the maps, so many at most.
        blind_min: for the histogram; None for the current run's, else the paper's.
    """

    kind: FigureKind
    size: FigureSize
    blind: str | None = None
    reference: str | None = None
    layout: str | None = None
    colour: Colour = "gap"
    tethers: int = 200
    selection: Selection = field(default_factory=Selection)
    blind_min: float | None = None
    reference_max: float | None = None


class Figures:
    """Draws figures of a studio; keeps between two of them what is read from its files."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._maps = EmbeddingMaps(studio)
        self._comparisons = Comparisons(studio)

    def draw(self, request: FigureRequest) -> go.Figure:
        """The figure.

        Raises:
            AppError: what it shows is not computed yet; the hint is the command that does.
        """
        if request.kind is FigureKind.map:
            return self._map(request)
        return self._histogram(request)

    def _map(self, request: FigureRequest) -> go.Figure:
        roles = chosen_roles(self._studio, request.blind, request.reference)
        found = self._maps.current(roles, request.layout)
        if isinstance(found, Problem):
            helps = f"Run `{found.command}`." if found.command else found.hint
            raise AppError(found.what, hint=helps)
        header = found.header | self._maps.choices(roles)
        links = pair_links(self._studio.database, (roles.blind, roles.reference))
        return map_figure(
            map_data(header, found.content, links),
            request.size,
            colour=request.colour,
            tethers=request.tethers,
            selection=request.selection,
        )

    def _histogram(self, request: FigureRequest) -> go.Figure:
        roles = chosen_roles(self._studio, request.blind, request.reference)
        found = self._comparisons.histogram(roles)
        if isinstance(found, Problem):
            raise AppError(found.what, hint=f"Run `{found.command}`.")
        run = current_run(self._studio.database) or Thresholds()
        blind_min, reference_max = request.blind_min, request.reference_max
        return histogram_figure(
            histogram_data(found.header, found.content),
            request.size,
            blind_min=run.blind_min if blind_min is None else blind_min,
            reference_max=run.reference_max if reference_max is None else reference_max,
        )
