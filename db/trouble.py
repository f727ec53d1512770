"""Which pairs people could not agree on, and what is known about them: where disagreement sits."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.database import Database
from db.history import EventKind
from db.lifecycle import OPEN_STATES, WRITTEN_STATES, Decision, PairState
from db.pattern_tables import pattern_reading
from db.tables import Annotation, CandidatePair, Event, ImageRecord

_OPEN = [state.value for state in OPEN_STATES]  # what was said of those stays private
_ACCEPTED = {PairState.accepted.value} | {state.value for state in WRITTEN_STATES}
_CHANGES = (
    EventKind.decision,
    EventKind.question,
    EventKind.restore,
    EventKind.adjudication,
    EventKind.verification,
)


@dataclass(frozen=True)
class Troubled:
    """A pair that is decided, and whether it was ever in trouble, settled since or not.

    ``labels`` are those of its images, ``patterns`` all that people chose for it. It was overturned
    if it was rejected after it had been accepted. Nothing that was taken back counts.
    """

    pair_id: int
    gap: float | None  # not known of imported pairs without cosines
    labels: frozenset[str]
    patterns: frozenset[str]
    was_disputed: bool
    was_contested: bool
    was_overturned: bool

    @property
    def is_hot(self) -> bool:
        """Whether there was trouble of any kind."""
        return self.was_disputed or self.was_contested or self.was_overturned


def list_troubled(database: Database) -> list[Troubled]:
    """All pairs that are not open any more, by number."""
    first, second = aliased(ImageRecord), aliased(ImageRecord)
    query = (
        select(
            col(CandidatePair.id),
            col(CandidatePair.blind_cosine) - col(CandidatePair.reference_cosine),
            col(CandidatePair.state),
            col(first.label),
            col(second.label),
        )
        .join(first, col(first.id) == col(CandidatePair.first_image_id))
        .join(second, col(second.id) == col(CandidatePair.second_image_id))
        .where(col(CandidatePair.state).not_in(_OPEN))
        .order_by(col(CandidatePair.id))
    )
    with database.read() as session:
        patterns, (disputed, contested, overturned) = _patterns(session), _past(session)
        return [
            Troubled(
                pair_id=pair_id,
                gap=gap,
                labels=frozenset(filter(None, labels)),
                patterns=frozenset(patterns[pair_id]),
                was_disputed=pair_id in disputed or state == PairState.disputed,
                was_contested=pair_id in contested or state == PairState.contested,
                was_overturned=pair_id in overturned,
            )
            for pair_id, gap, state, *labels in session.connection().execute(query)
        ]


def _patterns(session: Session) -> dict[int, set[str]]:
    query = select(col(Annotation.pair_id), col(Annotation.pattern))
    reading = pattern_reading(session)
    found: dict[int, set[str]] = defaultdict(set)
    for pair_id, pattern in session.connection().execute(query):
        if pattern is not None:
            found[pair_id].add(reading.of(pair_id, pattern))
    return found


def _past(session: Session) -> tuple[set[int], set[int], set[int]]:
    """The pairs that ever were disputed, contested, and rejected after they had been accepted."""
    before, after = col(Event.data)["before"], col(Event.data)["after"]
    undone = select(col(Event.undoes)).where(col(Event.undoes).is_not(None))
    query = (
        select(
            col(Event.pair_id),
            before["state"].as_string(),
            after["state"].as_string(),
            before["annotation"]["decision"].as_string(),
            after["annotation"]["decision"].as_string(),
        )
        .where(col(Event.kind).in_([kind.value for kind in _CHANGES]))
        .where(col(Event.id).not_in(undone))
    )
    disputed, contested, overturned = set(), set(), set()
    for pair_id, was, became, thought, thinks in session.connection().execute(query):
        if became == PairState.disputed:
            disputed.add(pair_id)
        if became == PairState.contested:
            contested.add(pair_id)
        changed_mind = (thought, thinks) == (Decision.accept, Decision.reject)
        if changed_mind or (was in _ACCEPTED and became == PairState.rejected):
            overturned.add(pair_id)
    return disputed, contested, overturned
