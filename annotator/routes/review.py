"""/api/review and /api/pairs: the review page's reads, decisions, questions and drafts."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from annotator.conflict import conflict
from annotator.errors import explain
from annotator.identity import current_annotator, current_person
from annotator.patterns import workspace_patterns
from annotator.review import (
    Desk,
    changed_by_somebody,
    claim_of,
    next_claim,
    obstacle_json,
    open_pair,
    waits_for,
)
from annotator.routes.review_bodies import (
    AnyId,
    DecisionBody,
    DraftBody,
    LeaseBody,
    PairId,
    QuestionBody,
    RestoreBody,
)
from annotator.studio import Studio
from db.annotations import (
    InvalidDecision,
    InvalidQuestion,
    StaleVersion,
    decide,
    save_draft,
    write_question,
)
from db.claims import Claim
from db.leases import NotFree, release, renew
from db.lifecycle import Decision, PairState
from db.pairs import get_card
from db.policy import get_policy
from db.restore import NoSuchVersion, Restorer, restore
from db.roles import Role
from db.suggestions import settle_suggestions
from db.undo import redo, undo

_STEPS = {
    "undo": (undo, "Taken back", "take back", "taken back"),
    "redo": (redo, "Done again", "do again", "done again"),
}


class ReviewRoutes:
    """Every route answers with the desk to draw next; refusals carry a `message` beside it."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.database = studio, studio.database

    def _desk(self, request: Request, claim: Claim, message: str = "") -> dict[str, Any]:
        return Desk(self.studio, *self._who(request), claim, message).to_json()

    def _this(self, request: Request, pair_id: int, message: str = "") -> dict[str, Any]:
        """The desk with one pair, read anew."""
        annotator_id, _ = self._who(request)
        found = claim_of(self.studio, annotator_id, pair_id)
        return self._desk(request, found or next_claim(self.studio, annotator_id), message)

    def _next(self, request: Request, after: int | None, message: str = "") -> dict[str, Any]:
        annotator_id, _ = self._who(request)
        return self._desk(request, next_claim(self.studio, annotator_id, after), message)

    def _who(self, request: Request) -> tuple[int, str]:
        return current_annotator(self.studio, request)

    def _stale(self, request: Request, error: StaleVersion) -> JSONResponse:
        _, name = self._who(request)
        told = changed_by_somebody(error.current, name)
        # letting go of a pair that this person just accepted would free the one their page shows
        if error.current.state is PairState.unreviewed or waits_for(error.current, name):
            return _refusal(409, self._this(request, error.current.id, told))
        told = f"{told} Showing the next one."
        return _refusal(409, self._next(request, error.current.id, told))

    def review(
        self, request: Request, pair: str | None = None, after: AnyId | None = None
    ) -> dict[str, Any]:
        """A deep link's pair, or the next one; the pair `after` is let go."""
        annotator_id, _ = self._who(request)
        if pair is None:
            return self._next(request, after)
        return self._desk(request, *open_pair(self.studio, annotator_id, pair, after))

    def decide(self, pair_id: PairId, body: DecisionBody, request: Request) -> Response:
        """Accept stays on the pair, to write its question; reject and skip move on."""
        annotator_id, _ = self._who(request)
        try:
            decide(self.database, pair_id, annotator_id=annotator_id, **dict(body))
        except StaleVersion as error:
            return self._stale(request, error)
        except NotFree as error:
            told = f"{explain(error)} Showing the next one."
            return _refusal(409, self._next(request, pair_id, told))
        except InvalidDecision as error:
            return _refusal(422, self._this(request, pair_id, explain(error)))
        stays = body.decision is Decision.accept
        shown = self._this if stays else self._next
        return JSONResponse(shown(request, pair_id))

    def write(self, pair_id: PairId, body: QuestionBody, request: Request) -> Response:
        """Saves the question and moves on; a text that cannot be saved is kept as a draft."""
        annotator_id, _ = self._who(request)
        findings = body.findings(workspace_patterns(self.studio))
        if errors := [found["message"] for found in findings if found["level"] == "error"]:
            return _refusal(422, {"message": errors[0], "findings": findings})
        try:
            write_question(self.database, pair_id, annotator_id=annotator_id, **body.saved())
        except InvalidQuestion as error:
            return _refusal(422, {"message": explain(error)})
        except StaleVersion as error:
            return self._both_texts(request, body, error)
        except (NotFree, InvalidDecision) as error:
            save_draft(self.database, pair_id, annotator_id=annotator_id, fields=body.form())
            told = f"{explain(error)} Your text is kept as a draft."
            return _refusal(409, self._this(request, pair_id, told))
        settle_suggestions(self.database, pair_id, annotator_id=annotator_id, saved=body.form())
        return JSONResponse(self._next(request, pair_id))

    def _both_texts(self, request: Request, body: QuestionBody, error: StaleVersion) -> Response:
        """The pair as it is now, with what was saved meanwhile beside what could not be saved."""
        annotator_id, name = self._who(request)
        current = error.current
        save_draft(self.database, current.id, annotator_id=annotator_id, fields=body.form())
        told = f"{changed_by_somebody(current, name)} Your text is kept as a draft."
        desk = self._this(request, current.id, told)
        return _refusal(
            409, {**desk, "conflict": conflict(self.studio, current, body.form(), name)}
        )

    def draft(self, pair_id: PairId, body: DraftBody, request: Request) -> Response:
        """Keeps what is being typed."""
        annotator_id, _ = self._who(request)
        if get_card(self.database, pair_id) is None:
            return _refusal(404, {"message": f"There is no pair {pair_id}."})
        save_draft(self.database, pair_id, annotator_id=annotator_id, fields=body.fields.form())
        return JSONResponse({"saved": True})

    def undo(self, request: Request) -> Response:
        """Takes back this person's last decision or question and shows its pair."""
        return self._step(request, "undo")

    def redo(self, request: Request) -> Response:
        """Does again what this person took back last, and shows its pair."""
        return self._step(request, "redo")

    def _step(self, request: Request, which: Literal["undo", "redo"]) -> Response:
        annotator_id, name = self._who(request)
        step, done, none, refused = _STEPS[which]
        try:
            card = step(self.database, annotator_id=annotator_id)
        except StaleVersion as error:
            told = f"{changed_by_somebody(error.current, name)} It cannot be {refused}."
            return _refusal(409, self._this(request, error.current.id, told))
        except NotFree as error:
            return _refusal(409, {"message": f"{explain(error)} It cannot be {refused} now."})
        if card is None:
            return JSONResponse({"message": f"There is nothing to {none}."})
        told = f"{done}: pair {card.id} is {card.state} again."
        return JSONResponse(self._this(request, card.id, told))

    def restore(self, pair_id: PairId, body: RestoreBody, request: Request) -> Response:
        """Brings back an earlier version of the pair, as a new change that can be taken back."""
        annotator_id, name = self._who(request)
        is_reviewer = current_person(request).role.may(Role.reviewer)
        try:
            restore(
                self.database,
                pair_id,
                restorer=Restorer(annotator_id, is_reviewer),
                **dict(body),
            )
        except StaleVersion as error:
            told = f"{changed_by_somebody(error.current, name)} Nothing was restored."
            return _refusal(409, self._this(request, pair_id, told))
        except NotFree as error:
            return _refusal(409, self._this(request, pair_id, explain(error)))
        except InvalidDecision as error:
            return _refusal(422, self._this(request, pair_id, explain(error)))
        except NoSuchVersion as error:
            return _refusal(404, {"message": explain(error)})
        return JSONResponse(self._this(request, pair_id, "Restored. Undo takes it back."))

    def keep(self, body: LeaseBody, request: Request) -> dict[str, Any]:
        """The page is in use: its pair stays this person's, or it is told who has it now."""
        annotator_id, _ = self._who(request)
        minutes = self.studio.settings.lease_minutes
        kept = renew(self.database, annotator_id=annotator_id, minutes=minutes, **dict(body))
        return {
            "until": kept.until and kept.until.isoformat(),
            "obstacle": obstacle_json(kept.obstacle, get_policy(self.database)),
        }

    def leave(self, body: LeaseBody, request: Request) -> Response:
        """The page closes: its pair is free for the others."""
        annotator_id, _ = self._who(request)
        release(self.database, annotator_id=annotator_id, **dict(body))
        return Response(status_code=204)


def router(studio: Studio) -> APIRouter:
    """The routes of the review page."""
    routes = APIRouter(prefix="/api")
    handle = ReviewRoutes(studio)
    routes.add_api_route("/review", handle.review, methods=["GET"])
    routes.add_api_route("/review/lease", handle.keep, methods=["POST"])
    routes.add_api_route("/review/leave", handle.leave, methods=["POST"])
    routes.add_api_route("/review/undo", handle.undo, methods=["POST"])
    routes.add_api_route("/review/redo", handle.redo, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/restore", handle.restore, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/decision", handle.decide, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/question", handle.write, methods=["POST"])
    routes.add_api_route("/pairs/{pair_id}/draft", handle.draft, methods=["PUT"])
    return routes


def _refusal(status: int, content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content, status_code=status)
