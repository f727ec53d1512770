"""/api/patterns: the visual patterns of the workspace; reviewers change them."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.identity import current_annotator
from annotator.patterns import described_patterns, shipped_patterns
from annotator.studio import Studio
from db.patterns import (
    PatternFields,
    PatternView,
    add_pattern,
    merge_pattern,
    rename_pattern,
    restore_pattern,
    retire_pattern,
)
from db.roles import Role

Slug = Annotated[str, Path(max_length=60)]
Short = Annotated[str, Field(max_length=1000)]


class ExampleText(BaseModel):
    """A question that shows what a pattern means."""

    question: Short
    option_a: Short
    option_b: Short


class PatternBody(BaseModel):
    """A new pattern; its slug is what questions and exports refer to, and never changes."""

    slug: Short
    name: Short
    definition: Short
    example: ExampleText | None = None


class RenameBody(BaseModel):
    """What to change; what is left out stays."""

    name: Short | None = None
    definition: Short | None = None


class MergeBody(BaseModel):
    """The slug of the pattern that takes over."""

    into: Short


class PatternRoutes:
    """Every answer is the set as it stands then."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def list(self) -> dict[str, Any]:
        """The set in its order, with those out of use and how many questions say each."""
        return {"patterns": described_patterns(self.studio)}

    def add(self, body: PatternBody, request: Request) -> dict[str, Any]:
        """Puts another pattern at the end of the set."""
        example = body.example.model_dump() if body.example else {}
        fields = PatternFields(body.slug, body.name, body.definition, example=example)
        return self._changed(request, add_pattern, fields)

    def rename(self, slug: Slug, body: RenameBody, request: Request) -> dict[str, Any]:
        """Gives a pattern another name or definition."""
        return self._changed(request, rename_pattern, slug, **body.model_dump())

    def merge(self, slug: Slug, body: MergeBody, request: Request) -> dict[str, Any]:
        """Has questions with this pattern read as if they had the other."""
        return self._changed(request, merge_pattern, slug, body.into)

    def retire(self, slug: Slug, request: Request) -> dict[str, Any]:
        """Keeps a pattern from being chosen anew."""
        return self._changed(request, retire_pattern, slug)

    def restore(self, slug: Slug, request: Request) -> dict[str, Any]:
        """Takes a pattern back into use."""
        return self._changed(request, restore_pattern, slug)

    def _changed(
        self, request: Request, change: Callable[..., PatternView], *given: object, **more: object
    ) -> dict[str, Any]:
        annotator_id, _ = current_annotator(self.studio, request)
        change(
            self.studio.database,
            *given,
            shipped=shipped_patterns(),
            annotator_id=annotator_id,
            **more,
        )
        return self.list()


def router(studio: Studio) -> APIRouter:
    """The routes of the pattern set."""
    routes = APIRouter(prefix="/api/patterns", tags=["guidelines"])
    handle = PatternRoutes(studio)
    reviewers = [requires(Role.reviewer)]
    routes.add_api_route("", handle.list, methods=["GET"], summary="List the patterns")
    for path, call, method, summary in (
        ("", handle.add, "POST", "Add a pattern"),
        ("/{slug}", handle.rename, "PATCH", "Rename a pattern"),
        ("/{slug}/merge", handle.merge, "POST", "Merge a pattern into another"),
        ("/{slug}/retire", handle.retire, "POST", "Retire a pattern"),
        ("/{slug}/restore", handle.restore, "POST", "Take a pattern back into use"),
    ):
        routes.add_api_route(path, call, methods=[method], dependencies=reviewers, summary=summary)
    return routes
