"""`mmvp figure`: the maps or the joint histogram as a file for a paper or a slide."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, shown

if TYPE_CHECKING:
    from annotator.figures.drawn import FigureRequest
    from annotator.studio import Studio


class Kind(StrEnum):
    """What to draw."""

    map = "map"
    histogram = "histogram"


class ColourBy(StrEnum):
    """What the colours of the points say."""

    gap = "gap"
    state = "state"
    label = "label"
    none = "none"


WhatToDraw = Annotated[
    Kind, typer.Argument(show_default=False, help="The two maps, or the joint histogram.")
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        show_default=False,
        dir_okay=False,
        help="File to write; .html, .svg, .png or .pdf says how. All but .html need Chrome.",
    ),
]
Size = Annotated[
    str,
    typer.Option(
        "--size",
        metavar="WxH",
        show_default="180x95mm, histogram 120x95mm",
        help="In mm, in or px, e.g. 85x60mm or 1600x900px.",
    ),
]
Points = Annotated[
    float | None,
    typer.Option(
        "--points",
        min=3,
        max=72,
        metavar="N",
        show_default="8 in print, more on a slide",
        help="Size of the type.",
    ),
]
Dpi = Annotated[
    int, typer.Option("--dpi", min=72, max=1200, help="Of a .png whose size is in mm or in.")
]
Colour = Annotated[
    ColourBy, typer.Option("--colour", help="What the maps' points are coloured by.")
]
Tethers = Annotated[
    int,
    typer.Option("--tethers", min=0, metavar="N", help="Pairs drawn on the maps, widest first."),
]
Images = Annotated[
    str, typer.Option("--images", metavar="ID,ID", help="Images to put a ring around.")
]
PairId = Annotated[int | None, typer.Option("--pair", metavar="ID", help="A pair to point out.")]
Layout = Annotated[
    str | None,
    typer.Option("--layout", metavar="ID", show_default="the newest", help="Stored layout."),
]
BlindMin = Annotated[
    float | None,
    typer.Option(
        "--blind-min",
        min=-1,
        max=1,
        metavar="COSINE",
        show_default="the current run's, else 0.95",
        help="Corner of the histogram.",
    ),
]
ReferenceMax = Annotated[
    float | None,
    typer.Option(
        "--reference-max",
        min=-1,
        max=1,
        metavar="COSINE",
        show_default="the current run's, else 0.6",
        help="Corner of the histogram.",
    ),
]


@guarded
def figure(
    kind: WhatToDraw,
    out: Out,
    size: Size = "",
    points: Points = None,
    dpi: Dpi = 300,
    colour: Colour = ColourBy.gap,
    tethers: Tethers = 200,
    images: Images = "",
    pair: PairId = None,
    layout: Layout = None,
    blind_min: BlindMin = None,
    reference_max: ReferenceMax = None,
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Draw the two maps or the joint histogram for a paper or a slide.

    The same figures as those of the Explore page. HTML needs nothing to be looked at; SVG, PNG and
    PDF are drawn by Chrome or Chromium, found by itself or named in BROWSER_PATH.
    """
    from annotator.figures.data import Selection
    from annotator.figures.drawn import FigureKind, FigureRequest
    from annotator.figures.files import format_of
    from annotator.figures.style import FigureSize

    format_of(out)
    default = "180x95mm" if kind is Kind.map else "120x95mm"
    request = FigureRequest(
        kind=FigureKind(kind.value),
        size=FigureSize.parse(size or default, points),
        blind=_slug(blind, "--blind"),
        reference=_slug(reference, "--reference"),
        layout=layout,
        colour=colour.value,
        tethers=tethers,
        selection=Selection(_ids(images), pair),
        blind_min=blind_min,
        reference_max=reference_max,
    )
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        _draw(studio, request, out, dpi)
    if as_json:
        emit_json({"figure": kind.value, "path": out.absolute(), "n_bytes": out.stat().st_size})
    else:
        print(f"{shown(out)}: {out.stat().st_size / 1000:,.0f} kB")


def _draw(studio: "Studio", request: "FigureRequest", out: Path, dpi: int) -> None:
    from annotator.figures.drawn import Figures
    from annotator.figures.files import write_figure

    heading(f"Draw the {request.kind.value}")
    figure = Figures(studio).draw(request)
    write_figure(figure, out, request.size, title=f"MMVP Studio: {request.kind.value}", dpi=dpi)


def _slug(spec: str | None, option: str) -> str | None:
    """How an encoder is named in the workspace; a spec that cannot be read is bad usage."""
    from embeddings.encoder import EncoderSpec
    from embeddings.errors import EmbeddingsError

    try:
        return None if spec is None else EncoderSpec.parse(spec).slug
    except EmbeddingsError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _ids(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise typer.BadParameter("image ids, as 12,15,31", param_hint="--images") from error
