"""/api/mixtures…: which candidate pairs a mixture of the two encoders resolves."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from annotator.mixtures import Mixtures
from annotator.payloads import Problem
from annotator.routes.answers import binary, tagged_json
from annotator.spaces import chosen_roles
from annotator.studio import Studio

Slug = Annotated[str | None, Query(max_length=200)]
Cosine = Annotated[float | None, Query(ge=-1, le=1)]


def router(studio: Studio) -> APIRouter:
    """Curves and one pair's cosines as JSON, all pairs as bits; `problem` where there are none."""
    routes = APIRouter(prefix="/api")
    mixtures = Mixtures(studio)

    @routes.get("/mixtures.json")
    def curves(
        request: Request, blind: Slug = None, reference: Slug = None, blind_min: Cosine = None
    ) -> Response:
        """How many candidate pairs are resolved at each share of the reference encoder."""
        found = mixtures.resolved(chosen_roles(studio, blind, reference), blind_min)
        return tagged_json(request, _told(found) if isinstance(found, Problem) else found.header)

    @routes.get("/mixtures.bin")
    def bits(
        request: Request, blind: Slug = None, reference: Slug = None, blind_min: Cosine = None
    ) -> Response:
        """At which shares each pair is resolved, as mixtures.json describes it."""
        found = mixtures.resolved(chosen_roles(studio, blind, reference), blind_min)
        if isinstance(found, Problem):
            raise HTTPException(404, detail=found.what)
        return binary(request, found.content, found.digest, found.compressed)

    @routes.get("/mixtures/pairs/{pair_id:int}")
    def pair(
        request: Request, pair_id: int, blind: Slug = None, reference: Slug = None
    ) -> Response:
        """How alike the two images of a pair are in each mixture."""
        found = mixtures.pair(chosen_roles(studio, blind, reference), pair_id)
        if found is None:
            raise HTTPException(404, detail=f"These two encoders have no pair {pair_id}.")
        return tagged_json(request, _told(found) if isinstance(found, Problem) else found)

    return routes


def _told(problem: Problem) -> dict[str, Any]:
    return {"problem": asdict(problem), "command": problem.command}
