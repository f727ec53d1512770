"""/api/check: what the rules find in the workspace's benchmark, for the Check page."""

from typing import Any

from fastapi import APIRouter

from annotator.access import requires
from annotator.checking import checked
from annotator.studio import Studio
from db.roles import Role


def router(studio: Studio) -> APIRouter:
    """The route of the Check page."""
    routes = APIRouter(prefix="/api", tags=["check"])

    @routes.get(
        "/check", dependencies=[requires(Role.reviewer)], summary="Mistakes in the benchmark"
    )
    def show_check() -> dict[str, Any]:
        """Findings of every rule about the complete pairs, and what can be guessed without looking.

        As `mmvp check --json` prints it. Without a complete pair it is `empty`, a sentence.
        """
        return checked(studio)

    return routes
