"""/api/selections and /api/queue: what a queue is restricted to, and how all work through it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.errors import explain
from annotator.identity import current_annotator, current_person
from annotator.queueing import policy_json, update_policy
from annotator.studio import Studio
from db.errors import DatabaseError
from db.queue_tables import QueueOrder
from db.roles import Role
from db.selections import (
    NameTaken,
    NotYours,
    SelectionView,
    create_selection,
    delete_selection,
    get_filter,
    get_selection,
    list_selections,
    picked_images,
    selected_pairs,
    set_filter,
)

SelectionId = Annotated[int, Path(ge=1, lt=2**63)]
Ids = Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=1_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class SelectionBody(BaseModel):
    """A new selection: the images that were picked, and these pairs or else all pairs of them."""

    name: Annotated[str, Field(max_length=500)]
    pair_ids: Ids | None = None
    image_ids: Ids = []


class FilterBody(BaseModel):
    """The selection that one's queue is restricted to; null lifts it."""

    selection_id: Annotated[int, Field(ge=1, lt=2**63)] | None


class PolicyBody(BaseModel):
    """What is to change of the policy; what is not given stays."""

    overlap: Annotated[int, Field(ge=1, le=50)] | None = None
    order: QueueOrder | None = None
    quota: Count | None = None
    quotas: dict[str, Count | None] = {}


class SelectionRoutes:
    """Selections are everybody's; a filter is one person's."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def _who(self, request: Request) -> int:
        return current_annotator(self.studio, request)[0]

    def create(self, body: SelectionBody, request: Request) -> Response:
        """Names a selection."""
        try:
            made = create_selection(
                self.database,
                body.name,
                annotator_id=self._who(request),
                pair_ids=body.pair_ids,
                image_ids=body.image_ids,
            )
        except NameTaken as error:
            return JSONResponse({"message": explain(error)}, status_code=409)
        except DatabaseError as error:
            return JSONResponse({"message": explain(error)}, status_code=422)
        return JSONResponse(_json(made), status_code=201)

    def list(self, request: Request) -> list[dict[str, Any]]:
        """All selections, newest first, and how much of each is left for this person."""
        return [
            _json(one) for one in list_selections(self.database, annotator_id=self._who(request))
        ]

    def read(self, selection_id: SelectionId, request: Request) -> Response:
        """One selection with its pairs, and the images that were picked for it."""
        found = get_selection(self.database, selection_id, annotator_id=self._who(request))
        if found is None:
            return _unknown(selection_id)
        pairs = selected_pairs(self.database, selection_id)
        content = {**_json(found), "pair_ids": [pair_id for pair_id, *_ in pairs]}
        return JSONResponse({**content, "image_ids": picked_images(self.database, selection_id)})

    def delete(self, selection_id: SelectionId, request: Request) -> Response:
        """Removes a selection, for everybody: one's own, or as a reviewer anybody's."""
        anybodys = current_person(request).role.may(Role.reviewer)
        try:
            delete_selection(
                self.database, selection_id, annotator_id=self._who(request), anybodys=anybodys
            )
        except NotYours as error:
            return JSONResponse({"message": explain(error)}, status_code=403)
        except DatabaseError:
            return _unknown(selection_id)
        return Response(status_code=204)

    def filter(self, body: FilterBody, request: Request) -> Response:
        """Restricts one's own queue, or lifts it."""
        me = self._who(request)
        try:
            set_filter(self.database, body.selection_id, annotator_id=me)
        except DatabaseError:
            return _unknown(body.selection_id)
        found = get_filter(self.database, annotator_id=me)
        return JSONResponse({"filter": found and _json(found)})

    def policy(self, request: Request) -> dict[str, Any]:
        """How the workspace is worked through, and one's own filter."""
        found = get_filter(self.database, annotator_id=self._who(request))
        return {**policy_json(self.studio), "filter": found and _json(found)}

    def change_policy(self, body: PolicyBody, request: Request) -> Response:
        """Changes overlap, order or quotas for everybody."""
        me = self._who(request)
        n_changed = update_policy(self.studio, annotator_id=me, **body.model_dump())
        return JSONResponse({**policy_json(self.studio), "n_pairs_changed": n_changed})


def router(studio: Studio) -> APIRouter:
    """The routes of selections and of the queue's policy."""
    routes = APIRouter(prefix="/api")
    handle = SelectionRoutes(studio)
    routes.add_api_route("/selections", handle.create, methods=["POST"], status_code=201)
    routes.add_api_route("/selections", handle.list, methods=["GET"])
    routes.add_api_route("/selections/{selection_id}", handle.read, methods=["GET"])
    routes.add_api_route("/selections/{selection_id}", handle.delete, methods=["DELETE"])
    routes.add_api_route("/queue/filter", handle.filter, methods=["PUT"])
    routes.add_api_route("/queue", handle.policy, methods=["GET"])
    admins = [requires(Role.admin)]
    routes.add_api_route("/queue", handle.change_policy, methods=["PUT"], dependencies=admins)
    return routes


def _json(view: SelectionView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "created_by": view.created_by,
        "created_at": view.created_at.isoformat(),
        "n_pairs": view.n_pairs,
        "n_left": view.n_left,
    }


def _unknown(selection_id: int | None) -> JSONResponse:
    told = f"There is no selection {selection_id}; it may have been deleted."
    return JSONResponse({"message": told}, status_code=404)
