"""How the workspace is worked through: annotations per pair, the order, quotas of patterns."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update
from sqlmodel import Session, col

from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import WRITTEN_STATES, Decision, PairState, Vote, own_state, settle
from db.queue_tables import Lease, QueueOrder, QueuePolicy
from db.tables import Annotation, CandidatePair
from db.times import now
from db.verdicts import refine

MOST_ANNOTATIONS = 50
# Of each of the nine patterns the paper's MMVP-VLM has 15 pairs.
MMVP_VLM_QUOTA = 15


@dataclass(frozen=True)
class Policy:
    """``overlap`` annotations a pair, in this order; ``quotas`` win over ``quota`` (None: none)."""

    overlap: int = 1
    order: QueueOrder = QueueOrder.gap
    quota: int | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)

    def target(self, pattern: str) -> int | None:
        """How many complete pairs of this pattern are wanted; None if it does not matter."""
        return self.quotas.get(pattern, self.quota)


def get_policy(database: Database) -> Policy:
    """The policy that holds now."""
    with database.read() as session:
        return read_policy(session)


def read_policy(session: Session) -> Policy:
    """The policy that holds now, inside a transaction."""
    stored = session.get(QueuePolicy, 1)
    if stored is None:
        return Policy()
    order = QueueOrder(stored.ordering)
    return Policy(stored.overlap, order, stored.quota, dict(stored.quotas))


def set_policy(database: Database, policy: Policy, *, annotator_id: int | None = None) -> int:
    """Store a policy; how many pairs stand elsewhere because of it.

    More annotations a pair reopen what fewer had settled. Fewer settle what was waiting; a
    disagreement stays one. Nobody holds a pair afterwards: each page asks for its own again.

    Raises:
        DatabaseError: if a number is out of range.
    """
    _check(policy)
    with database.write() as session:
        before = read_policy(session)
        if before == policy:
            return 0
        session.merge(
            QueuePolicy(
                id=1,
                overlap=policy.overlap,
                ordering=policy.order.value,
                quota=policy.quota,
                quotas=dict(policy.quotas),
                updated_at=now(),
            )
        )
        n_changed = 0
        if before.overlap != policy.overlap:
            session.connection().execute(delete(Lease))
            n_changed = _settle_all(session, policy.overlap)
        data = {"before": asdict(before), "after": asdict(policy), "n_pairs_changed": n_changed}
        add_event(session, EventKind.policy, data, annotator_id=annotator_id)
        session.flush()
        return n_changed


def _check(policy: Policy) -> None:
    if not 1 <= policy.overlap <= MOST_ANNOTATIONS:
        raise DatabaseError(
            f"A pair can have 1 to {MOST_ANNOTATIONS} annotations, not {policy.overlap}."
        )
    for quota in (policy.quota, *policy.quotas.values()):
        if quota is not None and quota < 0:
            raise DatabaseError(f"A quota cannot be {quota}.", hint="0 wants none of a pattern.")


_VOTES: Select[*tuple[Any, ...]] = select(
    col(Annotation.pair_id),
    col(Annotation.annotator_id),
    col(Annotation.decision),
    col(Annotation.question).is_not(None),
    col(Annotation.decided_at),
    col(Annotation.written_at),
    col(Annotation.updated_at),
)


def read_votes(session: Session, pair_id: int, *, overlap: int) -> list[Vote]:
    """What the annotations of one pair amount to."""
    query = _VOTES.where(col(Annotation.pair_id) == pair_id)
    return [_vote(tuple(row), overlap) for row in session.connection().execute(query)]


def _vote(row: tuple[Any, ...], overlap: int) -> Vote:
    _, annotator_id, decision, has_question, decided_at, written_at, updated_at = row
    state = own_state(Decision(decision), has_question=has_question)
    if overlap == 1:  # the newest word counts
        return Vote(annotator_id, state, updated_at)
    # with more, rewording keeps one's turn
    done_at = written_at if state is PairState.complete and written_at else decided_at
    return Vote(annotator_id, state, done_at)


def _settle_all(session: Session, overlap: int) -> int:
    """Bring every annotated pair to the state that this overlap gives it."""
    connection = session.connection()
    stand: dict[int, tuple[str, int | None]] = {
        pair_id: (state, by)
        for pair_id, state, by in connection.execute(
            select(
                col(CandidatePair.id), col(CandidatePair.state), col(CandidatePair.decided_by)
            ).where(
                col(CandidatePair.decided_by).is_not(None),
                col(CandidatePair.adjudicated_by).is_(None),
            )
        )
    }
    rows = connection.execute(_VOTES.order_by(col(Annotation.pair_id)))
    changed = []
    for pair_id, group in groupby(rows, key=lambda row: row[0]):
        if stand.get(pair_id, (PairState.disputed,))[0] == PairState.disputed:
            continue
        state, by = settle([_vote(tuple(row), overlap) for row in group], overlap=overlap)
        before, by_before = stand[pair_id]
        if before in WRITTEN_STATES and state is PairState.complete and by == by_before:
            continue  # which of them it is, blind answers have decided
        if (state.value, by) != (before, by_before):
            changed.append({"key": pair_id, "state": state.value, "decided_by": by})
    if changed:
        table = CandidatePair.__table__  # type: ignore[attr-defined]
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("key"))
            .values(state=bindparam("state"), decided_by=bindparam("decided_by")),
            changed,
        )
        session.flush()
        session.expire_all()
        for one in changed:
            refine(session, session.get_one(CandidatePair, one["key"]))
        session.flush()
    return len(changed)
