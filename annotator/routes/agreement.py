"""/api/agreement and /api/progress: how far people agree, and how far and fast the work goes."""

from typing import Any

from fastapi import APIRouter, Request

from annotator.access import requires
from annotator.agreement import agreement
from annotator.dashboards import dashboard
from annotator.identity import current_person
from annotator.studio import Studio
from db.roles import Role


def router(studio: Studio) -> APIRouter:
    """The routes of the pages Agreement and Progress."""
    routes = APIRouter(prefix="/api", tags=["progress"])

    @routes.get(
        "/agreement", dependencies=[requires(Role.reviewer)], summary="Agreement between people"
    )
    def show_agreement() -> dict[str, Any]:
        """Raw agreement, Cohen's kappa by couple, Krippendorff's alpha, confusion, over time.

        About accept or reject and about the visual pattern, from what people said before rulings.
        """
        return agreement(studio)

    @routes.get("/progress", summary="Progress, pace and forecast")
    def show_progress(request: Request) -> dict[str, Any]:
        """Counts, pace, forecast, people, and where disagreement concentrates.

        `people` are all for a reviewer, and only oneself for an annotator.
        """
        person = current_person(request)
        return dashboard(studio, only=None if person.role.may(Role.reviewer) else person.name)

    return routes
