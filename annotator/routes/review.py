"""/api/review and /api/pairs: the review page's reads, decisions, questions and drafts."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.errors import explain
from annotator.identity import current_annotator
from annotator.review import Desk, changed_by_somebody, next_pair, open_pair
from annotator.studio import Studio
from db.annotations import (
    InvalidDecision,
    InvalidQuestion,
    StaleVersion,
    decide,
    save_draft,
    undo,
    write_question,
)
from db.lifecycle import Decision, PairState
from db.pairs import get_card
from db.views import PairCard
from evaluation.lint import lint_question

PairId = Annotated[int, Path(ge=0, lt=2**63)]
Version = Annotated[int, Field(ge=0, lt=2**63)]
Short = Annotated[str, Field(max_length=2000)]


class DecisionBody(BaseModel):
    """A verdict on a pair as it was read."""

    version: Version
    decision: Decision
    reason: Short | None = None


class Fields(BaseModel):
    """The write form's fields; all may be empty while one is typing."""

    text: Short = ""
    option_a: Short = ""
    option_b: Short = ""
    answer_first: Short = ""
    answer_second: Short = ""
    pattern: Short = ""
    note: Short = ""

    def findings(self) -> list[dict[str, str]]:
        """What the live check says about them, errors first."""
        question = self.model_dump(exclude={"note", "version"})
        return [asdict(finding) for finding in lint_question(**question)]


class QuestionBody(Fields):
    """A finished question for a pair as it was read."""

    version: Version


class DraftBody(BaseModel):
    """What is in the form at the moment."""

    fields: Fields


class ReviewRoutes:
    """Every route answers with the desk to draw next; refusals carry a `message` beside it."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def _desk(self, request: Request, card: PairCard | None, message: str = "") -> dict[str, Any]:
        return Desk(self.studio, *self._who(request), card, message).to_json()

    def _who(self, request: Request) -> tuple[int, str]:
        return current_annotator(self.studio, request)

    def _stale(self, request: Request, error: StaleVersion) -> JSONResponse:
        annotator_id, name = self._who(request)
        told = changed_by_somebody(error.current, name)
        if error.current.state is PairState.unreviewed:
            return _refusal(409, self._desk(request, error.current, told))
        card = next_pair(self.studio, annotator_id, error.current.id)
        return _refusal(409, self._desk(request, card, f"{told} Showing the next one."))

    def review(
        self, request: Request, pair: str | None = None, after: int | None = None
    ) -> dict[str, Any]:
        """A deep link's pair, or the next one."""
        annotator_id, _ = self._who(request)
        if pair is None:
            return self._desk(request, next_pair(self.studio, annotator_id, after))
        return self._desk(request, *open_pair(self.studio, annotator_id, pair))

    def decide(self, pair_id: PairId, body: DecisionBody, request: Request) -> Response:
        """Accept stays on the pair, to write its question; reject and skip move on."""
        annotator_id, _ = self._who(request)
        try:
            card = decide(self.database, pair_id, annotator_id=annotator_id, **dict(body))
        except StaleVersion as error:
            return self._stale(request, error)
        except InvalidDecision as error:
            card_now = get_card(self.database, pair_id)
            return _refusal(422, self._desk(request, card_now, explain(error)))
        stays = body.decision is Decision.accept
        shown = card if stays else next_pair(self.studio, annotator_id, pair_id)
        return JSONResponse(self._desk(request, shown))

    def write(self, pair_id: PairId, body: QuestionBody, request: Request) -> Response:
        """Saves the question and moves on; a text that cannot be saved is kept as a draft."""
        annotator_id, name = self._who(request)
        findings = body.findings()
        if errors := [found["message"] for found in findings if found["level"] == "error"]:
            return _refusal(422, {"message": errors[0], "findings": findings})
        try:
            write_question(self.database, pair_id, annotator_id=annotator_id, **body.model_dump())
        except InvalidQuestion as error:
            return _refusal(422, {"message": explain(error)})
        except (StaleVersion, InvalidDecision) as error:
            save_draft(self.database, pair_id, annotator_id=annotator_id, fields=_draft(body))
            told = (
                changed_by_somebody(error.current, name)
                if isinstance(error, StaleVersion)
                else explain(error)
            )
            told = f"{told} Your text is kept as a draft."
            return _refusal(409, self._desk(request, get_card(self.database, pair_id), told))
        card = next_pair(self.studio, annotator_id, pair_id)
        return JSONResponse(self._desk(request, card))

    def draft(self, pair_id: PairId, body: DraftBody, request: Request) -> Response:
        """Keeps what is being typed."""
        annotator_id, _ = self._who(request)
        if get_card(self.database, pair_id) is None:
            return _refusal(404, {"message": f"There is no pair {pair_id}."})
        save_draft(self.database, pair_id, annotator_id=annotator_id, fields=_draft(body.fields))
        return JSONResponse({"saved": True})

    def undo(self, request: Request) -> Response:
        """Takes back this person's last decision or question and shows its pair."""
        annotator_id, name = self._who(request)
        try:
            card = undo(self.database, annotator_id=annotator_id)
        except StaleVersion as error:
            told = f"{changed_by_somebody(error.current, name)} It cannot be taken back."
            return _refusal(409, self._desk(request, error.current, told))
        if card is None:
            return JSONResponse({"message": "There is nothing to take back."})
        told = f"Taken back: pair {card.id} is {card.state} again."
        return JSONResponse(self._desk(request, card, told))


def _lint(body: Fields) -> dict[str, list[dict[str, str]]]:
    return {"findings": body.findings()}


def router(studio: Studio) -> APIRouter:
    """The routes of the review page."""
    routes = APIRouter(prefix="/api")
    handle = ReviewRoutes(studio)
    routes.add_api_route("/review", handle.review, methods=["GET"])
    routes.add_api_route("/review/undo", handle.undo, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/decision", handle.decide, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/question", handle.write, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/draft", handle.draft, methods=["PUT"])
    routes.add_api_route("/lint", _lint, methods=["POST"])
    return routes


def _refusal(status: int, content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content, status_code=status)


def _draft(fields: Fields) -> dict[str, str]:
    return {name: str(value) for name, value in fields.model_dump(exclude={"version"}).items()}
