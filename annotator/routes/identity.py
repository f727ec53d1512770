"""/api/me: the name that goes with every decision."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from annotator.identity import COOKIE, COOKIE_SECONDS, current_name, to_cookie, valid_name
from annotator.studio import Studio


def router(studio: Studio) -> APIRouter:
    """Reading and changing the annotator's name."""
    routes = APIRouter(prefix="/api")

    @routes.get("/me")
    def me(request: Request) -> dict[str, str]:
        return {"name": current_name(studio, request)}

    @routes.post("/me")
    def rename(name: Annotated[str, Body(embed=True)], response: Response) -> dict[str, str]:
        kept = valid_name(name)
        response.set_cookie(
            COOKIE, to_cookie(kept), max_age=COOKIE_SECONDS, httponly=True, samesite="lax"
        )
        return {"name": kept}

    return routes
