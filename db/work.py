"""Who decided and wrote what and when, and how long it took them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.database import Database
from db.history import EventKind
from db.lifecycle import Decision
from db.tables import Annotator, Event

MOST_SECONDS = 300.0  # a longer pause was not spent on the pair
_WORK = (EventKind.decision, EventKind.question)


@dataclass(frozen=True)
class Work:
    """One decision or question by one person; what was taken back stays work.

    ``decision`` is what the person thinks of the pair afterwards. ``seconds`` is None where nothing
    tells how long it took: it was the first thing this person ever did.
    """

    pair_id: int
    by: str
    at: datetime
    kind: EventKind
    decision: Decision
    was_undone: bool
    seconds: float | None


def list_work(database: Database) -> list[Work]:
    """All of it, oldest first."""
    query = (
        select(
            col(Event.id),
            col(Event.pair_id),
            col(Annotator.name),
            col(Event.at),
            col(Event.kind),
            col(Event.data)["after"]["annotation"]["decision"].as_string(),
        )
        .join(Annotator, col(Annotator.id) == col(Event.annotator_id))
        .where(col(Event.kind).in_([kind.value for kind in _WORK]))
        .order_by(col(Event.id))
    )
    undone = select(col(Event.undoes)).where(col(Event.undoes).is_not(None))
    with database.read() as session:
        seconds = work_seconds(session)
        taken_back = set(session.connection().execute(undone).scalars())
        return [
            Work(
                pair_id=pair_id,
                by=name,
                at=at,
                kind=EventKind(kind),
                decision=Decision(decision),
                was_undone=event_id in taken_back,
                seconds=seconds.get(event_id),
            )
            for event_id, pair_id, name, at, kind, decision in session.connection().execute(query)
        ]


def work_seconds(session: Session) -> dict[int, float]:
    """How long each decision and question took, by its event: the one place that knows how.

    What was measured in the browser; where nothing was, the time since the same person's event
    before, of whatever kind, five minutes at most. The first event of a person has none then.
    """
    measured = col(Event.data)["active_seconds"].as_float()
    columns = (col(Event.id), col(Event.annotator_id), col(Event.at), measured)
    rows = session.connection().execute(select(*columns).order_by(col(Event.id))).all()
    between = time_between([(one, person, at) for one, person, at, _ in rows if person is not None])
    return between | {one: seconds for one, _, _, seconds in rows if seconds is not None}


def time_between(rows: Sequence[tuple[int, int, datetime]]) -> dict[int, float]:
    """Seconds from each person's event to their next, by the next one's id; at most five minutes.

    Args:
        rows: event, person and time, in order.
    """
    last: dict[int, datetime] = {}
    found: dict[int, float] = {}
    for event_id, person, at in rows:
        if person in last:
            passed = (at - last[person]).total_seconds()
            found[event_id] = min(MOST_SECONDS, max(0.0, passed))
        last[person] = at
    return found
