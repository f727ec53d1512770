"""/api/verify: blind questions and answers; results for reviewers, the policy for admins."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.errors import explain
from annotator.identity import current_annotator
from annotator.question_table import question_table, question_table_csv
from annotator.studio import Studio
from annotator.verification import desk, results
from db.blind_questions import ask
from db.lifecycle import VerificationPolicy
from db.roles import Role
from db.verdicts import get_verification_policy, set_verification_policy
from db.verification import Given, NotAsked, answer, take_back

Short = Annotated[str, Query(max_length=2000)]


class AnswerBody(BaseModel):
    """What somebody answered to the question with this token: an option by its place, 1 or 2."""

    token: Annotated[str, Field(max_length=100)]
    answer: Given
    comment: Annotated[str, Field(max_length=2000)] = ""
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class PolicyBody(BaseModel):
    """How many answers about each image are asked for, and how many must agree with the key."""

    enabled: bool
    answers: Annotated[int, Field(ge=1, le=1000)] = 2
    agreements: Annotated[int, Field(ge=1, le=1000)] = 2


class VerifyRoutes:
    """Every answer is the desk to draw next; refusals carry a `message` in it."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def _desk(self, request: Request, message: str = "") -> dict[str, Any]:
        annotator_id, _ = current_annotator(self.studio, request)
        return desk(ask(self.database, annotator_id), message)

    def ask(self, request: Request) -> dict[str, Any]:
        """The question that this person is being asked; asking again keeps it for them."""
        return self._desk(request)

    def answer(self, body: AnswerBody, request: Request) -> JSONResponse:
        """Keeps an answer and asks the next question."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            answer(
                self.database,
                annotator_id=annotator_id,
                token=body.token,
                given=body.answer,
                comment=body.comment,
                seconds=body.seconds,
            )
        except NotAsked as error:
            return JSONResponse(self._desk(request, explain(error)), status_code=409)
        return JSONResponse(self._desk(request))

    def take_back(self, request: Request) -> JSONResponse:
        """Takes back this person's last answer and asks the same again."""
        annotator_id, _ = current_annotator(self.studio, request)
        try:
            done = take_back(self.database, annotator_id=annotator_id)
        except NotAsked as error:
            return JSONResponse(self._desk(request, explain(error)), status_code=409)
        told = "Taken back: answer again." if done else "There is nothing to take back."
        return JSONResponse(self._desk(request, told))

    def results(self) -> dict[str, Any]:
        """Human accuracy with 95 % intervals: in all, by pattern, by person; what is missed."""
        return results(self.studio)

    def questions(self, pattern: Short = "", person: Short = "") -> dict[str, Any]:
        """Every question with its blind answers: how many, right, interval, by image and person.

        Only those of one `pattern`, or only one `person`'s answers, if given.
        """
        return question_table(self.studio, pattern=pattern, person=person)

    def questions_csv(self, pattern: Short = "", person: Short = "") -> PlainTextResponse:
        """The same rows as CSV, one a question; formulas are made harmless."""
        text = question_table_csv(self.studio, pattern=pattern, person=person)
        headers = {
            "Content-Disposition": 'attachment; filename="questions.csv"',
            "Cache-Control": "no-store",
        }
        return PlainTextResponse(text, media_type="text/csv", headers=headers)

    def policy(self) -> dict[str, Any]:
        """The policy that holds now."""
        return asdict(get_verification_policy(self.database))

    def set_policy(self, body: PolicyBody, request: Request) -> dict[str, Any]:
        """Another policy; pairs that stand elsewhere by it move at once."""
        annotator_id, _ = current_annotator(self.studio, request)
        policy = VerificationPolicy(body.enabled, body.answers, body.agreements)
        n_changed = set_verification_policy(self.database, policy, annotator_id=annotator_id)
        return {**asdict(policy), "n_pairs_changed": n_changed}


def router(studio: Studio) -> APIRouter:
    """The routes of the Verify page."""
    routes = APIRouter(prefix="/api/verify", tags=["verification"])
    handle = VerifyRoutes(studio)
    reviewers = [requires(Role.reviewer)]
    routes.add_api_route("", handle.ask, methods=["GET"], summary="Ask a blind question")
    routes.add_api_route("/answer", handle.answer, methods=["POST"], summary="Answer it")
    routes.add_api_route(
        "/take-back", handle.take_back, methods=["POST"], summary="Take back the last answer"
    )
    routes.add_api_route(
        "/results", handle.results, methods=["GET"], dependencies=reviewers, summary="Results"
    )
    routes.add_api_route(
        "/questions",
        handle.questions,
        methods=["GET"],
        dependencies=reviewers,
        summary="Accuracy of every question",
    )
    routes.add_api_route(
        "/questions.csv",
        handle.questions_csv,
        methods=["GET"],
        dependencies=reviewers,
        response_class=PlainTextResponse,
        summary="Accuracy of every question as CSV",
    )
    routes.add_api_route("/policy", handle.policy, methods=["GET"], summary="The policy")
    routes.add_api_route(
        "/policy",
        handle.set_policy,
        methods=["PUT"],
        dependencies=[requires(Role.admin)],
        summary="Change the policy",
    )
    return routes
