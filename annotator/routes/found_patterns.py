"""/api/found-patterns: patterns that were found in the questions, for reviewers to take over."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.found_patterns import Group, adopt_found, described_found
from annotator.identity import current_annotator
from annotator.patterns import described_patterns
from annotator.studio import Studio
from annotator.suggesting import suggesting_state
from db.pattern_tags import take_back_tags
from db.roles import Role

Slug = Annotated[str, Path(max_length=60)]
Short = Annotated[str, Field(max_length=1000)]


class GroupBody(BaseModel):
    """Found patterns that become one: a new one of this name, or `into` one of the set."""

    found: list[Short] = Field(min_length=1, max_length=60)
    name: Short = ""
    definition: Short = ""
    into: Short | None = None


class AdoptBody(BaseModel):
    """What to take over of the search made `at`; pairs at least so sure are tagged, null: none."""

    at: Short
    groups: list[GroupBody] = Field(min_length=1, max_length=60)
    least: Annotated[float, Field(ge=0, le=1)] | None = None
    only_unlabelled: bool = True


class FoundPatternRoutes:
    """What was found stays as it is; what is taken over goes into the set and into tags."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def show(self) -> dict[str, Any]:
        """The newest search, null without one, the set, and the model that could be asked."""
        state = suggesting_state(self.studio)
        return {
            "found": described_found(self.studio),
            "patterns": described_patterns(self.studio),
            "model": state["model"] if state["enabled"] else None,
        }

    def adopt(self, body: AdoptBody, request: Request) -> dict[str, Any]:
        """Adds patterns to the set and tags pairs; what people said about them stays stored."""
        annotator_id, _ = current_annotator(self.studio, request)
        tagged = adopt_found(
            self.studio,
            [Group(**group.model_dump()) for group in body.groups],
            at=body.at,
            least=body.least,
            only_unlabelled=body.only_unlabelled,
            annotator_id=annotator_id,
        )
        return {
            **self.show(),
            "n_tagged": tagged.n_tagged,
            "n_same": tagged.n_same,
            "n_kept": tagged.n_kept,
            "n_without_question": tagged.n_without_question,
        }

    def untag(self, slug: Slug, request: Request) -> dict[str, Any]:
        """Has the pairs tagged with a pattern read as people said again."""
        annotator_id, _ = current_annotator(self.studio, request)
        n = take_back_tags(self.studio.database, slug, annotator_id=annotator_id)
        return {**self.show(), "n_taken_back": n}


def router(studio: Studio) -> APIRouter:
    """The routes of found patterns: reviewers only."""
    routes = APIRouter(
        prefix="/api/found-patterns", tags=["guidelines"], dependencies=[requires(Role.reviewer)]
    )
    handle = FoundPatternRoutes(studio)
    routes.add_api_route("", handle.show, methods=["GET"], summary="Show found patterns")
    routes.add_api_route(
        "/adopt", handle.adopt, methods=["POST"], summary="Take found patterns over"
    )
    routes.add_api_route(
        "/tags/{slug}", handle.untag, methods=["DELETE"], summary="Take tags of a pattern back"
    )
    return routes
