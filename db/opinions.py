"""What people said about a pair before anybody ruled on it or they could see the others' words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlmodel import Session, col

from db.database import Database
from db.history import EventKind
from db.lifecycle import Decision
from db.pattern_tables import pattern_reading
from db.tables import Annotator, Event

_SAYING = (EventKind.decision, EventKind.question, EventKind.restore)
_TAKING_BACK = (EventKind.undo, EventKind.redo)
_KINDS = [kind.value for kind in (*_SAYING, *_TAKING_BACK, EventKind.adjudication)]


@dataclass(frozen=True)
class OriginalOpinion:
    """What one person thought of a pair on their own; ``pattern`` only with a question."""

    pair_id: int
    by: str
    decision: Decision
    pattern: str | None
    at: datetime


@dataclass(frozen=True)
class Opinions:
    """All of them by pair; ``n_informed`` more were given with another person's in view."""

    found: list[OriginalOpinion]
    n_informed: int


@dataclass(frozen=True)
class Step:
    """One event of a pair: afterwards its person's annotation says this, None if there is none."""

    event_id: int
    kind: str
    undoes: int | None
    person: int
    overlap: int
    decision: str | None
    pattern: str | None
    has_question: bool
    is_ruling: bool
    at: datetime

    @property
    def is_done(self) -> bool:
        """Whether the person has nothing left to do, and so may see what the others said."""
        return self.decision == Decision.reject or self.has_question


@dataclass
class Replay:
    """The steps of one pair up to its first ruling that stands.

    ``original`` is what each person said on their own, ``latest`` the last they said, ``informed``
    who spoke only with another's words in view.
    """

    original: dict[int, Step] = field(default_factory=dict)
    latest: dict[int, Step] = field(default_factory=dict)
    informed: set[int] = field(default_factory=set)
    _own: set[int] = field(default_factory=set)

    def take(self, step: Step) -> None:
        """Apply the next step; rulings and what takes them back say nothing about the pair."""
        others = any(said.decision for person, said in self.latest.items() if person != step.person)
        before = self.latest.get(step.person)
        if step.kind in _SAYING:
            may_see = step.overlap == 1 or (before is not None and before.is_done)
            is_own = not (others and may_see)
        else:
            is_own = step.undoes in self._own
        self.latest[step.person] = step
        if is_own:
            self._own.add(step.event_id)
            self.original[step.person] = step
        elif step.person not in self.original:
            self.informed.add(step.person)


def replay(steps: Sequence[Step]) -> Replay:
    """What was said about one pair, from all its steps in order."""
    stands = standing(steps)
    rulings = {step.event_id for step in steps if step.is_ruling}
    first = min(rulings & stands, default=None)
    of_rulings = set(rulings)
    found = Replay()
    for step in steps:
        if first is not None and step.event_id >= first:
            break
        if step.undoes in of_rulings or step.event_id in rulings:
            of_rulings.add(step.event_id)
        else:
            found.take(step)
    return found


def standing(steps: Sequence[Step]) -> set[int]:
    """The events that nothing took back, counting that what took one back may itself be undone."""
    gone: set[int] = set()
    for step in reversed(steps):
        if step.undoes is not None and step.event_id not in gone:
            gone.add(step.undoes)
    return {step.event_id for step in steps} - gone


# Restoring somebody else's version, where several people annotate a pair, is a ruling, too.
IS_RULING = or_(
    col(Event.kind) == EventKind.adjudication.value,
    and_(
        col(Event.kind) == EventKind.restore.value,
        func.coalesce(col(Event.data)["ruled"].as_boolean(), false()),
    ),
)
_SAID = col(Event.data)["after"]["annotation"]
_STEPS = (
    select(
        col(Event.pair_id),
        col(Event.id),
        col(Event.kind),
        col(Event.undoes),
        col(Event.annotator_id),
        func.coalesce(col(Event.data)["overlap"].as_integer(), 1),
        _SAID["decision"].as_string(),
        _SAID["pattern"].as_string(),
        _SAID["question"].as_string().is_not(None),
        IS_RULING,
        col(Event.at),
    )
    .where(col(Event.kind).in_(_KINDS))
    .order_by(col(Event.id))
)


def read_steps(session: Session, condition: ColumnElement[bool]) -> Iterator[tuple[int, Step]]:
    """The steps of the pairs whose events meet a condition, with each its pair, oldest first."""
    for pair_id, *rest in session.connection().execute(_STEPS.where(condition)):
        yield pair_id, Step(*rest)


def read_names(session: Session) -> dict[int, str]:
    """Everybody's name by number."""
    query = select(col(Annotator.id), col(Annotator.name))
    return {person: name for person, name in session.connection().execute(query)}


def original_opinions(database: Database) -> Opinions:
    """What people said about the pairs that more than one person dealt with, by pair and person.

    An opinion counts if it was formed alone: as the first about the pair, or where several people
    annotate each, before this person could see the others'. Rulings, and what was said after one
    that stands, do not count; what was taken back does not either.
    """
    many = (
        select(col(Event.pair_id))
        .where(col(Event.kind).in_(_KINDS))
        .group_by(col(Event.pair_id))
        .having(func.count(func.distinct(col(Event.annotator_id))) > 1)
    )
    with database.read() as session:
        names, reading = read_names(session), pattern_reading(session)
        by_pair: dict[int, list[Step]] = defaultdict(list)
        for pair_id, step in read_steps(session, col(Event.pair_id).in_(many)):
            by_pair[pair_id].append(step)
    found, n_informed = [], 0
    for pair_id, steps in sorted(by_pair.items()):
        said = replay(steps)
        n_informed += len(said.informed - set(said.original))
        found += [
            OriginalOpinion(
                pair_id=pair_id,
                by=names[person],
                decision=Decision(one.decision),
                pattern=one.pattern and reading.of(pair_id, one.pattern),
                at=one.at,
            )
            for person, one in sorted(said.original.items())
            if one.decision is not None
        ]
    return Opinions(found, n_informed)
