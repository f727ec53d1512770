"""Undo and redo: each takes back a person's newest step, and is an event like any other."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db.changes import Change, swap_others
from db.database import Database
from db.deadlocks import retried
from db.history import EventKind
from db.tables import Draft, Event
from db.times import now
from db.views import PairCard

# What a person does to a pair, and can take back.
CHANGES = (EventKind.decision, EventKind.question, EventKind.adjudication, EventKind.restore)
_CHANGES = [kind.value for kind in CHANGES]


@retried
def undo(
    database: Database, *, annotator_id: int, only: EventKind | None = None
) -> PairCard | None:
    """Take back this person's last change (or redo of one) that still stands.

    State, annotation and draft are then exactly as before it; call again to go further back.
    Returns the pair, or None if there is nothing to take back.

    Args:
        only: take back the last change of this kind.

    Raises:
        StaleVersion: if somebody else changed the pair since; nothing is written.
        NotFree: if somebody else is on the pair.
    """
    with database.write() as session:
        mine = _standing().where(Event.annotator_id == annotator_id)
        if only is not None:
            mine = mine.where(_is(only, EventKind.redo))
        last = session.exec(mine).first()
        if last is None or last.pair_id is None:
            return None
        change = Change(session, last.pair_id, annotator_id)
        standing = _standing_on(session, last.pair_id)
        if (change.is_shared or _is_ruling(last)) and (standing is None or standing.id != last.id):
            raise change.stale()
        earlier = _standing_on(session, last.pair_id, but=last.id)
        return _step(change, last, EventKind.undo, below=root_of(earlier))


@retried
def redo(
    database: Database, *, annotator_id: int, only: EventKind | None = None
) -> PairCard | None:
    """Do again what this person took back last; any number of steps, newest undo first.

    State, annotation and draft are then exactly as before that undo. A new change of theirs, of
    whichever pair, ends it. Returns the pair, or None if there is nothing to do again.

    Args:
        only: do again only what was of this kind.

    Raises:
        StaleVersion: if somebody else changed the pair since; nothing is written.
        NotFree: if somebody else is on the pair.
    """
    with database.write() as session:
        last = session.exec(_redoable(annotator_id, only)).first()
        if last is None or last.pair_id is None:
            return None
        change = Change(session, last.pair_id, annotator_id)
        standing = _standing_on(session, last.pair_id)
        if change.is_shared or _is_ruling(last):
            is_as_left = root_of(standing) == last.data["below"]
        else:
            is_as_left = change.own_annotation == last.data["after"]["annotation"]
        if not is_as_left:
            raise change.stale()
        return _step(change, last, EventKind.redo)


def can_redo(database: Database, *, annotator_id: int) -> bool:
    """Whether there is something that this person took back and can do again."""
    with database.read() as session:
        return session.exec(_redoable(annotator_id, None)).first() is not None


def _step(change: Change, last: Event, kind: EventKind, *, below: int | None = None) -> PairCard:
    """Bring the pair to where it was before ``last``; ``below`` is what then stands on it."""
    session, pair_id = change.session, change.pair.id
    change.restore(
        last.data["before"], overlap=last.data.get("overlap", 1), ruling=_is_ruling(last)
    )
    others = swap_others(session, pair_id, last.data.get("others", []))
    draft = _swap_draft(change, last)
    return change.finish(
        kind,
        undoes=last.id,
        of=_kind_of(last),
        ruled=_is_ruling(last),
        root=root_of(last),
        below=below,
        others=others,
        **draft,
    )


def _swap_draft(change: Change, last: Event) -> dict[str, Any]:
    """Put the draft back that ``last`` took away, or take away the one that it put back."""
    session, key = change.session, (change.pair.id, change.annotator_id)
    fields, now_there = last.data.get("draft"), session.get(Draft, key)
    if fields and now_there is None:
        pair_id, annotator_id = key
        session.add(
            Draft(pair_id=pair_id, annotator_id=annotator_id, fields=fields, updated_at=now())
        )
        return {"gave_draft": True}
    if last.data.get("gave_draft") and now_there is not None:
        session.delete(now_there)
        return {"draft": now_there.fields}
    return {}


def root_of(event: Event | None) -> int | None:
    """The change itself, of which an event is an undo or redo."""
    if event is None:
        return None
    root: int = event.data.get("root", event.id)
    return root


def standing_roots(events: Iterable[Event]) -> set[int]:
    """The ids of the changes among all events of a pair that were not taken back, or redone."""
    found = list(events)
    undone = {event.undoes for event in found}
    kinds = {*_CHANGES, EventKind.redo.value}
    standing = (event for event in found if event.kind in kinds and event.id not in undone)
    return {root for event in standing if (root := root_of(event)) is not None}


def _kind_of(event: Event) -> str:
    kind: str = event.data.get("of", event.kind)
    return kind


def _is_ruling(event: Event) -> bool:
    return _kind_of(event) == EventKind.adjudication or bool(event.data.get("ruled"))


def _is(kind: EventKind, again: EventKind) -> ColumnElement[bool]:
    """Whether an event is of this kind, or an undo or redo of one."""
    of = col(Event.data)["of"].as_string()
    return or_(
        col(Event.kind) == kind.value, and_(col(Event.kind) == again.value, of == kind.value)
    )


def _standing() -> SelectOfScalar[Event]:
    """Changes and redone changes that were not taken back, newest first."""
    undoing = aliased(Event)
    return (
        select(Event)
        .where(col(Event.kind).in_([*_CHANGES, EventKind.redo.value]))
        .where(not_(exists().where(col(undoing.undoes) == col(Event.id))))
        .order_by(col(Event.id).desc())
        .limit(1)
    )


def _standing_on(session: Session, pair_id: int, *, but: int = 0) -> Event | None:
    query = _standing().where(Event.pair_id == pair_id, Event.id != but)
    return session.exec(query).first()


def _redoable(annotator_id: int, only: EventKind | None) -> SelectOfScalar[Event]:
    """The undo that can be taken back; those of older versions did not keep what it takes."""
    again, change = aliased(Event), aliased(Event)
    newest = (
        select(func.coalesce(func.max(change.id), 0))
        .where(change.annotator_id == annotator_id, col(change.kind).in_(_CHANGES))
        .scalar_subquery()
    )
    query = (
        select(Event)
        .where(Event.annotator_id == annotator_id, Event.kind == EventKind.undo.value)
        .where(col(Event.data)["root"].as_integer().is_not(None), col(Event.id) > newest)
        .where(not_(exists().where(col(again.undoes) == col(Event.id))))
        .order_by(col(Event.id).desc())
        .limit(1)
    )
    return query if only is None else query.where(_is(only, EventKind.undo))
