"""Decisions, questions, undo and drafts: each change is one transaction and one event."""

from collections.abc import Mapping

from sqlalchemy import exists, not_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from db.cards import card
from db.changes import Change, newest_question
from db.changes import StaleVersion as StaleVersion
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind
from db.lifecycle import WRITABLE_STATES, Decision, PairState, after_decision, reject_reason
from db.tables import Draft, Event, now
from db.views import PairCard

_QUESTION = ("question", "option_a", "option_b", "answer_first", "answer_second", "pattern")


class InvalidDecision(DatabaseError):
    """This pair cannot be decided like this, or no question can be written for it now."""


class InvalidQuestion(DatabaseError):
    """A question that cannot be saved; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


def decide(
    database: Database,
    pair_id: int,
    *,
    version: int,
    annotator_id: int,
    decision: Decision,
    reason: str | None = None,
) -> PairCard:
    """Accept, reject or skip a pair that was read at ``version``; the pair as it is then.

    A question that was written before survives a rejection, and comes back if the pair is accepted
    after all: whoever does that stands behind it. ``reason`` counts for a rejection only.

    Raises:
        StaleVersion: if the pair was changed since; nothing is written.
        InvalidDecision: if a rejection has no known reason, or the state does not allow it.
    """
    stored_reason = reject_reason(reason) if decision is Decision.reject else None
    if decision is Decision.reject and stored_reason is None:
        raise InvalidDecision("A rejection needs a reason.", hint="Choose one of the list.")
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        change.require_version(version)
        question = newest_question(session, pair_id) if decision is Decision.accept else None
        before = PairState(change.pair.state)
        state = after_decision(before, decision, has_question=question is not None)
        if state is None:
            raise InvalidDecision(
                f"Pair {pair_id} is {before}: {decision} is not possible.",
                hint="Undo the last step, or reject or accept it.",
            )
        at = now()
        own = change.annotate(decision, at)
        if question is not None and own.question is None:
            for name in _QUESTION:
                setattr(own, name, getattr(question, name))
            own.note, own.written_at = question.note, at
        own.reason, own.decided_at, change.pair.state = stored_reason, at, state.value
        return change.finish(EventKind.decision)


def write_question(
    database: Database,
    pair_id: int,
    *,
    version: int,
    annotator_id: int,
    text: str,
    option_a: str,
    option_b: str,
    answer_first: str,
    answer_second: str,
    pattern: str,
    note: str = "",
) -> PairCard:
    """Write or rewrite the question of an accepted pair, which is then complete.

    Outer spaces are dropped. The writer's draft is gone afterwards. If somebody else had written
    the question, theirs stays stored and this one counts.

    Raises:
        InvalidQuestion: if anything is missing or the answers are the same.
        StaleVersion: if the pair was changed since it was read; nothing is written.
        InvalidDecision: if the pair is not accepted.
    """
    values = (text, option_a, option_b, answer_first, answer_second, pattern)
    question = dict(zip(_QUESTION, (value.strip() for value in values), strict=True))
    if problems := question_problems(question):
        raise InvalidQuestion(problems)
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        change.require_version(version)
        if change.pair.state not in WRITABLE_STATES:
            raise InvalidDecision(
                f"Pair {pair_id} is {change.pair.state}.", hint="Accept it before writing."
            )
        at = now()
        own = change.annotate(Decision.accept, at)
        for name, value in question.items():
            setattr(own, name, value)
        own.note, own.written_at = note.strip(), own.written_at or at
        draft = session.get(Draft, (pair_id, annotator_id))
        if draft is not None:
            session.delete(draft)
        change.pair.state = PairState.complete.value
        return change.finish(EventKind.question, draft=draft.fields if draft else None)


def question_problems(question: Mapping[str, str]) -> list[str]:
    """What keeps a question from being stored, one sentence a fault."""
    problems = []
    if not question["question"]:
        problems.append("The question is empty.")
    a, b = question["option_a"], question["option_b"]
    problems += [f"Option {name} is empty." for name, text in (("a", a), ("b", b)) if not text]
    if a and a.casefold() == b.casefold():
        problems.append("The two options are the same.")
    first, second = question["answer_first"], question["answer_second"]
    for name, answer in (("first", first), ("second", second)):
        if answer not in ("a", "b"):
            problems.append(f"The right answer for the {name} image must be a or b.")
    if first == second and first in ("a", "b"):
        problems.append("The right answer must differ between the two images.")
    if not question["pattern"]:
        problems.append("Choose a visual pattern.")
    return problems


def undo(database: Database, *, annotator_id: int) -> PairCard | None:
    """Take back this person's last decision or question that is not yet undone.

    State, annotation and draft are then exactly as before it; call again to go further back.
    Returns the pair, or None if there is nothing to take back.

    Raises:
        StaleVersion: if somebody else changed the pair since; nothing is written.
    """
    with database.write() as session:
        mine = _standing().where(Event.annotator_id == annotator_id)
        last = session.exec(mine).first()
        if last is None or last.pair_id is None:
            return None
        change = Change(session, last.pair_id, annotator_id)
        newest = session.exec(_standing().where(Event.pair_id == last.pair_id)).first()
        if newest is None or newest.id != last.id:
            raise StaleVersion(card(session, last.pair_id))
        change.restore(last.data["before"])
        fields = last.data.get("draft")
        if fields and session.get(Draft, (last.pair_id, annotator_id)) is None:
            draft = Draft(
                pair_id=last.pair_id, annotator_id=annotator_id, fields=fields, updated_at=now()
            )
            session.add(draft)
        return change.finish(EventKind.undo, undoes=last.id)


def _standing() -> SelectOfScalar[Event]:
    """Decisions and questions that were not taken back, newest first."""
    undoing = aliased(Event)
    changes = [EventKind.decision.value, EventKind.question.value]
    return (
        select(Event)
        .where(col(Event.kind).in_(changes))
        .where(not_(exists().where(col(undoing.undoes) == col(Event.id))))
        .order_by(col(Event.id).desc())
        .limit(1)
    )


def save_draft(
    database: Database, pair_id: int, *, annotator_id: int, fields: dict[str, str]
) -> None:
    """Keep what somebody is typing; private, without a version and without an event."""
    row = {"fields": fields, "updated_at": now()}
    with database.write() as session:
        insert = database.insert(Draft).values(pair_id=pair_id, annotator_id=annotator_id, **row)
        session.exec(insert.on_conflict_do_update(index_elements=_DRAFT_KEY, set_=row))


_DRAFT_KEY = ("pair_id", "annotator_id")


def load_draft(database: Database, pair_id: int, *, annotator_id: int) -> dict[str, str]:
    """What this person last typed for this pair and did not save; empty if nothing."""
    with database.read() as session:
        draft = session.get(Draft, (pair_id, annotator_id))
        return dict(draft.fields) if draft else {}
