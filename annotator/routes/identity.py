"""/api/me: who the server takes one for, and without accounts the name to go by."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel

from annotator.errors import AppError
from annotator.identity import COOKIE, COOKIE_SECONDS, current_person, to_cookie, valid_name
from annotator.studio import Studio
from db.roles import Role


class Me(BaseModel):
    """The person behind a request; without accounts everybody is an admin by a chosen name."""

    name: str
    role: Role
    has_account: bool


def router(_studio: Studio) -> APIRouter:
    """Reading who one is, and changing the name where it is a choice."""
    routes = APIRouter(prefix="/api", tags=["account"])

    @routes.get("/me", summary="Who am I?")
    def me(request: Request) -> Me:
        """The name and role that every decision is made with."""
        person = current_person(request)
        return Me(name=person.name, role=person.role, has_account=person.has_account)

    @routes.post("/me", summary="Choose a name")
    def rename(
        name: Annotated[str, Body(embed=True, max_length=1000)],
        request: Request,
        response: Response,
    ) -> Me:
        """Only while there are no accounts: the name that this browser's decisions go by."""
        person = current_person(request)
        if person.has_account:
            raise AppError("Your name is that of your account.", hint="An admin made it.")
        kept = valid_name(name)
        response.set_cookie(
            COOKIE, to_cookie(kept), max_age=COOKIE_SECONDS, httponly=True, samesite="lax"
        )
        return Me(name=kept, role=person.role, has_account=False)

    return routes
