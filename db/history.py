"""The append-only history: every write leaves exactly one event in its own transaction."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from db.database import Database
from db.tables import Annotator, Event, now
from db.views import EventView


class EventKind(StrEnum):
    """What happened. Only decision, question and undo concern a pair, and bump its version."""

    decision = "decision"
    question = "question"
    undo = "undo"
    scan = "scan"
    run = "run"
    annotator = "annotator"
    encoder = "encoder"


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


def events(database: Database, *, pair_id: int | None = None, limit: int = 200) -> list[EventView]:
    """The newest events first, of one pair or of everything."""
    query = (
        select(Event, Annotator.name)
        .join(Annotator, isouter=True)
        .order_by(col(Event.id).desc())
        .limit(limit)
    )
    if pair_id is not None:
        query = query.where(Event.pair_id == pair_id)
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
