"""/api/lint and /api/writing: help while a question is being written; none of it saves one."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from annotator.access import requires
from annotator.identity import current_annotator, current_person
from annotator.meter import BlindnessMeter, Words
from annotator.patterns import workspace_patterns
from annotator.routes.review_bodies import AnyId, Fields
from annotator.studio import Studio
from annotator.suggesting import (
    allow_suggesting,
    suggest_question,
    suggesting_state,
    suggestion_rates,
)
from db.pairs import get_card
from db.questions import finished_questions, is_being_asked
from db.roles import Role
from db.suggestion_tables import Outcome, SuggestionKind
from db.suggestions import record_suggestion, set_outcome
from db.views import PairCard
from evaluation.among_others import OtherQuestion, lint_among
from evaluation.patterns import PatternSet

_SECONDS_BETWEEN_LOOKS = 0.2
_CLIENT_LEFT = 499


class TypedBody(Fields):
    """What is in the form at the moment, and the pair it is for."""

    pair_id: AnyId | None = None


class OutcomeBody(BaseModel):
    """What the reader did with a suggestion; null while it is open again."""

    outcome: Outcome | None


class SwitchBody(BaseModel):
    """Whether both images of a pair may be sent to the model when somebody asks it."""

    enabled: bool


class PairBody(BaseModel):
    """The pair that a suggestion is wanted for."""

    pair_id: Annotated[int, Field(ge=0, lt=2**63)]


class WritingRoutes:
    """Refusals carry a `message`."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def lint(self, body: TypedBody) -> dict[str, Any]:
        """Advice on a question and its statements while one writes them; nothing is saved."""
        others = [
            OtherQuestion(*row) for row in finished_questions(self.database, without=body.pair_id)
        ]
        among = [asdict(finding) for finding in lint_among(body.draft, others)]
        statements = {side: asdict(one) for side, one in body.statements.images.items()}
        return {"findings": body.findings(self._patterns()) + among, "statements": statements}

    def state(self, request: Request) -> dict[str, Any]:
        """Whether a model may be asked for suggestions, where it is, and if one may change that."""
        may_switch = current_person(request).role.may(Role.admin)
        return suggesting_state(self.studio) | {"may_switch": may_switch}

    def switch(self, body: SwitchBody, request: Request) -> dict[str, Any]:
        """Allows or forbids sending images to the model; noted in the history."""
        annotator_id, _ = current_annotator(self.studio, request)
        allow_suggesting(self.studio, enabled=body.enabled, annotator_id=annotator_id)
        return suggesting_state(self.studio)

    async def suggest(self, body: PairBody, request: Request) -> Response:
        """A question for the pair by the model; given up when the page hangs up."""
        card = await run_in_threadpool(self._card, body.pair_id)
        annotator_id, _ = await run_in_threadpool(current_annotator, self.studio, request)
        task = asyncio.create_task(
            suggest_question(self.studio, card, self._patterns(), annotator_id=annotator_id)
        )
        try:
            while not task.done():
                if await request.is_disconnected():
                    return Response(status_code=_CLIENT_LEFT)
                await asyncio.wait({task}, timeout=_SECONDS_BETWEEN_LOOKS)
            return JSONResponse(await task)
        finally:
            task.cancel()

    def pattern(self, body: TypedBody, request: Request) -> dict[str, Any]:
        """The visual pattern that the words suggest, if they do so clearly; kept as shown."""
        # Imported only when it is needed: scikit-learn takes a second.
        from evaluation.pattern_suggestion import (  # noqa: PLC0415
            SOURCE,
            SURE_ENOUGH,
            pattern_guesser,
        )

        card, patterns = self._card(body.pair_id), self._patterns()
        if not body.text.strip() or len(patterns) < 2:
            return {"suggestion": None}
        guess = pattern_guesser(patterns).guess(body.text, body.option_a, body.option_b)
        if guess.probability < SURE_ENOUGH:
            return {"suggestion": None}
        annotator_id, _ = current_annotator(self.studio, request)
        fields = {"pattern": guess.pattern}
        suggestion_id = record_suggestion(
            self.database,
            card.id,
            annotator_id=annotator_id,
            kind=SuggestionKind.pattern,
            source=SOURCE,
            fields=fields,
        )
        return {"suggestion": {"id": suggestion_id, "source": SOURCE, "fields": fields}}

    def outcome(
        self,
        suggestion_id: Annotated[int, Path(ge=1, lt=2**63)],
        body: OutcomeBody,
        request: Request,
    ) -> Response:
        """What one did with a suggestion that one was shown."""
        annotator_id, _ = current_annotator(self.studio, request)
        set_outcome(self.database, suggestion_id, annotator_id=annotator_id, outcome=body.outcome)
        return Response(status_code=204)

    def meter(self, body: TypedBody, request: Request) -> dict[str, Any]:
        """Which image the blind encoder would take for each option, or statement by hand."""
        card = self._card(body.pair_id)
        own = (body.statement_first.strip(), body.statement_second.strip())
        annotator_id, _ = current_annotator(self.studio, request)
        if is_being_asked(self.database, card.id, annotator_id=annotator_id):
            reason = "Off while you are asked about this pair in blind verification."
            return {"state": "absent", "reason": reason}
        words = Words(body.text, body.option_a, body.option_b, body.answer_first, own)
        return self.studio.shared(BlindnessMeter).measure(card, words)

    def rates(self) -> dict[str, Any]:
        """What became of the suggestions so far."""
        return {"rates": suggestion_rates(self.studio)}

    def _patterns(self) -> PatternSet:
        return workspace_patterns(self.studio)

    def _card(self, pair_id: int | None) -> PairCard:
        card = None if pair_id is None else get_card(self.database, pair_id)
        if card is None:
            raise HTTPException(404, detail=f"There is no pair {pair_id}.")
        return card


def router(studio: Studio) -> APIRouter:
    """The routes of the write form's helpers."""
    routes = APIRouter(prefix="/api")
    handle = WritingRoutes(studio)
    routes.add_api_route("/lint", handle.lint, methods=["POST"])
    routes.add_api_route("/writing", handle.state, methods=["GET"])
    routes.add_api_route(
        "/writing/switch", handle.switch, methods=["PUT"], dependencies=[requires(Role.admin)]
    )
    routes.add_api_route("/writing/question", handle.suggest, methods=["POST"])
    routes.add_api_route("/writing/pattern", handle.pattern, methods=["POST"])
    routes.add_api_route("/writing/suggestions/{suggestion_id}", handle.outcome, methods=["PUT"])
    routes.add_api_route("/writing/meter", handle.meter, methods=["POST"])
    routes.add_api_route("/writing/rates", handle.rates, methods=["GET"])
    return routes
