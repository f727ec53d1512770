"""Errata: reports of problems with questions, and what reviewers make of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.adjudication import put_right
from db.annotations import QUESTION_FIELDS, InvalidDecision, InvalidQuestion, question_problems
from db.cards import card, find_card
from db.changes import Change, StaleVersion
from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import ADJUDICABLE_STATES, Side
from db.problem_reports import is_open, question_json
from db.problem_tables import Outcome, ProblemKind, ProblemRecord, ResolutionRecord
from db.tables import Event
from db.times import now
from db.verification_tables import VerificationLease
from db.views import PairCard

LONGEST_WORDS = 1000
MOST_OPEN_BY_ONE = 20


class ProblemError(DatabaseError):
    """This report or its resolution cannot be kept."""


class NoSuchProblem(ProblemError):
    """There is no such pair, question or report."""


@retried
def report_problem(
    database: Database,
    pair_id: int,
    *,
    annotator_id: int,
    kind: ProblemKind,
    words: str,
    seen_on: str = "api",
    side: Side | None = None,
) -> int:
    """Keep a report about the question of a pair; its number.

    Raises:
        NoSuchProblem: if there is no such pair, or it has no question.
        ProblemError: if nothing is said, or one person has too many open reports about the pair.
    """
    words = " ".join(words.split())
    if not words or len(words) > LONGEST_WORDS:
        raise ProblemError(f"Say in 1 to {LONGEST_WORDS} characters what is wrong.")
    with database.write() as session:
        found = find_card(session, pair_id)
        if found is None or found.annotation is None or found.annotation.question is None:
            raise NoSuchProblem(f"Pair {pair_id} has no question to report.")
        mine = select(func.count(col(ProblemRecord.id))).where(
            ProblemRecord.pair_id == pair_id,
            ProblemRecord.annotator_id == annotator_id,
            is_open(session),
        )
        if session.exec(mine).one() >= MOST_OPEN_BY_ONE:
            raise ProblemError("You have reported this question often enough.")
        record = ProblemRecord(
            pair_id=pair_id,
            annotator_id=annotator_id,
            kind=kind.value,
            words=words,
            seen_on=seen_on,
            side=side.value if side else None,
            question=question_json(found.annotation.question),
            at=now(),
        )
        session.add(record)
        session.flush()
        data = {
            "pair_id": pair_id,
            "problem": record.id,
            "problem_kind": kind.value,
            "words": words,
        }
        # no event of the pair: nothing about it changes, and a verifier has not seen it whole
        add_event(session, EventKind.problem, data, annotator_id=annotator_id)
        session.flush()
        return record.id


@retried
def report_blind(
    database: Database, token: str, *, annotator_id: int, kind: ProblemKind, words: str
) -> int:
    """The same about the question that a verifier is being asked, known by its token only.

    Raises:
        NoSuchProblem: if this person is not being asked it any more.
        ProblemError: if nothing is said.
    """
    with database.read() as session:
        asked = session.exec(
            select(VerificationLease).where(
                VerificationLease.token == token, VerificationLease.annotator_id == annotator_id
            )
        ).first()
        if asked is None:
            raise NoSuchProblem("This question is no longer yours; report the next one you see.")
        pair_id, side = asked.pair_id, Side(asked.side)
    return report_problem(
        database,
        pair_id,
        annotator_id=annotator_id,
        kind=kind,
        words=words,
        seen_on="verify",
        side=side,
    )


@retried
def fix_question(
    database: Database,
    pair_id: int,
    *,
    version: int,
    annotator_id: int,
    question: Mapping[str, str],
    reason: str,
) -> PairCard:
    """Put a reported question right; all open reports of the pair are then resolved.

    The pair stands as after a ruling: other words are asked anew.

    Raises:
        StaleVersion: if the pair was changed since it was read; nothing is written.
        InvalidQuestion: if the question is not whole.
        ProblemError: if nothing is reported, nothing is changed, or no reason is given.
        InvalidDecision: if the pair has no question that could be put right.
    """
    words = {name: question.get(name, "").strip() for name in QUESTION_FIELDS}
    if problems := question_problems(words):
        raise InvalidQuestion(problems)
    reason = _reason(reason)
    with database.write() as session:
        waiting = _waiting(session, pair_id)
        if not waiting:
            raise NoSuchProblem(f"No problem of pair {pair_id} is open.")
        change = Change(session, pair_id, annotator_id)
        if change.pair.version != version:
            raise StaleVersion(card(session, pair_id))
        if change.pair.state not in ADJUDICABLE_STATES:
            raise InvalidDecision(
                f"Pair {pair_id} is {change.pair.state}: there is no question to put right."
            )
        before = _standing(session, pair_id)
        if before == words:
            raise ProblemError("Nothing is changed.", hint="If that is right, say “no fault”.")
        put_right(change, words)
        ids = [one.id for one in waiting]
        done = change.finish(
            EventKind.adjudication, ruling="merge", reason=reason, others=[], problems=ids
        )
        for one in waiting:
            _resolve(session, one, annotator_id, Outcome.fixed, reason, before, words)
        return done


@retried
def close_report(database: Database, problem_id: int, *, annotator_id: int, reason: str) -> None:
    """Resolve a report without changing its question.

    Raises:
        NoSuchProblem: if there is no such report, or it is resolved already.
        ProblemError: if no reason is given.
    """
    reason = _reason(reason)
    with database.write() as session:
        record = session.exec(
            select(ProblemRecord).where(ProblemRecord.id == problem_id, is_open(session))
        ).first()
        if record is None:
            raise NoSuchProblem(f"There is no open report {problem_id}.")
        data = {
            "pair_id": record.pair_id,
            "problem": problem_id,
            "reason": reason,
        }
        add_event(session, EventKind.no_fault, data, annotator_id=annotator_id)
        session.flush()
        _resolve(session, record, annotator_id, Outcome.no_fault, reason, {}, {})


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_WORDS:
        raise ProblemError(f"Give a reason of 1 to {LONGEST_WORDS} characters.")
    return text


def _waiting(session: Session, pair_id: int) -> list[ProblemRecord]:
    query = select(ProblemRecord).where(ProblemRecord.pair_id == pair_id, is_open(session))
    return list(session.exec(query.order_by(col(ProblemRecord.id))))


def _standing(session: Session, pair_id: int) -> dict[str, str]:
    annotation = card(session, pair_id).annotation
    return question_json(annotation.question) if annotation and annotation.question else {}


def _resolve(
    session: Session,
    record: ProblemRecord,
    annotator_id: int,
    outcome: Outcome,
    reason: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    kind = EventKind.adjudication if outcome is Outcome.fixed else EventKind.no_fault
    newest = select(func.max(Event.id)).where(
        Event.annotator_id == annotator_id, Event.kind == kind.value
    )
    session.add(
        ResolutionRecord(
            problem_id=record.id,
            annotator_id=annotator_id,
            outcome=outcome.value,
            reason=reason,
            event_id=session.exec(newest).one(),
            before=before,
            after=after,
            at=now(),
        )
    )
    session.flush()
