"""/api/pairs/{id}/history and /api/events: what happened, for the review page and for audits."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Field

from annotator.access import requires
from annotator.history import listed_events
from annotator.identity import current_annotator, current_person
from annotator.routes.review_bodies import PairId
from annotator.studio import Studio
from annotator.timeline import history
from db.restore import Restorer
from db.roles import Role

AnyId = Annotated[int | None, Field(ge=0, lt=2**63)]
Limit = Annotated[int, Query(ge=1, le=500)]


class HistoryRoutes:
    """Nothing here changes anything."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def of_pair(self, pair_id: PairId, request: Request) -> dict[str, Any]:
        """Who did what to a pair, newest first; blind answers only for whom they cannot sway."""
        annotator_id, _ = current_annotator(self.studio, request)
        is_reviewer = current_person(request).role.may(Role.reviewer)
        found = history(self.studio, pair_id, Restorer(annotator_id, is_reviewer))
        if found is None:
            raise HTTPException(404, detail=f"There is no pair {pair_id}.")
        return found

    def of_all(
        self, request: Request, pair: AnyId = None, before: AnyId = None, limit: Limit = 100
    ) -> dict[str, Any]:
        """The newest events first; `before` is the id to go on from. Accounts are for admins."""
        accounts = current_person(request).role.may(Role.admin)
        found = listed_events(
            self.studio, pair_id=pair, limit=limit, before=before, accounts=accounts
        )
        return {"events": found, "before": found[-1]["id"] if len(found) == limit else None}


def router(studio: Studio) -> APIRouter:
    """The routes of the history."""
    routes = APIRouter(prefix="/api", tags=["history"])
    handle = HistoryRoutes(studio)
    routes.add_api_route(
        "/pairs/{pair_id}/history", handle.of_pair, methods=["GET"], summary="A pair's history"
    )
    routes.add_api_route(
        "/events",
        handle.of_all,
        methods=["GET"],
        summary="List events",
        dependencies=[requires(Role.reviewer)],
    )
    return routes
