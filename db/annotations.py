"""Decisions, questions and drafts: each change is one transaction and one event."""

from collections.abc import Mapping

from db.active_time import kept_seconds
from db.changes import Change, newest_question
from db.changes import StaleVersion as StaleVersion
from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind
from db.leases import drop
from db.lifecycle import WRITABLE_STATES, Decision, PairState, after_decision, reject_reason
from db.tables import Annotation, Draft
from db.times import now
from db.views import PairCard

QUESTION_FIELDS = ("question", "option_a", "option_b", "answer_first", "answer_second", "pattern")
STATEMENT_FIELDS = ("statement_first", "statement_second")
WRITTEN_FIELDS = (*QUESTION_FIELDS, *STATEMENT_FIELDS)


class InvalidDecision(DatabaseError):
    """This pair cannot be decided like this, or no question can be written for it now."""


class InvalidQuestion(DatabaseError):
    """A question that cannot be saved; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@retried
def decide(
    database: Database,
    pair_id: int,
    *,
    version: int,
    annotator_id: int,
    decision: Decision,
    reason: str | None = None,
    active_seconds: float | None = None,
) -> PairCard:
    """Accept, reject or skip a pair that was read at ``version``; the pair as it is then.

    A question that was written before survives a rejection, and comes back if the pair is accepted
    after all: whoever does that stands behind it. ``reason`` counts for a rejection only.

    Args:
        active_seconds: that the person looked at the pair since they last sent any; more than a
            day is kept as a day.

    Raises:
        StaleVersion: if the pair was changed since; nothing is written.
        NotFree: if somebody else is on the pair, or it has all the annotations it needs.
        InvalidDecision: if a rejection has no known reason, or the state does not allow it.
    """
    stored_reason = reject_reason(reason) if decision is Decision.reject else None
    if decision is Decision.reject and stored_reason is None:
        raise InvalidDecision("A rejection needs a reason.", hint="Choose one of the list.")
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        change.require_version(version)
        question = _question_for(change) if decision is Decision.accept else None
        state = after_decision(change.state, decision, has_question=question is not None)
        if state is None:
            raise InvalidDecision(
                f"Pair {pair_id} is {change.state}: {decision} is not possible.",
                hint="Undo the last step, or reject or accept it.",
            )
        at = now()
        own = change.annotate(decision, at)
        if question is not None and own.question is None:
            for name in WRITTEN_FIELDS:
                setattr(own, name, getattr(question, name))
            own.note, own.written_at = question.note, at
        own.reason, own.decided_at, change.state = stored_reason, at, state
        done = change.finish(EventKind.decision, active_seconds=kept_seconds(active_seconds))
        if decision is not Decision.accept:  # who accepts stays, to write
            drop(session, annotator_id, pair_id)
        return done


def _question_for(change: Change) -> Annotation | None:
    """The question that an accepted pair comes with: where several write, only one's own."""
    if change.is_shared:
        return newest_question(change.session, change.pair.id)
    return change.own if change.own is not None and change.own.question is not None else None


@retried
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
    active_seconds: float | None = None,
    statement_first: str = "",
    statement_second: str = "",
) -> PairCard:
    """Write or rewrite the question of an accepted pair, which is then complete.

    Outer spaces are dropped. The writer's draft is gone afterwards. If somebody else had written
    the question, theirs stays stored and this one counts.

    Args:
        active_seconds: that the person was at it since they last sent any.
        statement_first: with the second for MMVP-VLM; both empty: what the question says.

    Raises:
        InvalidQuestion: if anything is missing or the answers are the same.
        StaleVersion: if the pair was changed since it was read; nothing is written.
        NotFree: if somebody else is on the pair, or it has all the annotations it needs.
        InvalidDecision: if the pair is not accepted.
    """
    values = (text, option_a, option_b, answer_first, answer_second, pattern)
    question = dict(zip(QUESTION_FIELDS, (value.strip() for value in values), strict=True))
    stated = dict(zip(STATEMENT_FIELDS, (statement_first, statement_second), strict=True))
    if problems := question_problems(question) + _statement_problems(stated):
        raise InvalidQuestion(problems)
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        change.require_version(version)
        if change.state not in WRITABLE_STATES:
            raise InvalidDecision(
                f"Pair {pair_id} is {change.state}.", hint="Accept it before writing."
            )
        at = now()
        own = change.annotate(Decision.accept, at)
        for name, value in (question | stated).items():
            setattr(own, name, value.strip() or None)
        own.note, own.written_at = note.strip(), own.written_at or at
        draft = session.get(Draft, (pair_id, annotator_id))
        if draft is not None:
            session.delete(draft)
        change.state = PairState.complete
        done = change.finish(
            EventKind.question,
            draft=draft.fields if draft else None,
            active_seconds=kept_seconds(active_seconds),
        )
        drop(session, annotator_id, pair_id)
        return done


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


def _statement_problems(stated: Mapping[str, str]) -> list[str]:
    if len({bool(value.strip()) for value in stated.values()}) == 1:
        return []
    return ["Write a statement for both images, or for none."]


@retried
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
