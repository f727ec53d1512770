"""Bringing an earlier version of a pair back, as a change of its own."""

from dataclasses import dataclass
from typing import Any

from db.annotations import QUESTION_FIELDS, STATEMENT_FIELDS, InvalidDecision
from db.changes import Change
from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind
from db.leases import drop
from db.lifecycle import SETTLED_STATES, Decision, PairState, after_decision, own_state
from db.tables import Draft, Event
from db.times import now
from db.undo import CHANGES
from db.views import PairCard


class NoSuchVersion(DatabaseError):
    """An event that is not there, is of another pair, or holds no version of it."""


@dataclass(frozen=True)
class Restorer:
    """Who restores; ``is_reviewer`` may bring back anything, others what they may also write."""

    annotator_id: int
    is_reviewer: bool = False


def version_in(event: Event) -> dict[str, Any] | None:
    """The annotation with which an event had the pair stand; None if it set none of its own."""
    if event.kind not in {kind.value for kind in CHANGES}:
        return None
    after = event.data["after"]
    is_spoken = event.data.get("overlap", 1) > 1 or after["decided_by"] == event.annotator_id
    stored: dict[str, Any] | None = after["annotation"] if is_spoken else None
    return stored


def why_not(
    event: Event, state: PairState, restorer: Restorer, *, is_shared: bool
) -> InvalidDecision | None:
    """What keeps somebody from restoring the version of an event on a pair that stands so."""
    version = version_in(event)
    if version is None:
        raise NoSuchVersion(f"Event {event.id} holds no version of a pair.")
    decision, has_question = Decision(version["decision"]), version["question"] is not None
    is_own = event.annotator_id == restorer.annotator_id
    if not is_shared and not is_own:
        if not restorer.is_reviewer:
            return InvalidDecision("This is somebody else's version; each writes their own here.")
        if own_state(decision, has_question=has_question) not in SETTLED_STATES:
            return InvalidDecision("This version settles nothing; a reviewer can restore none.")
    if restorer.is_reviewer or decision is Decision.reject:
        return None
    if decision is Decision.accept and has_question:
        return None
    if after_decision(state, decision, has_question=False) is None:
        return InvalidDecision(
            f"The pair is {state}; only a reviewer can bring this version back.",
            hint="Reject the pair, or write a question.",
        )
    return None


@retried
def restore(
    database: Database, pair_id: int, *, version: int, event_id: int, restorer: Restorer
) -> PairCard:
    """Bring back the decision, reason and question that an event of this pair left.

    Whoever restores stands behind it, as if they had decided and written so; their draft is gone
    afterwards. Undo takes it back. Where several annotate a pair, a reviewer who restores another
    person's version rules that it stands.

    Raises:
        NoSuchVersion: if the event holds no version of this pair.
        StaleVersion: if the pair was changed since it was read; nothing is written.
        NotFree: if somebody else is on the pair, or it has all the annotations it needs.
        InvalidDecision: if this person may not bring this version back.
    """
    annotator_id = restorer.annotator_id
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        event = session.get(Event, event_id)
        if event is None or event.pair_id != pair_id:
            raise NoSuchVersion(f"Pair {pair_id} has no version {event_id}.")
        change.require_version(version)
        if (
            refusal := why_not(event, change.state, restorer, is_shared=change.is_shared)
        ) is not None:
            raise refusal
        is_ruling = not change.is_shared and event.annotator_id != annotator_id
        _write(change, version_in(event) or {}, is_ruling=is_ruling)
        draft = session.get(Draft, (pair_id, annotator_id))
        if draft is not None:
            session.delete(draft)
        done = change.finish(
            EventKind.restore,
            draft=draft.fields if draft else None,
            restores=event.id,
            ruled=is_ruling,
        )
        if change.state is not PairState.accepted:  # who still has to write stays
            drop(session, annotator_id, pair_id)
        return done


def _write(change: Change, stored: dict[str, Any], *, is_ruling: bool) -> None:
    """Give this person's annotation the stored decision and words, and the pair their state."""
    at = now()
    decision, has_question = Decision(stored["decision"]), stored["question"] is not None
    own = change.annotate(decision, at)
    for name in (*QUESTION_FIELDS, "reason", "note"):
        setattr(own, name, stored[name])
    for name in STATEMENT_FIELDS:  # events from before there were any do not have them
        setattr(own, name, stored.get(name))
    own.written_at = (own.written_at or at) if has_question else None
    state = own_state(decision, has_question=has_question)
    if is_ruling:
        change.rule(state, speaker=change.annotator_id)
    else:
        change.state = state
