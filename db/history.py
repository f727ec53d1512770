"""The append-only history: every write leaves exactly one event in its own transaction."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.database import Database
from db.tables import Annotator, Event
from db.times import now
from db.views import EventView


class EventKind(StrEnum):
    """What happened. Those before ``selection`` concern a pair, and bump its version.

    A blind answer (verification) bumps it only if the pair's state changes with it.
    """

    decision = "decision"
    question = "question"
    restore = "restore"
    undo = "undo"
    redo = "redo"
    adjudication = "adjudication"
    verification = "verification"
    selection = "selection"
    example = "example"  # a pair became one of the guidelines, or is none any more
    problem = "problem"
    no_fault = "no_fault"
    guidelines = "guidelines"
    pattern = "pattern"  # of the workspace's set of visual patterns
    policy = "policy"
    order = "order"
    scan = "scan"
    run = "run"
    export = "export"
    grade = "grade"  # that a person graded a model's answer by hand
    imported = "import"
    card = "card"  # what an admin says on the dataset card
    annotator = "annotator"
    encoder = "encoder"
    suggesting = "suggesting"  # that an admin lets images be sent to a model, or forbids it
    account = "account"
    role = "role"
    disabled = "disabled"
    enabled = "enabled"
    password = "password"  # that one was set, never which
    sessions_ended = "sessions_ended"
    login = "login"
    login_failed = "login_failed"
    logout = "logout"
    token_made = "token_made"
    token_revoked = "token_revoked"


# What happens to a pair, as its timeline tells it.
OF_PAIRS = (
    EventKind.decision,
    EventKind.question,
    EventKind.restore,
    EventKind.undo,
    EventKind.redo,
    EventKind.adjudication,
    EventKind.verification,
)


def add_event(
    session: Session,
    kind: EventKind,
    data: Mapping[str, Any],
    *,
    annotator_id: int | None = None,
    pair_id: int | None = None,
    undoes: int | None = None,
) -> None:
    """Add one event to the transaction of ``session``."""
    session.add(
        Event(
            at=now(),
            annotator_id=annotator_id,
            kind=kind.value,
            pair_id=pair_id,
            undoes=undoes,
            data=dict(data),
        )
    )


def record(
    database: Database,
    kind: EventKind,
    data: Mapping[str, Any],
    *,
    annotator_id: int | None = None,
) -> None:
    """Note something that happened outside the database, in a transaction of its own."""
    with database.write() as session:
        add_event(session, kind, data, annotator_id=annotator_id)


def events(
    database: Database,
    *,
    pair_id: int | None = None,
    limit: int = 200,
    before: int | None = None,
    leave_out: Collection[EventKind] = (),
) -> list[EventView]:
    """The newest events first, of one pair or of everything.

    Args:
        before: only events older than the one with this id, to page.
        leave_out: kinds that are not wanted.
    """
    query = (
        select(Event, Annotator.name)
        .join(Annotator, isouter=True)
        .order_by(col(Event.id).desc())
        .limit(limit)
    )
    if pair_id is not None:
        query = query.where(Event.pair_id == pair_id)
    if before is not None:
        query = query.where(col(Event.id) < before)
    if leave_out:
        query = query.where(col(Event.kind).not_in([kind.value for kind in leave_out]))
    with database.read() as session:
        return [
            EventView(
                id=event.id,
                at=event.at,
                annotator=name,
                kind=event.kind,
                pair_id=event.pair_id,
                data=event.data,
            )
            for event, name in session.exec(query)
        ]


def last_event(database: Database, kind: EventKind) -> int:
    """The id of the newest event of this kind; 0 if there is none."""
    query = select(func.max(Event.id)).where(Event.kind == kind.value)
    with database.read() as session:
        return session.exec(query).one() or 0
