"""/api/figures: figures for papers and slides; /vendor: the plotly script that draws them."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import plotly
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from annotator.figures.data import Colour, Selection
from annotator.figures.drawn import FigureKind, FigureRequest, Figures
from annotator.figures.files import figure_html
from annotator.figures.style import FigureSize
from annotator.routes.answers import tagged
from annotator.studio import Studio

PLOTLY_NAME = f"plotly-{plotly.__version__}.min.js"
_FOREVER = "private, max-age=31536000, immutable"  # its name has the version
_MOST_TETHERS = 5000
_Cosine = Annotated[float | None, Field(ge=-1, le=1)]


class FigureWish(BaseModel):
    """What to draw, as a query or as JSON; the selection may be too long for a query."""

    blind: str | None = None
    reference: str | None = None
    layout: str | None = None
    colour: Colour = "gap"
    tethers: int = Field(default=200, ge=0, le=_MOST_TETHERS)
    image_ids: list[int] = Field(default_factory=list)
    pair_id: int | None = None
    blind_min: _Cosine = None
    reference_max: _Cosine = None
    width: float = 180
    height: float = 95
    unit: Literal["px", "mm", "in"] = "mm"
    points: float | None = Field(default=None, ge=3, le=72)

    def request(self, kind: FigureKind) -> FigureRequest:
        """The same for the drawing."""
        return FigureRequest(
            kind=kind,
            size=FigureSize.of(self.width, self.height, self.unit, self.points),
            blind=self.blind,
            reference=self.reference,
            layout=self.layout,
            colour=self.colour,
            tethers=self.tethers,
            selection=Selection(tuple(self.image_ids), self.pair_id),
            blind_min=self.blind_min,
            reference_max=self.reference_max,
        )


@dataclass(frozen=True)
class _Script:
    content: bytes
    compressed: bytes


def router(studio: Studio) -> APIRouter:
    """Figures as plotly's JSON, which the browser draws, or as a page that stands alone."""
    routes = APIRouter()
    figures = Figures(studio)

    def drawn(kind: FigureKind, wish: FigureWish) -> Response:
        figure = figures.draw(wish.request(kind))
        return Response(
            figure.to_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
        )

    @routes.get("/api/figures/{kind}.json")
    def asked(kind: FigureKind, wish: Annotated[FigureWish, Query()]) -> Response:
        """A figure as plotly draws it."""
        return drawn(kind, wish)

    @routes.post("/api/figures/{kind}.json")
    def wished(kind: FigureKind, wish: FigureWish) -> Response:
        """A figure with the wished options, as plotly draws it."""
        return drawn(kind, wish)

    @routes.post("/api/figures/{kind}.html")
    def page(kind: FigureKind, wish: FigureWish) -> Response:
        """A figure with the wished options as one HTML file."""
        figure = figures.draw(wish.request(kind))
        name = f"mmvp-{kind.value}.html"
        return Response(
            figure_html(figure, f"MMVP Studio: {kind.value}"),
            media_type="text/html",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )

    @routes.get(f"/vendor/{PLOTLY_NAME}")
    def script(request: Request) -> Response:
        """plotly itself."""
        found = _plotly()
        answer = tagged(
            request, found.content, "text/javascript", plotly.__version__, found.compressed
        )
        answer.headers["Cache-Control"] = _FOREVER
        return answer

    return routes


@cache
def _plotly() -> _Script:
    """The script that the plotly package ships, compressed once: 4.8 MB are 1.5."""
    path = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    content = path.read_bytes()
    return _Script(content, gzip.compress(content, 9, mtime=0))
