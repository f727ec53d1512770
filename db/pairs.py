"""Mining runs and the candidate pairs they found."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel.sql.expression import Select, SelectOfScalar

from db.bulk_inserts import many_inserts
from db.cards import CARDS, LINKS, cards, find_card, links
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import PairState, RunKind
from db.tables import CandidatePair, EncoderRecord, MiningRun
from db.times import now
from db.views import PairCard, PairLink, RunView


@dataclass(frozen=True)
class NewPair:
    """A mined pair, its images in either order."""

    first_image_id: int
    second_image_id: int
    blind_cosine: float
    reference_cosine: float


@dataclass(frozen=True)
class NewRun:
    """A mining run as it is stored; ``options`` are the other settings, as JSON values."""

    blind_encoder_id: int
    reference_encoder_id: int
    blind_min: float
    reference_max: float
    n_images: int
    n_compared: int
    n_over_thresholds: int
    options: dict[str, Any]


def record_run(
    database: Database,
    run: NewRun,
    pairs: Sequence[NewPair],
    *,
    annotator_id: int | None = None,
) -> int:
    """Store a run and its pairs, best first, in one transaction; the run is then the current one.

    A pair that these two encoders had found before keeps its id, state and annotation and gets the
    new rank and cosines. Unreviewed pairs that were not found again leave the queue but stay.

    Raises:
        DatabaseError: if a pair is given twice, or is of an image with itself.
    """
    rows = _pair_rows(run, pairs)
    with database.write() as session:
        stored = MiningRun(
            created_at=now(),
            blind_encoder_id=run.blind_encoder_id,
            reference_encoder_id=run.reference_encoder_id,
            blind_min=run.blind_min,
            reference_max=run.reference_max,
            n_images=run.n_images,
            n_compared=run.n_compared,
            n_over_thresholds=run.n_over_thresholds,
            n_pairs=len(pairs),
            options=run.options,
        )
        session.add(stored)
        session.flush()
        run_id = stored.id
        if rows:
            for row in rows:
                row["run_id"] = run_id
            insert = database.insert(CandidatePair)
            upsert = insert.on_conflict_do_update(
                index_elements=_KEY,
                set_={name: insert.excluded[name] for name in (*_MEASURED, "run_id")},
            )
            with many_inserts(session, CandidatePair, len(rows)):
                session.connection().execute(upsert, rows)
        data = {"run_id": run_id, **stored.model_dump(mode="json", exclude={"id", "created_at"})}
        add_event(session, EventKind.run, data, annotator_id=annotator_id)
    return run_id


_KEY = ("first_image_id", "second_image_id", "blind_encoder_id", "reference_encoder_id")
_MEASURED = ("rank", "novelty_rank", "blind_cosine", "reference_cosine")


def _pair_rows(run: NewRun, pairs: Sequence[NewPair]) -> list[dict[str, Any]]:
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for rank, pair in enumerate(pairs, start=1):
        first, second = sorted((pair.first_image_id, pair.second_image_id))
        if first == second or (first, second) in rows:
            raise DatabaseError(
                f"Images {first} and {second} cannot be a pair "
                + ("with themselves." if first == second else "twice in one run.")
            )
        rows[first, second] = {
            "first_image_id": first,
            "second_image_id": second,
            "blind_encoder_id": run.blind_encoder_id,
            "reference_encoder_id": run.reference_encoder_id,
            "rank": rank,
            "novelty_rank": rank,
            "blind_cosine": pair.blind_cosine,
            "reference_cosine": pair.reference_cosine,
            "state": PairState.unreviewed.value,
            "version": 0,
            "answers_after": 0,
        }
    return list(rows.values())


def current_run_id() -> ColumnElement[int]:
    """The id of the current run, as part of a query: the newest whose pairs are to be reviewed.

    One that came finished leaves the queue as it is; it is current where there is no other.
    """
    newest = select(func.max(col(MiningRun.id)))
    own = newest.where(col(MiningRun.kind).in_([RunKind.mined.value, RunKind.pairs.value]))
    found: ColumnElement[int] = func.coalesce(own.scalar_subquery(), newest.scalar_subquery())
    return found


def is_live() -> ColumnElement[bool]:
    """Whether a pair counts: it is of the current run, or somebody dealt with it."""
    return or_(
        col(CandidatePair.run_id) == current_run_id(),
        col(CandidatePair.state) != PairState.unreviewed.value,
    )


def get_card(database: Database, pair_id: int) -> PairCard | None:
    """One pair; None if there is none with this id."""
    with database.read() as session:
        return find_card(session, pair_id)


def list_cards(
    database: Database, *, states: Collection[PairState] | None = None
) -> list[PairCard]:
    """The pairs of the current run and all that somebody dealt with, by rank.

    Args:
        states: only pairs in one of these states.
    """
    query = CARDS.where(is_live()).order_by(col(CandidatePair.rank), col(CandidatePair.id))
    if states is not None:
        query = query.where(col(CandidatePair.state).in_([state.value for state in states]))
    with database.read() as session:
        return cards(session, query)


def pair_links(database: Database, encoders: tuple[str, str] | None = None) -> list[PairLink]:
    """The same pairs as ``list_cards`` in the same order, as lines for the map.

    Args:
        encoders: specs of a blind and a reference encoder; then the pairs of their newest run, be
            it the current one or not, and all of theirs that somebody dealt with.
    """
    query = LINKS.where(is_live() if encoders is None else _is_of(*encoders))
    with database.read() as session:
        return links(session, query.order_by(col(CandidatePair.rank), col(CandidatePair.id)))


def _is_of(blind: str, reference: str) -> ColumnElement[bool]:
    def known_as(spec: str) -> SelectOfScalar[int]:
        return sqlmodel.select(EncoderRecord.id).where(col(EncoderRecord.spec) == spec)

    newest = (
        select(func.max(col(MiningRun.id)))
        .where(col(MiningRun.blind_encoder_id).in_(known_as(blind)))
        .where(col(MiningRun.reference_encoder_id).in_(known_as(reference)))
        .scalar_subquery()
    )
    return and_(
        col(CandidatePair.blind_encoder_id).in_(known_as(blind)),
        col(CandidatePair.reference_encoder_id).in_(known_as(reference)),
        or_(
            col(CandidatePair.run_id) == newest,
            col(CandidatePair.state) != PairState.unreviewed.value,
        ),
    )


def newest_run(database: Database, blind: str, reference: str) -> RunView | None:
    """The newest mining run with encoders of these specs; None if there is none."""
    query = _RUNS.where(col(_Blind.spec) == blind, col(_Reference.spec) == reference)
    with database.read() as session:
        return next(_runs(session, query.order_by(col(MiningRun.id).desc())), None)


def reviewed_image_ids(database: Database) -> frozenset[int]:
    """The images of all pairs that somebody dealt with, whichever encoders found them."""
    dealt_with = col(CandidatePair.state) != PairState.unreviewed.value
    with database.read() as session:
        return frozenset(
            image_id
            for column in (CandidatePair.first_image_id, CandidatePair.second_image_id)
            for (image_id,) in session.connection().execute(
                select(col(column)).where(dealt_with).distinct()
            )
        )


def link_of(database: Database, pair_id: int) -> PairLink | None:
    """One pair as a line for the map; None if there is none with this id."""
    with database.read() as session:
        query = LINKS.where(col(CandidatePair.id) == pair_id)
        return next(iter(links(session, query)), None)


def current_run(database: Database) -> RunView | None:
    """The newest run of two encoders, whose thresholds hold; None before the first."""
    with database.read() as session:
        return read_current_run(session)


def read_current_run(session: Session) -> RunView | None:
    """The newest run of two encoders, inside a transaction."""
    return next(_runs(session, _RUNS.order_by(col(MiningRun.id).desc()).limit(1)), None)


def has_pairs_from(database: Database, run_id: int) -> bool:
    """Whether the queue is of this run."""
    with database.read() as session:
        return session.connection().execute(select(current_run_id())).scalar() == run_id


def has_any_run(database: Database) -> bool:
    """Whether pairs ever came, mined or imported."""
    with database.read() as session:
        return session.connection().execute(select(current_run_id())).scalar() is not None


def get_run(database: Database, run_id: int) -> RunView | None:
    """One mining run; None if there is none with this id."""
    with database.read() as session:
        return next(_runs(session, _RUNS.where(col(MiningRun.id) == run_id)), None)


def list_runs(database: Database) -> list[RunView]:
    """All mining runs, oldest first."""
    with database.read() as session:
        return list(_runs(session, _RUNS.order_by(col(MiningRun.id))))


_Blind = aliased(EncoderRecord)
_Reference = aliased(EncoderRecord)
_RUNS = (
    sqlmodel.select(MiningRun, _Blind.spec, _Reference.spec)
    .join(_Blind, col(_Blind.id) == col(MiningRun.blind_encoder_id))
    .join(_Reference, col(_Reference.id) == col(MiningRun.reference_encoder_id))
)


def _runs(session: Session, query: Select[MiningRun, str, str]) -> Iterator[RunView]:
    for run, blind_encoder, reference_encoder in session.exec(query):
        yield RunView(
            **run.model_dump(exclude={"kind"}),
            blind_encoder=blind_encoder,
            reference_encoder=reference_encoder,
        )
