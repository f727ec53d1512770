"""Handing a person their next pair: found and leased in one transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from db.cards import cards_in_order
from db.database import Database
from db.deadlocks import retried
from db.leases import Obstacle, drop, drop_expired, hold, lock_pair, read_ahead
from db.policy import read_policy
from db.queue import Ids, Queue
from db.seen import seen_by
from db.tables import CandidatePair
from db.times import now
from db.views import PairCard


@dataclass(frozen=True)
class Claim:
    """What one page of one person shows now.

    ``pair`` is theirs until ``until``, unless there is an ``obstacle``: then they may only look.
    ``ahead`` are the pairs that come next if nothing changes. ``token`` goes back to renew and
    release what this page holds.
    """

    pair: PairCard | None
    ahead: list[PairCard]
    token: str
    until: datetime | None
    obstacle: Obstacle | None = None


@retried
def claim(
    database: Database,
    annotator_id: int,
    *,
    minutes: float,
    after_pair_id: int | None = None,
    n_ahead: int = 3,
) -> Claim:
    """Lease the next pair of ``db.queue.upcoming`` to this person, and read some ahead.

    What one browser has read ahead is kept from the others while there is anything else, so that
    the next pair is there at once; it is no lease, and whoever has nothing else gets it.

    Args:
        after_pair_id: the pair that the page showed; it is let go, and not the next one.
        minutes: after which the pair is free again, unless it is renewed.
    """
    token, until = _new(minutes)
    drop_expired(database)
    with database.write() as session:
        if after_pair_id is not None:
            drop(session, annotator_id, after_pair_id)
        queue = Queue.of(session, annotator_id)
        left_out = [-1 if after_pair_id is None else after_pair_id]
        pair_id = _take(session, queue, left_out, token, until)
        return _claimed(session, queue, pair_id, left_out, n_ahead, token, until)


@retried
def claim_pair(
    database: Database,
    pair_id: int,
    *,
    annotator_id: int,
    minutes: float,
    after_pair_id: int | None = None,
    n_ahead: int = 3,
) -> Claim | None:
    """Lease this pair to this person whatever its state, or say who is on it; None if unknown."""
    token, until = _new(minutes)
    drop_expired(database)
    with database.write() as session:
        if after_pair_id is not None and after_pair_id != pair_id:
            drop(session, annotator_id, after_pair_id)
        if not lock_pair(session, pair_id):
            return None
        overlap = read_policy(session).overlap
        obstacle = hold(session, pair_id, annotator_id, overlap=overlap, token=token, until=until)
        queue = Queue.of(session, annotator_id)
        return _claimed(session, queue, pair_id, [], n_ahead, token, until, obstacle)


def _new(minutes: float) -> tuple[str, datetime]:
    return secrets.token_hex(8), now() + timedelta(minutes=minutes)


def _take(
    session: Session, queue: Queue, left_out: list[int], token: str, until: datetime
) -> int | None:
    """Find, lock and lease the next pair.

    On PostgreSQL others claim at the same time. A pair whose row they have locked is skipped; one
    that they leased between our search and our lock is seen when it is looked at again.
    """
    lost: list[int] = []
    while (pair_id := _search(session, queue, [*left_out, *lost])) is not None:
        overlap = queue.policy.overlap
        held = hold(session, pair_id, queue.annotator_id, overlap=overlap, token=token, until=until)
        if held is None:
            return pair_id
        lost.append(pair_id)
    return None


def _search(session: Session, queue: Queue, left_out: list[int]) -> int | None:
    for polite in (True, False):
        for stage, values in queue.unanswered(session, polite=polite):
            if (found := _lock_first(session, stage, values, left_out)) is not None:
                return found
    for stage, values in queue.returning(polite=False):
        if (found := _lock_first(session, stage, values, left_out)) is not None:
            return found
    return None


def _lock_first(
    session: Session, stage: Ids, values: dict[str, object], left_out: list[int]
) -> int | None:
    locking = stage.with_for_update(skip_locked=True, key_share=True, of=CandidatePair)
    return session.connection().scalar(locking, {**values, "left_out": left_out, "n": 1})


def _claimed(
    session: Session,
    queue: Queue,
    pair_id: int | None,
    left_out: list[int],
    n_ahead: int,
    token: str,
    until: datetime,
    obstacle: Obstacle | None = None,
) -> Claim:
    """The claim with its cards, what comes next being read ahead."""
    shown = [] if pair_id is None else [pair_id]
    ahead: list[int] = []
    if shown and n_ahead:
        ahead = queue.find(session, n=n_ahead, left_out=[*left_out, *shown], polite=True)
    read_ahead(session, queue.annotator_id, ahead, token=token, until=until)
    found = seen_by(
        session,
        cards_in_order(session, [*shown, *ahead]),
        queue.annotator_id,
        overlap=queue.policy.overlap,
    )
    pair = found[0] if shown else None
    mine = None if obstacle or pair is None else until
    return Claim(pair, found[len(shown) :], token, mine, obstacle)
