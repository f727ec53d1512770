"""/api/guidelines: read by everybody, examples by reviewers, the text by admins."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.errors import AppError, explain
from annotator.guidelines import add_example, guidelines, restore, version, versions
from annotator.identity import current_annotator
from annotator.markdown import rendered
from annotator.studio import Studio
from db.guidelines import (
    LONGEST_TEXT,
    StaleGuidelines,
    drop_example,
    save_guidelines,
)
from db.roles import Role

Number = Annotated[int, Path(ge=0, lt=2**31)]
PairId = Annotated[int, Path(ge=0, lt=2**63)]
Against = Annotated[int | None, Query(ge=0, lt=2**31)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Expected = Annotated[int, Field(ge=0, lt=2**31)]


class TextBody(BaseModel):
    """A text to preview."""

    text: Text


class SaveBody(TextBody):
    """A text to keep, and the version that was opened to write it."""

    version: Expected


class RestoreBody(BaseModel):
    """The version that stands while another is brought back."""

    version: Expected


class ExampleBody(BaseModel):
    """Whether a pair is a good or a bad example, and why."""

    is_good: bool
    why: Annotated[str, Field(max_length=2000)]


class GuidelinesRoutes:
    """Every write answers with the guidelines as they stand then."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def read(self, blind: bool = False) -> dict[str, Any]:
        """The guidelines, the visual patterns and the examples; blind: nothing of any pair."""
        return guidelines(self.studio, blind=blind)

    def versions(self) -> list[dict[str, Any]]:
        """All versions, newest first; number 0 is the text that ships."""
        return versions(self.studio)

    def version(self, number: Number, against: Against = None) -> JSONResponse:
        """The text of one version, and what differs from the one before, or another."""
        try:
            return JSONResponse(version(self.studio, number, against))
        except AppError as error:
            return JSONResponse({"message": explain(error)}, status_code=404)

    def preview(self, body: TextBody) -> dict[str, str]:
        """A text as readers would see it; nothing is kept."""
        return {"html": rendered(body.text)}

    def save(self, body: SaveBody, request: Request) -> JSONResponse:
        """Keeps a text as the next version, unless somebody else saved one since."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            save_guidelines(
                self.database, body.text, expected=body.version, annotator_id=annotator_id
            )
        except StaleGuidelines as error:
            return self._stale(error)
        return JSONResponse(guidelines(self.studio))

    def restore(self, number: Number, body: RestoreBody, request: Request) -> JSONResponse:
        """Brings the text of an older version back, as a new one."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            restore(self.studio, number, expected=body.version, annotator_id=annotator_id)
        except StaleGuidelines as error:
            return self._stale(error)
        return JSONResponse(guidelines(self.studio))

    def set_example(self, pair_id: PairId, body: ExampleBody, request: Request) -> dict[str, Any]:
        """Shows a pair with its question among the examples."""
        annotator_id, _ = current_annotator(self.studio, request)
        add_example(
            self.studio,
            pair_id,
            is_good=body.is_good,
            why=body.why,
            annotator_id=annotator_id,
        )
        return guidelines(self.studio)

    def drop_example(self, pair_id: PairId, request: Request) -> dict[str, Any]:
        """Shows a pair no more."""
        annotator_id, _ = current_annotator(self.studio, request)
        drop_example(self.database, pair_id, annotator_id=annotator_id)
        return guidelines(self.studio)

    def _stale(self, error: StaleGuidelines) -> JSONResponse:
        body = {"message": explain(error), "version": error.current}
        return JSONResponse(body, status_code=409)


def router(studio: Studio) -> APIRouter:
    """The routes of the guidelines."""
    routes = APIRouter(prefix="/api/guidelines", tags=["guidelines"])
    handle = GuidelinesRoutes(studio)
    admins, reviewers = [requires(Role.admin)], [requires(Role.reviewer)]
    for path, call, method, needed, summary in (
        ("", handle.read, "GET", [], "Read the guidelines"),
        ("", handle.save, "PUT", admins, "Save a new version"),
        ("/preview", handle.preview, "POST", admins, "Preview a text"),
        ("/versions", handle.versions, "GET", [], "List the versions"),
        ("/versions/{number}", handle.version, "GET", [], "Read one version"),
        ("/versions/{number}/restore", handle.restore, "POST", admins, "Bring a version back"),
        ("/examples/{pair_id}", handle.set_example, "PUT", reviewers, "Show a pair"),
        ("/examples/{pair_id}", handle.drop_example, "DELETE", reviewers, "Show it no more"),
    ):
        routes.add_api_route(path, call, methods=[method], dependencies=needed, summary=summary)
    return routes
