"""Which pairs a person sees next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    select,
    text,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.cards import cards_in_order
from db.database import Database
from db.lifecycle import Decision, PairState
from db.pairs import current_run_id
from db.policy import Policy, read_policy
from db.queue_tables import Lease, QueueFilter, QueueOrder, SelectionPair
from db.seen import seen_by
from db.shortage import patterns_by_shortage
from db.tables import IS_OPEN, Annotation, CandidatePair
from db.times import UtcTime, now
from db.views import PairCard

Ids = Select[int]
Stage = tuple[Ids, dict[str, Any]]
_ME = bindparam("annotator_id", type_=Integer)
_OVERLAP = bindparam("overlap", type_=Integer)
_NOW = bindparam("now", type_=UtcTime)
_UNKNOWN = ""  # the place of pairs whose pattern nobody can guess, among the patterns


def upcoming(
    database: Database, annotator_id: int, *, after_pair_id: int | None = None, n: int = 3
) -> list[PairCard]:
    """The next ``n`` pairs of one person; of this person's selection if their queue is filtered.

    First what this person has not answered yet in the current run, in the policy's order:
    unreviewed pairs, and pairs that somebody else skipped, for one person's doubt is no answer for
    another. Then the pairs they accepted but wrote no question for, best rank first. Then those
    they skipped themselves, longest ago first. Pairs that others are on are left out.

    Args:
        after_pair_id: the pair just handled; it is left out.
    """
    with database.read() as session:
        queue = Queue.of(session, annotator_id)
        left_out = [] if after_pair_id is None else [after_pair_id]
        found = queue.find(session, n=n, left_out=left_out)
        overlap = queue.policy.overlap
        return seen_by(session, cards_in_order(session, found), annotator_id, overlap=overlap)


@dataclass(frozen=True)
class Queue:
    """One person's queue at one moment, under the policy and filter that hold."""

    annotator_id: int
    policy: Policy
    selection_id: int | None
    at: datetime

    @classmethod
    def of(cls, session: Session, annotator_id: int) -> "Queue":
        """The queue of this person now."""
        chosen = session.get(QueueFilter, annotator_id)
        selection_id = chosen.selection_id if chosen else None
        return cls(annotator_id, read_policy(session), selection_id, now())

    def find(
        self, session: Session, *, n: int, left_out: list[int], polite: bool = False
    ) -> list[int]:
        """The ids of the next ``n`` pairs.

        Args:
            polite: also leave out what other people's browsers have read ahead.
        """
        found: list[int] = []
        for stage, values in self.stages(session, polite=polite):
            values |= {"left_out": [*left_out, *found], "n": n - len(found)}
            found += session.connection().scalars(stage, values)
            if len(found) >= n:
                break
        return found

    def stages(self, session: Session, *, polite: bool) -> Iterator[Stage]:
        """The lists that make up the queue, first to last, and the values of their parameters."""
        yield from self.unanswered(session, polite=polite)
        yield from self.returning(polite=polite)

    def unanswered(self, session: Session, *, polite: bool) -> Iterator[Stage]:
        """What this person has not answered; by pattern, if that is the order."""
        shared, filtered = self._kind
        if self.policy.order is not QueueOrder.short or filtered:
            yield unanswered(self.policy.order.value, shared, filtered, polite), self._values()
            return
        for pattern in patterns_by_shortage(session, self.policy, unknown=_UNKNOWN):
            kind = "unknown" if pattern == _UNKNOWN else "pattern"
            values = self._values() | {"pattern": pattern}
            yield unanswered(kind, shared, filtered, polite), values

    def returning(self, *, polite: bool) -> Iterator[Stage]:
        """What this person has looked at before and did not finish."""
        yield unwritten(*self._kind, polite), self._values()
        yield put_off(*self._kind, polite), self._values()

    @property
    def _kind(self) -> tuple[bool, bool]:
        return self.policy.overlap == 1, self.selection_id is not None

    def _values(self) -> dict[str, Any]:
        return {
            "annotator_id": self.annotator_id,
            "overlap": self.policy.overlap,
            "now": self.at,
            "selection_id": self.selection_id,
        }


def _is_mine(mine: type[Annotation]) -> ColumnElement[bool]:
    return and_(col(mine.pair_id) == col(CandidatePair.id), col(mine.annotator_id) == _ME)


def _free(shared: bool, polite: bool) -> ColumnElement[bool]:
    """Whether nobody else's page shows the pair, or there is still a place beside them."""
    lease, theirs, voted = aliased(Lease), aliased(Annotation), aliased(Annotation)
    of_others = and_(
        col(lease.pair_id) == col(CandidatePair.id),
        col(lease.annotator_id) != _ME,
        col(lease.expires_at) > _NOW,
        *([] if polite else [col(lease.slot).is_not(None)]),
    )
    if shared:
        return not_(exists().where(of_others))
    is_in = col(theirs.decision) != Decision.skip.value
    n_in = select(func.count()).where(
        col(theirs.pair_id) == col(CandidatePair.id), col(theirs.annotator_id) != _ME, is_in
    )
    n_on_it = select(func.count()).where(
        of_others,
        not_(
            exists().where(
                col(voted.pair_id) == col(lease.pair_id),
                col(voted.annotator_id) == col(lease.annotator_id),
                col(voted.decision) != Decision.skip.value,
            )
        ),
    )
    return n_in.scalar_subquery() + n_on_it.scalar_subquery() < _OVERLAP


def _pairs(shared: bool, filtered: bool, polite: bool) -> Ids:
    query = select(col(CandidatePair.id)).where(
        col(CandidatePair.id).not_in(bindparam("left_out", expanding=True)), _free(shared, polite)
    )
    if filtered:
        query = query.join(SelectionPair, col(SelectionPair.pair_id) == col(CandidatePair.id))
        chosen = bindparam("selection_id", type_=Integer)
        query = query.where(col(SelectionPair.selection_id) == chosen)
    return query.limit(bindparam("n", type_=Integer))


def _of_the_run(filtered: bool) -> list[ColumnElement[bool]]:
    """A selection may name pairs of another run; who picked them wants to see them."""
    return [] if filtered else [col(CandidatePair.run_id) == current_run_id()]


@cache
def unanswered(kind: str, shared: bool, filtered: bool, polite: bool) -> Ids:
    """Open pairs that this person has not answered.

    Args:
        kind: an order, or ``pattern`` or ``unknown`` for those of one likely pattern or of none.
    """
    mine = aliased(Annotation)
    # built once, for building takes longer than asking
    skipped = and_(
        col(CandidatePair.state) == PairState.skipped.value,
        exists().where(_is_mine(mine), col(mine.decision) == Decision.skip.value),
    )
    answered = skipped if shared else exists().where(_is_mine(mine))
    query = _pairs(shared, filtered, polite).where(text(IS_OPEN), *_of_the_run(filtered))
    query = query.where(not_(answered))
    if kind in ("pattern", "unknown"):
        likely = col(CandidatePair.likely_pattern)
        query = query.where(
            likely.is_(None) if kind == "unknown" else likely == bindparam("pattern")
        )
    by = col(CandidatePair.novelty_rank if kind == QueueOrder.novelty else CandidatePair.rank)
    return query.order_by(by, *([col(CandidatePair.id)] if filtered else []))


@cache
def unwritten(shared: bool, filtered: bool, polite: bool) -> Ids:
    """Pairs that this person accepted and wrote no question for."""
    query = _pairs(shared, filtered, polite).order_by(
        col(CandidatePair.rank), col(CandidatePair.id)
    )
    if shared:
        return query.where(
            col(CandidatePair.state) == PairState.accepted.value,
            col(CandidatePair.decided_by) == _ME,
        )
    mine = aliased(Annotation)
    return query.join(mine, _is_mine(mine)).where(
        col(CandidatePair.state) == PairState.partial.value,
        col(mine.decision) == Decision.accept.value,
        col(mine.question).is_(None),
    )


@cache
def put_off(shared: bool, filtered: bool, polite: bool) -> Ids:
    """Pairs that this person skipped."""
    mine = aliased(Annotation)
    states = [PairState.skipped] if shared else [PairState.skipped, PairState.partial]
    return (
        _pairs(shared, filtered, polite)
        .join(mine, _is_mine(mine))
        .where(col(CandidatePair.state).in_([state.value for state in states]))
        .where(col(mine.decision) == Decision.skip.value)
        .order_by(col(mine.updated_at), col(CandidatePair.rank))
    )
