"""Reports of problems with questions as they are read: which wait, and what came of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, not_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from db.database import Database
from db.lifecycle import Side
from db.problem_tables import Outcome, ProblemKind, ProblemRecord, ResolutionRecord
from db.tables import Annotator, Event
from db.views import QuestionView


@dataclass(frozen=True)
class Report:
    """A report as it was made; ``question`` is what stood then."""

    id: int
    pair_id: int
    by: str
    kind: ProblemKind
    words: str
    seen_on: str
    side: Side | None
    question: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class Resolution:
    """What came of a report; a fix resolves all that were open with one event.

    ``before`` and ``after`` are the questions of a fix, else empty."""

    report: Report
    by: str
    event_id: int
    outcome: Outcome
    reason: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    at: datetime


def question_json(view: QuestionView) -> dict[str, str]:
    """A question in the words of the service layer."""
    return {
        "question": view.text,
        "option_a": view.option_a,
        "option_b": view.option_b,
        "answer_first": view.answer_first,
        "answer_second": view.answer_second,
        "pattern": view.pattern or "",
    }


def is_open(session: Session) -> ColumnElement[bool]:
    """Whether no resolution of a ``ProblemRecord`` stands: one falls if its event is undone."""
    standing = exists().where(
        col(ResolutionRecord.problem_id) == col(ProblemRecord.id),
        col(ResolutionRecord.event_id).not_in(_undone(session)),
    )
    return not_(standing)


def _undone(session: Session) -> list[int]:
    """The events of resolutions that are undone now: undone, or undone again after a redo."""
    reported = select(ProblemRecord.pair_id)
    steps = select(col(Event.undoes), col(Event.id)).where(
        col(Event.undoes).is_not(None), col(Event.pair_id).in_(reported)
    )
    undone_by = {undone: event_id for undone, event_id in session.exec(steps)}
    found = []
    for event_id in session.exec(select(col(ResolutionRecord.event_id)).distinct()):
        n_steps, last = 0, event_id
        while last in undone_by:
            n_steps, last = n_steps + 1, undone_by[last]
        if n_steps % 2:
            found.append(event_id)
    return found


def count_open(database: Database) -> int:
    """How many reports wait for a reviewer."""
    with database.read() as session:
        return session.exec(select(func.count(col(ProblemRecord.id))).where(is_open(session))).one()


def open_reports(database: Database, *, pair_id: int | None = None) -> list[Report]:
    """The reports that wait, oldest first."""
    query = select(ProblemRecord, Annotator.name).join(Annotator)
    if pair_id is not None:
        query = query.where(ProblemRecord.pair_id == pair_id)
    with database.read() as session:
        query = query.where(is_open(session))
        found = session.exec(query.order_by(col(ProblemRecord.id))).all()
        return [_report(record, name) for record, name in found]


def resolutions(database: Database) -> list[Resolution]:
    """What came of reports and still stands, newest first."""
    author, reporter = aliased(Annotator), aliased(Annotator)
    query = (
        select(ResolutionRecord, ProblemRecord, author.name, reporter.name)
        .join(ProblemRecord, col(ProblemRecord.id) == col(ResolutionRecord.problem_id))
        .join(author, col(author.id) == col(ResolutionRecord.annotator_id))
        .join(reporter, col(reporter.id) == col(ProblemRecord.annotator_id))
        .order_by(col(ResolutionRecord.id).desc())
    )
    with database.read() as session:
        fallen = set(session.exec(select(ProblemRecord.id).where(is_open(session))))
        return [
            Resolution(
                report=_report(problem, reported_by),
                by=by,
                event_id=one.event_id,
                outcome=Outcome(one.outcome),
                reason=one.reason,
                before=one.before,
                after=one.after,
                at=one.at,
            )
            for one, problem, by, reported_by in session.exec(query)
            if problem.id not in fallen
        ]


def _report(record: ProblemRecord, name: str) -> Report:
    return Report(
        id=record.id,
        pair_id=record.pair_id,
        by=name,
        kind=ProblemKind(record.kind),
        words=record.words,
        seen_on=record.seen_on,
        side=Side(record.side) if record.side else None,
        question=record.question,
        at=record.at,
    )
