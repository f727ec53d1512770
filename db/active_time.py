"""How long people actively looked at pairs before they decided and while they wrote."""

from collections.abc import Collection
from statistics import median

from sqlalchemy import func, select
from sqlmodel import col

from db.database import Database
from db.history import EventKind
from db.tables import Event

MOST_SECONDS = 24 * 3600.0
_MEASURED = (EventKind.decision.value, EventKind.question.value)
_AT_ONCE = 500


def kept_seconds(seconds: float | None) -> float | None:
    """The seconds as they are kept: from 0 to a day, in hundredths; None where nobody measured."""
    return None if seconds is None else round(min(max(seconds, 0.0), MOST_SECONDS), 2)


def active_seconds(database: Database, pair_ids: Collection[int]) -> dict[int, float]:
    """The median over people of each one's active seconds on a pair; not measured: left out.

    One person's seconds are the sum over all their visits, those included that they took back.
    """
    wanted = sorted(pair_ids)
    seconds = col(Event.data)["active_seconds"].as_float()
    total = func.sum(seconds)
    query = (
        select(col(Event.pair_id), total)
        .where(col(Event.kind).in_(_MEASURED), seconds.is_not(None))
        .group_by(col(Event.pair_id), col(Event.annotator_id))
    )
    by_pair: dict[int, list[float]] = {}
    with database.read() as session:
        for start in range(0, len(wanted), _AT_ONCE):
            these = query.where(col(Event.pair_id).in_(wanted[start : start + _AT_ONCE]))
            for pair_id, of_person in session.connection().execute(these):
                by_pair.setdefault(pair_id, []).append(of_person)
    return {pair_id: round(median(sums), 2) for pair_id, sums in by_pair.items()}
