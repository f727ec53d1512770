"""Everything that happened to one pair, as one person may read it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.asking import own_pairs
from db.database import Database
from db.history import OF_PAIRS, EventKind
from db.lifecycle import (
    SETTLED_STATES,
    WRITTEN_STATES,
    BlindAnswer,
    Decision,
    PairState,
    Ruling,
    Side,
    own_state,
)
from db.policy import read_policy
from db.restore import Restorer, version_in, why_not
from db.tables import Annotation, Annotator, CandidatePair, Event
from db.undo import root_of, standing_roots
from db.views import QuestionView


@dataclass(frozen=True)
class PairVersion:
    """What a pair amounts to after an event: a decision, and a question if there is one."""

    decision: str
    reason: str | None
    question: QuestionView | None
    note: str


@dataclass(frozen=True)
class BlindOutcome:
    """A blind answer, or one that was taken back."""

    side: Side
    answer: BlindAnswer
    option: str
    comment: str
    taken_back: bool


@dataclass(frozen=True)
class TimelineEntry:
    """One event; ``version`` is what it made of the pair, ``previous`` what that replaced.

    ``of`` is the kind of change that an undo or redo is about, ``about`` the id of that change, or
    of the event whose version was restored. A ``restorable`` version can be brought back by whoever
    reads this. Not ``stands``: it was taken back.
    """

    id: int
    at: datetime
    by: str | None
    kind: EventKind
    state: PairState
    version: PairVersion | None
    previous: PairVersion | None
    of: EventKind | None = None
    about: int | None = None
    ruling: Ruling | None = None
    ruling_reason: str | None = None
    answer: BlindOutcome | None = None
    stands: bool = True
    is_current: bool = False
    restorable: bool = False


@dataclass(frozen=True)
class Timeline:
    """A pair's events, newest first; ``pair_version`` goes back with a restoration.

    ``n_hidden`` blind answers are kept from this person, who may still be asked themselves.
    ``only_own``: several people annotate the pair independently, so these are this person's alone.
    """

    pair_id: int
    pair_version: int
    entries: list[TimelineEntry]
    n_hidden: int
    only_own: bool


def pair_timeline(database: Database, pair_id: int, *, reader: Restorer) -> Timeline | None:
    """The history of a pair for this person; None if there is no such pair.

    Blind answers, and what they made of the pair, are for people who can never be asked about it:
    they annotated, decided or ruled on it. Others see their own answers only. Where several people
    annotate a pair, everybody sees only what they did, a reviewer all once it is settled.
    """
    with database.read() as session:
        pair = session.get(CandidatePair, pair_id)
        if pair is None:
            return None
        overlap = read_policy(session).overlap
        settled = PairState(pair.state) in SETTLED_STATES
        only_own = overlap > 1 and not (reader.is_reviewer and settled)
        told = _Telling(session, pair, reader, is_shared=overlap == 1).entries()
        if only_own:
            told = [
                (event, entry) for event, entry in told if event.annotator_id == reader.annotator_id
            ]
        shown, n_hidden = told, 0
        if pair_id not in own_pairs(session, reader.annotator_id):
            shown = [
                (event, _without_verdict(entry))
                for event, entry in told
                if entry.kind is not EventKind.verification
                or event.annotator_id == reader.annotator_id
            ]
            n_hidden = len(told) - len(shown)
        entries = [entry for _, entry in reversed(shown)]
        return Timeline(pair_id, pair.version, entries, n_hidden, only_own)


def _without_verdict(entry: TimelineEntry) -> TimelineEntry:
    """The entry without what blind answers made of the pair, and what a ruling says of them."""
    state = PairState.complete if entry.state in WRITTEN_STATES else entry.state
    return replace(entry, state=state, ruling_reason=None)


class _Telling:
    """Walks the events of a pair, keeping everybody's annotation as it was at each moment."""

    def __init__(
        self, session: Session, pair: CandidatePair, reader: Restorer, *, is_shared: bool
    ) -> None:
        query = (
            select(Event, Annotator.name)
            .join(Annotator, isouter=True)
            .where(Event.pair_id == pair.id)
            .where(col(Event.kind).in_([kind.value for kind in OF_PAIRS]))
            .order_by(col(Event.id))
        )
        self.events = [(event, name) for event, name in session.exec(query)]
        self.pair, self.reader, self.is_shared = pair, reader, is_shared
        self.by_id = {event.id: event for event, _ in self.events}
        self.standing = standing_roots(event for event, _ in self.events)
        self.annotations: dict[int | None, Mapping[str, Any] | None] = {}
        own = select(Annotation).where(
            Annotation.pair_id == pair.id, Annotation.annotator_id == reader.annotator_id
        )
        mine = session.exec(own).first()
        self.state = PairState(pair.state) if is_shared else _own_state(mine)
        speaking = select(Annotation).where(
            Annotation.pair_id == pair.id, col(Annotation.annotator_id) == pair.decided_by
        )
        current = session.exec(speaking).first() if is_shared else mine
        self.current = current and _version(current.model_dump())

    def entries(self) -> list[tuple[Event, TimelineEntry]]:
        """All events with what is told of them, oldest first."""
        told, previous = [], None
        for event, name in self.events:
            if event.kind == EventKind.verification:
                told.append((event, self._entry(event, name, None, None)))
                continue
            before = previous if self.is_shared else self._words(event.annotator_id)
            self._follow(event)
            speaker = event.data["after"]["decided_by"] if self.is_shared else event.annotator_id
            version = self._words(speaker)
            told.append((event, self._entry(event, name, version, before)))
            previous = version
        return told

    def _words(self, annotator_id: int | None) -> PairVersion | None:
        stored = self.annotations.get(annotator_id)
        return None if stored is None else _version(stored)

    def _follow(self, event: Event) -> None:
        """Have everybody's annotation as it was after this event."""
        self.annotations[event.annotator_id] = event.data["after"]["annotation"]
        for one in event.data.get("others", []):
            if event.undoes is None:  # sent back: what is kept is how it was before
                known = {**one, "question": None}
            else:
                undone = self.by_id[event.undoes].data.get("others", [])
                known = next((other for other in undone if other["id"] == one["id"]), one)
            if "annotator_id" in known:
                self.annotations[known["annotator_id"]] = known

    def _entry(
        self,
        event: Event,
        name: str | None,
        version: PairVersion | None,
        previous: PairVersion | None,
    ) -> TimelineEntry:
        data, kind = event.data, EventKind(event.kind)
        is_step = kind in (EventKind.undo, EventKind.redo)
        own = version_in(event)
        is_current = own is not None and _version(own) == self.current
        return TimelineEntry(
            id=event.id,
            at=event.at,
            by=name,
            kind=kind,
            state=PairState(data["after"]["state"]),
            version=version,
            previous=previous,
            of=self._kind_undone(event) if is_step else None,
            about=root_of(event) if is_step else data.get("restores"),
            ruling=Ruling(data["ruling"]) if "ruling" in data else None,
            ruling_reason=data.get("reason") if "ruling" in data else None,
            answer=_blind_outcome(data) if kind is EventKind.verification else None,
            stands=is_step or own is None or event.id in self.standing,
            is_current=is_current,
            restorable=own is not None
            and not is_current
            and why_not(event, self.state, self.reader, is_shared=self.is_shared) is None,
        )

    def _kind_undone(self, event: Event) -> EventKind:
        root = self.by_id.get(root_of(event) or event.id, event)
        if root is event and event.undoes is not None:  # of an older version, without a root
            root = self.by_id[event.undoes]
        return EventKind(root.kind)


def _own_state(annotation: Annotation | None) -> PairState:
    if annotation is None:
        return PairState.unreviewed
    has_question = annotation.question is not None
    return own_state(Decision(annotation.decision), has_question=has_question)


def _version(stored: Mapping[str, Any]) -> PairVersion:
    question = None
    if stored["question"] is not None:
        question = QuestionView(
            text=stored["question"],
            option_a=stored["option_a"],
            option_b=stored["option_b"],
            answer_first=stored["answer_first"],
            answer_second=stored["answer_second"],
            pattern=stored["pattern"],
            statement_first=stored.get("statement_first"),
            statement_second=stored.get("statement_second"),
        )
    return PairVersion(stored["decision"], stored["reason"], question, stored["note"])


def _blind_outcome(data: Mapping[str, Any]) -> BlindOutcome:
    answer = data["answer"]
    options = {"a": answer["option_a"], "b": answer["option_b"]}
    return BlindOutcome(
        side=Side(answer["side"]),
        answer=BlindAnswer(answer["answer"]),
        option=options.get(answer["answer"], ""),
        comment=answer["comment"],
        taken_back=data["taken_back"],
    )
