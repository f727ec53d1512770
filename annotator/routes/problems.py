"""/api/problems: anybody reports what is wrong with a question, reviewers resolve it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.errata import changes, problems
from annotator.errors import explain
from annotator.identity import current_annotator
from annotator.patterns import patterns_with
from annotator.routes.adjudicate import QuestionWords
from annotator.studio import Studio
from db.annotations import InvalidDecision, InvalidQuestion, StaleVersion
from db.pairs import get_card
from db.problem_reports import count_open, question_json
from db.problem_tables import ProblemKind
from db.problems import (
    NoSuchProblem,
    ProblemError,
    close_report,
    fix_question,
    report_blind,
    report_problem,
)
from db.roles import Role

Id = Annotated[int, Path(ge=0, lt=2**63)]
Words = Annotated[str, Field(max_length=4000)]


class WhatBody(BaseModel):
    """What is wrong with a question, in a sentence."""

    kind: ProblemKind
    words: Words


class ReportBody(WhatBody):
    """The same, and where it was noticed."""

    seen_on: Literal["review", "adjudicate", "api"] = "api"


class BlindReportBody(WhatBody):
    """The same about the question with this token, which a verifier is being asked."""

    token: Annotated[str, Field(max_length=100)]


class FixBody(BaseModel):
    """The question as it shall stand, and why."""

    version: Annotated[int, Field(ge=0, lt=2**63)]
    question: QuestionWords
    reason: Words


class CompareBody(BaseModel):
    """A question that is being put right."""

    question: QuestionWords


class CloseBody(BaseModel):
    """Why a report changes nothing."""

    reason: Words


class ProblemRoutes:
    """Reviewers' writes answer with the page to draw next; refusals carry a `message`."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def report(self, pair_id: Id, body: ReportBody, request: Request) -> JSONResponse:
        """Reports a problem with a pair's question, which stands until a reviewer looked at it."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            number = report_problem(
                self.database,
                pair_id,
                annotator_id=annotator_id,
                kind=body.kind,
                words=body.words,
                seen_on=body.seen_on,
            )
        except ProblemError as error:
            return _refusal(error)
        return JSONResponse({"id": number, "message": "Reported. Thank you."}, status_code=201)

    def report_blind(self, body: BlindReportBody, request: Request) -> JSONResponse:
        """Reports a problem with the blind question on one's page, without seeing its key."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            report_blind(
                self.database,
                body.token,
                annotator_id=annotator_id,
                kind=body.kind,
                words=body.words,
            )
        except ProblemError as error:
            return _refusal(error)
        return JSONResponse({"message": "Reported. Now answer as well as you can."}, 201)

    def count(self) -> dict[str, int]:
        """How many reports wait."""
        return {"n_open": count_open(self.database)}

    def open(self) -> dict[str, Any]:
        """The open reports by question, and what came of the others."""
        return problems(self.studio)

    def compare(self, pair_id: Id, body: CompareBody) -> JSONResponse:
        """What a question that is being put right changes, and what is still wrong with it."""
        card = get_card(self.database, pair_id)
        if card is None or card.annotation is None or card.annotation.question is None:
            return _refusal(NoSuchProblem(f"Pair {pair_id} has no question."))
        before = question_json(card.annotation.question)
        after = body.question.model_dump()
        problem = body.question.problem(patterns_with(self.studio, card))
        return JSONResponse({**changes(before, after), "problem": problem})

    def fix(self, pair_id: Id, body: FixBody, request: Request) -> JSONResponse:
        """Has a new version of the question stand, which resolves the reports about the pair."""
        annotator_id, _ = current_annotator(self.studio, request)
        patterns = patterns_with(self.studio, get_card(self.database, pair_id))
        if problem := body.question.problem(patterns):
            return JSONResponse({"message": problem}, status_code=422)
        try:
            fix_question(
                self.database,
                pair_id,
                version=body.version,
                annotator_id=annotator_id,
                question=body.question.model_dump(),
                reason=body.reason,
            )
        except StaleVersion as error:
            told = f"{explain(error)} Your words are still here."
            return JSONResponse(problems(self.studio, told), status_code=409)
        except (ProblemError, InvalidQuestion, InvalidDecision) as error:
            return _refusal(error)
        return JSONResponse(problems(self.studio, f"Pair {pair_id} is put right."))

    def close(self, problem_id: Id, body: CloseBody, request: Request) -> JSONResponse:
        """Resolves a report without changing the question."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            close_report(self.database, problem_id, annotator_id=annotator_id, reason=body.reason)
        except ProblemError as error:
            return _refusal(error)
        return JSONResponse(problems(self.studio, "Closed: the question stays as it is."))


def _refusal(error: Exception) -> JSONResponse:
    status = 404 if isinstance(error, NoSuchProblem) else 422
    return JSONResponse({"message": explain(error)}, status_code=status)


def router(studio: Studio) -> APIRouter:
    """The routes of reports and of the Problems page."""
    routes = APIRouter(prefix="/api", tags=["errata"])
    handle = ProblemRoutes(studio)
    for path, call, method, needed, summary in (
        ("/pairs/{pair_id}/problems", handle.report, "POST", Role.annotator, "Report a problem"),
        ("/verify/problem", handle.report_blind, "POST", Role.annotator, "Report it blind"),
        ("/problems/count", handle.count, "GET", Role.reviewer, "Count the open reports"),
        ("/problems", handle.open, "GET", Role.reviewer, "List the reports"),
        ("/problems/pairs/{pair_id}/compare", handle.compare, "POST", Role.reviewer, "Compare"),
        ("/problems/pairs/{pair_id}/fix", handle.fix, "POST", Role.reviewer, "Put it right"),
        ("/problems/{problem_id}/close", handle.close, "POST", Role.reviewer, "No fault"),
    ):
        needs = [] if needed is Role.annotator else [requires(needed)]
        routes.add_api_route(path, call, methods=[method], dependencies=needs, summary=summary)
    return routes
