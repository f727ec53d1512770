"""/api/compare/…: what the blind space loses, for the maps, the histogram and the matrix."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from annotator.comparisons import Comparisons
from annotator.matrix import EncoderMatrix
from annotator.payloads import Problem
from annotator.routes.answers import binary, tagged_json
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from embeddings.mining import Thresholds

REGIONS_SHOWN = 40

Slug = Annotated[str | None, Query(max_length=200)]
Cosine = Annotated[float, Query(ge=-1, le=1)]
Count = Annotated[int, Query(ge=1, le=500)]


def router(studio: Studio) -> APIRouter:
    """Descriptions as JSON, arrays as binary; `problem` and `command` where nothing is there."""
    routes = APIRouter(prefix="/api/compare")
    comparisons, matrix = Comparisons(studio), EncoderMatrix(studio)

    @routes.get("/measures.json")
    def measures(request: Request, blind: Slug = None, reference: Slug = None) -> Response:
        """What the measures of each image are, or how to compute them."""
        found = comparisons.measures(chosen_roles(studio, blind, reference))
        return tagged_json(request, _told(found) if isinstance(found, Problem) else found.header)

    @routes.get("/measures.bin")
    def measure_arrays(request: Request, blind: Slug = None, reference: Slug = None) -> Response:
        """The measures of all images as one block of arrays."""
        found = comparisons.measures(chosen_roles(studio, blind, reference))
        if isinstance(found, Problem):
            raise HTTPException(404, detail=found.what)
        return binary(request, found.content, found.digest, found.compressed)

    @routes.get("/histogram.json")
    def histogram(request: Request, blind: Slug = None, reference: Slug = None) -> Response:
        """The bins of the joint histogram of both cosines."""
        found = comparisons.histogram(chosen_roles(studio, blind, reference))
        if isinstance(found, Problem):
            return tagged_json(request, _told(found))
        return tagged_json(request, found.header | {"thresholds": comparisons.thresholds()})

    @routes.get("/histogram.bin")
    def histogram_arrays(request: Request, blind: Slug = None, reference: Slug = None) -> Response:
        """The counts of the joint histogram and an example pair of each cell."""
        found = comparisons.histogram(chosen_roles(studio, blind, reference))
        if isinstance(found, Problem):
            raise HTTPException(404, detail=found.what)
        return binary(request, found.content, found.digest, found.compressed)

    @routes.get("/regions")
    def regions(
        request: Request, blind: Slug = None, reference: Slug = None, limit: Count = REGIONS_SHOWN
    ) -> Response:
        """The regions that the blind encoder collapses, most collapsed first."""
        found = comparisons.regions(chosen_roles(studio, blind, reference), limit)
        return tagged_json(request, _told(found) if isinstance(found, Problem) else found)

    @routes.get("/matrix")
    def counts(
        request: Request,
        blind_min: Cosine = Thresholds.blind_min,
        reference_max: Cosine = Thresholds.reference_max,
    ) -> Response:
        """How many pairs each two encoders disagree on, as far as counted."""
        return tagged_json(request, matrix.counts(Thresholds(blind_min, reference_max)))

    return routes


def _told(problem: Problem) -> dict[str, Any]:
    return {"problem": asdict(problem), "command": problem.command}
