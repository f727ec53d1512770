"""/api/review and /api/pairs: the review page's reads, decisions, questions and drafts."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
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


def router(studio: Studio) -> APIRouter:
    """Every route answers with the desk to draw next; refusals carry a `message` beside it."""
    routes = APIRouter(prefix="/api")
    database = studio.database

    def desk(request: Request, card: PairCard | None, message: str = "", **extra: Any) -> Desk:  # noqa: ANN401
        return Desk(studio, *current_annotator(studio, request), card, message, extra)

    def refused(status: int, shown: Desk) -> JSONResponse:
        return JSONResponse(shown.to_json(), status_code=status)

    def stale(request: Request, error: StaleVersion) -> JSONResponse:
        annotator_id, name = current_annotator(studio, request)
        told = changed_by_somebody(error.current, name)
        if error.current.state is PairState.unreviewed:
            return refused(409, desk(request, error.current, told))
        card = next_pair(studio, annotator_id, error.current.id)
        return refused(409, desk(request, card, f"{told} Showing the next one."))

    @routes.get("/review")
    def review(request: Request, pair: str | None = None, after: int | None = None) -> Any:  # noqa: ANN401
        annotator_id, _ = current_annotator(studio, request)
        if pair is None:
            return desk(request, next_pair(studio, annotator_id, after)).to_json()
        return desk(request, *open_pair(studio, annotator_id, pair)).to_json()

    @routes.post("/pairs/{pair_id}/decision")
    def decision(pair_id: PairId, body: DecisionBody, request: Request) -> Any:  # noqa: ANN401
        annotator_id, _ = current_annotator(studio, request)
        try:
            card = decide(database, pair_id, annotator_id=annotator_id, **dict(body))
        except StaleVersion as error:
            return stale(request, error)
        except InvalidDecision as error:
            return refused(422, desk(request, get_card(database, pair_id), explain(error)))
        stays = body.decision is Decision.accept
        return desk(
            request, card if stays else next_pair(studio, annotator_id, pair_id)
        ).to_json()

    @routes.post("/pairs/{pair_id}/question")
    def question(pair_id: PairId, body: QuestionBody, request: Request) -> Any:  # noqa: ANN401
        annotator_id, name = current_annotator(studio, request)
        findings = body.findings()
        errors = [found for found in findings if found["level"] == "error"]
        if errors:
            return JSONResponse(
                {"message": errors[0]["message"], "findings": findings}, status_code=422
            )
        try:
            write_question(database, pair_id, annotator_id=annotator_id, **body.model_dump())
        except InvalidQuestion as error:
            return JSONResponse({"message": explain(error)}, status_code=422)
        except (StaleVersion, InvalidDecision) as error:
            save_draft(database, pair_id, annotator_id=annotator_id, fields=_draft(body))
            card = get_card(database, pair_id)
            told = (
                changed_by_somebody(error.current, name)
                if isinstance(error, StaleVersion)
                else explain(error)
            )
            return refused(409, desk(request, card, f"{told} Your text is kept as a draft."))
        return desk(request, next_pair(studio, annotator_id, pair_id)).to_json()

    @routes.put("/pairs/{pair_id}/draft")
    def draft(pair_id: PairId, body: DraftBody, request: Request) -> Any:  # noqa: ANN401
        annotator_id, _ = current_annotator(studio, request)
        if get_card(database, pair_id) is None:
            return JSONResponse({"message": f"There is no pair {pair_id}."}, status_code=404)
        save_draft(database, pair_id, annotator_id=annotator_id, fields=_draft(body.fields))
        return {"saved": True}

    @routes.post("/review/undo")
    def take_back(request: Request) -> Any:  # noqa: ANN401
        annotator_id, name = current_annotator(studio, request)
        try:
            card = undo(database, annotator_id=annotator_id)
        except StaleVersion as error:
            told = changed_by_somebody(error.current, name)
            return refused(409, desk(request, error.current, f"{told} It cannot be taken back."))
        if card is None:
            return {"message": "There is nothing to take back."}
        return desk(request, card, f"Taken back: pair {card.id} is {card.state} again.").to_json()

    @routes.post("/lint")
    def lint(body: Fields) -> dict[str, list[dict[str, str]]]:
        return {"findings": body.findings()}

    return routes


def _draft(fields: Fields) -> dict[str, str]:
    return {name: str(value) for name, value in fields.model_dump(exclude={"version"}).items()}
