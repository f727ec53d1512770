"""Who has which pair for the next minutes: nobody is shown a pair that another person is on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, func, select, text, tuple_
from sqlmodel import Session, col

from db.database import Database, insert_into
from db.deadlocks import retried
from db.errors import DatabaseError
from db.policy import read_policy, read_votes
from db.queue_tables import Lease
from db.tables import IS_OPEN, Annotation, Annotator, CandidatePair
from db.times import now


class NotFree(DatabaseError):
    """Somebody else is on this pair, or it has all the annotations that are wanted."""


@dataclass(frozen=True)
class Obstacle:
    """Why a person may not annotate a pair now; ``by`` has it until then, None: it has enough."""

    by: str | None = None
    until: datetime | None = None

    def error(self, pair_id: int) -> NotFree:
        """The refusal for a person who tries all the same."""
        if self.by is None:
            return NotFree(f"Pair {pair_id} has all the annotations that are wanted.")
        return NotFree(f"{self.by} is on pair {pair_id} at the moment.")


@dataclass(frozen=True)
class Renewal:
    """Whether a person still has a pair, until when, or who has it instead."""

    until: datetime | None
    obstacle: Obstacle | None


def find_obstacle(
    session: Session, pair_id: int, annotator_id: int, *, overlap: int
) -> Obstacle | None:
    """What keeps a person from annotating a pair; None if nothing does."""
    shown = session.connection().execute(
        select(col(Lease.annotator_id), col(Annotator.name), col(Lease.expires_at))
        .join(Annotator, col(Annotator.id) == col(Lease.annotator_id))
        .where(col(Lease.pair_id) == pair_id, col(Lease.annotator_id) != annotator_id)
        .where(col(Lease.slot).is_not(None), col(Lease.expires_at) > now())
        .order_by(col(Lease.expires_at))
    )
    holders = {person: Obstacle(name, until) for person, name, until in shown}
    people = set(holders)
    if overlap > 1:
        votes = read_votes(session, pair_id, overlap=overlap)
        people |= {vote.annotator_id for vote in votes if vote.is_in}
    if annotator_id in people or len(people) < overlap:
        return None
    return next(iter(holders.values()), Obstacle())


def hold(
    session: Session, pair_id: int, annotator_id: int, *, overlap: int, token: str, until: datetime
) -> Obstacle | None:
    """Give a pair to a person if it can be had; the caller has locked the pair's row."""
    obstacle = find_obstacle(session, pair_id, annotator_id, overlap=overlap)
    if obstacle is not None:
        return obstacle
    mine = session.get(Lease, (pair_id, annotator_id), populate_existing=True)
    if mine is None or mine.slot is None:
        taken = set(session.connection().scalars(_SLOTS, {"pair_id": pair_id}))
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
    else:
        slot = mine.slot
    values = {"slot": slot, "token": token, "expires_at": until}
    insert = insert_into(session, Lease)
    insert = insert.values(pair_id=pair_id, annotator_id=annotator_id, **values)
    upsert = insert.on_conflict_do_update(index_elements=_KEY, set_=values)
    session.connection().execute(upsert)
    return None


_KEY = ("pair_id", "annotator_id")
_SLOTS = select(col(Lease.slot)).where(
    col(Lease.pair_id) == bindparam("pair_id"), col(Lease.slot).is_not(None)
)


def lock_pair(session: Session, pair_id: int) -> bool:
    """Take the row's lock, which SQLite does not need; whether there is such a pair."""
    query = select(col(CandidatePair.id)).where(col(CandidatePair.id) == pair_id)
    return session.connection().execute(query.with_for_update(key_share=True)).first() is not None


def drop(session: Session, annotator_id: int, pair_id: int) -> None:
    """This person lets go of a pair."""
    session.connection().execute(
        delete(Lease).where(col(Lease.pair_id) == pair_id, col(Lease.annotator_id) == annotator_id)
    )


@retried
def drop_expired(database: Database) -> None:
    """What nobody renewed is free again.

    A transaction of its own that waits for nobody: whoever held other people's leases while
    waiting for a pair could wait for somebody who waits for one of those leases.
    """
    key = tuple_(col(Lease.pair_id), col(Lease.annotator_id))
    over = select(col(Lease.pair_id), col(Lease.annotator_id)).where(col(Lease.expires_at) <= now())
    with database.write() as session:
        stale = over.with_for_update(skip_locked=True)
        session.connection().execute(delete(Lease).where(key.in_(stale)))


@retried
def renew(
    database: Database, pair_id: int, *, annotator_id: int, token: str, minutes: float
) -> Renewal:
    """Keep a pair that one's page shows for some more minutes, or take it again if it is free.

    Raises:
        DatabaseError: if there is no such pair.
    """
    drop_expired(database)
    with database.write() as session:
        if not lock_pair(session, pair_id):
            raise DatabaseError(f"There is no pair {pair_id}.")
        until = now() + timedelta(minutes=minutes)
        obstacle = hold(
            session,
            pair_id,
            annotator_id,
            overlap=read_policy(session).overlap,
            token=token,
            until=until,
        )
    return Renewal(None if obstacle else until, obstacle)


def read_ahead(
    session: Session, annotator_id: int, pair_ids: list[int], *, token: str, until: datetime
) -> None:
    """Note which pairs a person's browser reads ahead, instead of what it had before."""
    mine = col(Lease.annotator_id) == annotator_id
    session.connection().execute(delete(Lease).where(mine, col(Lease.slot).is_(None)))
    if not pair_ids:
        return
    rows = [
        {"pair_id": pair_id, "annotator_id": annotator_id, "token": token, "expires_at": until}
        for pair_id in pair_ids
    ]
    insert = insert_into(session, Lease).on_conflict_do_nothing()
    session.connection().execute(insert, rows)


@retried
def release(database: Database, *, annotator_id: int, pair_id: int, token: str) -> None:
    """The page with this token closes: its pair is free, and so is what it had read ahead.

    If another page of this person took the pair meanwhile, that one keeps it.
    """
    with database.write() as session:
        mine = col(Lease.annotator_id) == annotator_id
        session.connection().execute(
            delete(Lease).where(mine, col(Lease.pair_id) == pair_id, col(Lease.token) == token)
        )
        session.connection().execute(
            delete(Lease).where(mine, col(Lease.slot).is_(None), col(Lease.token) == token)
        )


def count_held(database: Database, *, annotator_id: int) -> int:
    """How many open pairs other people are on that this person has not annotated."""
    mine = exists().where(
        col(Annotation.pair_id) == col(Lease.pair_id),
        col(Annotation.annotator_id) == annotator_id,
    )
    query = (
        select(func.count(func.distinct(col(Lease.pair_id))))
        .join(CandidatePair, col(CandidatePair.id) == col(Lease.pair_id))
        .where(text(IS_OPEN), col(Lease.slot).is_not(None), col(Lease.expires_at) > now())
        .where(col(Lease.annotator_id) != annotator_id, ~mine)
    )
    with database.read() as session:
        return session.connection().execute(query).scalar_one()
