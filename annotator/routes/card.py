"""/api/card: what an export's dataset card says beyond the pairs; admins fill it in."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.card import card_json, change_card
from annotator.errors import AppError, explain
from annotator.identity import current_annotator, current_person
from annotator.studio import Studio
from db.card_fields import StaleCardFields
from db.roles import Role
from evaluation.card_facts import LONGEST_TEXT

Text = Annotated[str, Field(max_length=2 * LONGEST_TEXT)]


class CardBody(BaseModel):
    """The fields that change, and the version that the form was filled from."""

    version: Annotated[int, Field(ge=0, lt=2**31)]
    fields: dict[str, Text]


def router(studio: Studio) -> APIRouter:
    """The routes of the dataset card."""
    routes = APIRouter(prefix="/api/card", tags=["export"])

    def shown(request: Request) -> dict[str, Any]:
        return card_json(studio) | {"may_edit": current_person(request).role.may(Role.admin)}

    @routes.get("", dependencies=[requires(Role.reviewer)], summary="Read the dataset card")
    def read(request: Request) -> dict[str, Any]:
        """The fields in their order, and whether one may change them."""
        return shown(request)

    @routes.put("", dependencies=[requires(Role.admin)], summary="Fill in the dataset card")
    def write(body: CardBody, request: Request) -> JSONResponse:
        """Keeps the fields, unless somebody else changed them since."""
        annotator_id, _ = current_annotator(studio, request)
        try:
            change_card(studio, body.fields, version=body.version, annotator_id=annotator_id)
        except StaleCardFields as error:
            return JSONResponse({"message": explain(error), **shown(request)}, status_code=409)
        except AppError as error:
            return JSONResponse({"message": explain(error)}, status_code=422)
        return JSONResponse(shown(request))

    return routes
