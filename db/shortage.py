"""Which visual patterns still lack pairs, measured by the policy's quotas."""

from collections.abc import Iterable, Mapping

from sqlalchemy import BindParameter, Integer, bindparam, func, select, text
from sqlmodel import Session, col

from db.cards import IS_CURRENT
from db.database import Database
from db.lifecycle import DONE_STATES
from db.pairs import current_run_id
from db.pattern_tables import HOLDS, PatternTag, read_retired, read_successors
from db.policy import MMVP_VLM_QUOTA, Policy
from db.tables import IS_OPEN, Annotation, CandidatePair

_DONE = col(CandidatePair.state).in_([state.value for state in DONE_STATES])
_THESE: BindParameter[str] = bindparam("patterns", expanding=True)
# Counts no further than to the quota: the time does not grow with the number of annotations.
_AT_MOST = bindparam("n", type_=Integer)
_SAID = select(func.count()).select_from(
    select(col(Annotation.id))
    .join(CandidatePair, IS_CURRENT)
    .where(col(Annotation.pattern).in_(_THESE), _DONE)
    .where(~select(col(PatternTag.pair_id)).where(HOLDS).correlate(Annotation).exists())
    .limit(_AT_MOST)
    .subquery()
)
_TAGGED = select(func.count()).select_from(
    select(col(PatternTag.pair_id))
    .join(Annotation, HOLDS)
    .join(CandidatePair, IS_CURRENT)
    .where(col(PatternTag.slug).in_(_THESE), _DONE)
    .limit(_AT_MOST)
    .subquery()
)
# One step along the index for each pattern, however many pairs have it.
_NEXT = select(func.min(col(CandidatePair.likely_pattern))).where(
    col(CandidatePair.run_id) == current_run_id(),
    col(CandidatePair.likely_pattern) > bindparam("after"),
    text(IS_OPEN),
)


def patterns_by_shortage(session: Session, policy: Policy, *, unknown: str) -> list[str]:
    """The likely patterns of the open pairs, what lacks most first; quotas that are full last.

    Args:
        unknown: stands for pairs without a likely pattern, before the patterns that are full.
    """
    successors, retired = read_successors(session), read_retired(session)
    lacking = {}
    for guessed in _likely(session):
        pattern = successors.get(guessed, guessed)
        said = _said(pattern, successors)
        lacking[guessed] = 0.0 if pattern in retired else _lack(session, policy, pattern, said)
    first = sorted((p for p in lacking if lacking[p] > 0), key=lambda p: (-lacking[p], p))
    return [*first, unknown, *sorted(p for p in lacking if lacking[p] <= 0)]


def count_complete(database: Database, quotas: Mapping[str, int]) -> dict[str, int]:
    """Complete pairs of each of these patterns, counted no further than its quota."""
    with database.read() as session:
        successors = read_successors(session)
        return {
            pattern: _n_complete(session, _said(pattern, successors), most)
            for pattern, most in quotas.items()
        }


def _said(pattern: str, successors: Mapping[str, str]) -> list[str]:
    """The patterns that are read as this one, itself included."""
    return [pattern, *(slug for slug, end in successors.items() if end == pattern != slug)]


def _lack(session: Session, policy: Policy, pattern: str, said: list[str]) -> float:
    """The share of a pattern's quota that is not filled yet, 0 to 1."""
    target = policy.target(pattern)
    target = MMVP_VLM_QUOTA if target is None else target
    if target == 0:
        return 0.0
    return 1 - _n_complete(session, said, target) / target


def _n_complete(session: Session, said: list[str], at_most: int) -> int:
    values = {"patterns": said, "n": at_most}
    connection = session.connection()
    n = sum(connection.execute(query, values).scalar_one() for query in (_SAID, _TAGGED))
    return min(n, at_most)


def _likely(session: Session) -> Iterable[str]:
    pattern = ""
    while (found := session.connection().execute(_NEXT, {"after": pattern}).scalar()) is not None:
        yield found
        pattern = found
