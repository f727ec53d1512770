"""What steers the queue besides the gap: novelty ranks and likely patterns of the current run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from db.cards import IS_CURRENT
from db.database import Database
from db.history import EventKind, add_event
from db.lifecycle import DONE_STATES
from db.pattern_tables import read_pattern
from db.tables import Annotation, CandidatePair, MiningRun


@dataclass(frozen=True)
class PairImages:
    """A candidate pair and its two images."""

    id: int
    first_image_id: int
    second_image_id: int


@dataclass(frozen=True)
class WrittenPair:
    """A complete pair and the visual pattern of its question."""

    pair: PairImages
    pattern: str


_IMAGES = (
    col(CandidatePair.id),
    col(CandidatePair.first_image_id),
    col(CandidatePair.second_image_id),
)


def pairs_of_run(database: Database, run_id: int) -> list[PairImages]:
    """The pairs that a run found, best first."""
    query = (
        select(*_IMAGES)
        .where(col(CandidatePair.run_id) == run_id)
        .order_by(col(CandidatePair.rank))
    )
    with database.read() as session:
        return [PairImages(*row) for row in session.connection().execute(query)]


def written_pairs(database: Database) -> list[WrittenPair]:
    """All complete pairs of all runs, with the pattern that counts."""
    query = (
        select(*_IMAGES, read_pattern())
        .join(Annotation, IS_CURRENT)
        .where(col(CandidatePair.state).in_([state.value for state in DONE_STATES]))
        .order_by(col(CandidatePair.id))
    )
    with database.read() as session:
        rows = session.connection().execute(query)
        return [WrittenPair(PairImages(*images), pattern or "") for *images, pattern in rows]


def store_order(
    database: Database, run_id: int, first: Sequence[int], likely: Mapping[int, str]
) -> None:
    """Store both for a run, in one transaction and with one event.

    Args:
        first: the pairs that come first by novelty, in order; all others follow by rank.
        likely: the pattern that each pair's question will probably have, by pair.
    """
    pairs = CandidatePair.__table__  # type: ignore[attr-defined]
    of_run = pairs.c.run_id == run_id
    with database.write() as session:
        connection = session.connection()
        run = session.get(MiningRun, run_id)
        if run is None:  # nothing refers to a run that is gone
            return
        after = len(first)
        connection.execute(
            update(pairs)
            .where(of_run)
            .values(novelty_rank=pairs.c.rank + after, likely_pattern=None)
        )
        one = update(pairs).where(pairs.c.id == bindparam("key"))
        if first:
            rows = [{"key": pair_id, "place": n} for n, pair_id in enumerate(first, start=1)]
            connection.execute(one.values(novelty_rank=bindparam("place")), rows)
        if likely:
            guessed = [{"key": pair_id, "pattern": slug} for pair_id, slug in likely.items()]
            connection.execute(one.values(likely_pattern=bindparam("pattern")), guessed)
        run.n_ordered = after
        session.add(run)
        data = {"run_id": run_id, "n_ordered": after, "n_likely": len(likely)}
        add_event(session, EventKind.order, data)
