"""/api/adjudicate: the pairs in dispute and the rulings on them, for reviewers."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.adjudication import bench
from annotator.errors import explain
from annotator.identity import current_annotator
from annotator.patterns import patterns_with
from annotator.studio import Studio
from db.adjudication import adjudicate
from db.annotations import InvalidDecision, InvalidQuestion, StaleVersion
from db.history import EventKind
from db.lifecycle import Ruling
from db.pairs import get_card
from db.roles import Role
from db.undo import redo, undo
from db.views import PairCard
from evaluation.lint import lint_question
from evaluation.patterns import PatternSet

PairId = Annotated[int, Path(ge=0, lt=2**63)]
Short = Annotated[str, Field(max_length=2000)]
_AFTER = {
    "complete": "is complete; people who have not seen it are asked anew",
    "final": "is final: the blind answers agree with it",
    "accepted": "went back to its authors",
    "rejected": "is rejected",
}


class QuestionWords(BaseModel):
    """A question as it shall stand, with the right option for each image."""

    question: Short
    option_a: Short
    option_b: Short
    answer_first: Short
    answer_second: Short
    pattern: Short

    def problem(self, patterns: PatternSet) -> str:
        """The first thing that keeps it from being stored; empty if nothing does."""
        given = self.model_dump()
        given["text"] = given.pop("question")
        found = lint_question(**given, patterns=patterns)
        return next((one.message for one in found if one.level == "error"), "")


class RulingBody(BaseModel):
    """How a dispute ends, and why; `choose` and `merge` bring the question that shall stand."""

    version: Annotated[int, Field(ge=0, lt=2**63)]
    ruling: Ruling
    reason: Short
    question: QuestionWords | None = None


class AdjudicateRoutes:
    """Every answer is the bench to draw next; refusals carry a `message` in it."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def open(self, pair: Annotated[int | None, Field(ge=0, lt=2**63)] = None) -> dict[str, Any]:
        """The pairs in dispute, and one of them with everything said about it."""
        return bench(self.studio, pair)

    def rule(self, pair_id: PairId, body: RulingBody, request: Request) -> JSONResponse:
        """Ends a dispute and opens the next."""
        annotator_id, _ = current_annotator(self.studio, request)
        patterns = patterns_with(self.studio, get_card(self.database, pair_id))
        if body.question is not None and (problem := body.question.problem(patterns)):
            return self._refuse(422, pair_id, problem)
        try:
            card = adjudicate(
                self.database,
                pair_id,
                version=body.version,
                annotator_id=annotator_id,
                ruling=body.ruling,
                reason=body.reason,
                question=body.question.model_dump() if body.question else None,
            )
        except StaleVersion as error:
            return self._refuse(409, pair_id, f"{explain(error)} Your words are still here.")
        except (InvalidDecision, InvalidQuestion) as error:
            return self._refuse(422, pair_id, explain(error))
        return JSONResponse(bench(self.studio, None, _told(card)))

    def undo(self, request: Request) -> JSONResponse:
        """Takes back this person's last ruling and opens its pair."""
        return self._step(request, undo, "Taken back.", "There is no ruling to take back.")

    def redo(self, request: Request) -> JSONResponse:
        """Makes the ruling again that this person took back last, and opens its pair."""
        return self._step(request, redo, "Ruled again.", "There is no ruling to make again.")

    def _step(
        self, request: Request, step: Callable[..., PairCard | None], done: str, none: str
    ) -> JSONResponse:
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            card = step(self.database, annotator_id=annotator_id, only=EventKind.adjudication)
        except StaleVersion as error:
            return self._refuse(409, error.current.id, f"{explain(error)} It stays.")
        if card is None:
            return JSONResponse(bench(self.studio, None, none))
        return JSONResponse(bench(self.studio, card.id, done))

    def _refuse(self, status: int, pair_id: int, message: str) -> JSONResponse:
        return JSONResponse(bench(self.studio, pair_id, message), status_code=status)


def _told(card: PairCard) -> str:
    return f"Pair {card.id} {_AFTER.get(card.state.value, f'is {card.state.value}')}."


def router(studio: Studio) -> APIRouter:
    """The routes of the Adjudicate page."""
    routes = APIRouter(
        prefix="/api/adjudicate",
        tags=["verification"],
        dependencies=[requires(Role.reviewer)],
    )
    handle = AdjudicateRoutes(studio)
    routes.add_api_route("", handle.open, methods=["GET"], summary="The pairs in dispute")
    routes.add_api_route(
        "/undo", handle.undo, methods=["POST"], summary="Take back the last ruling"
    )
    routes.add_api_route(
        "/redo", handle.redo, methods=["POST"], summary="Make the last ruling again"
    )
    routes.add_api_route("/{pair_id}", handle.rule, methods=["POST"], summary="Rule on a pair")
    return routes
