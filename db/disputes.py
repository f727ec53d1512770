"""What an adjudicator needs to know: which pairs are in dispute, every version, who said what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.cards import find_card
from db.database import Database
from db.history import EventKind
from db.lifecycle import (
    Blind,
    BlindAnswer,
    Decision,
    PairState,
    Ruling,
    Side,
    looks_swapped,
)
from db.pattern_tables import PatternReading, pattern_reading
from db.tables import Annotation, Annotator, CandidatePair, Event
from db.undo import CHANGES, standing_roots
from db.verdicts import blind, counted_answers, current_annotation, key_of, text_digest
from db.verification_tables import Verification
from db.views import Choice, PairCard, QuestionView

IN_DISPUTE = (PairState.contested, PairState.disputed)
_WITH_WORDS = CHANGES


@dataclass(frozen=True)
class Version:
    """A question that a pair has or had; ``digest`` stands for its words without the key."""

    by: str
    at: datetime
    question: QuestionView
    digest: str
    is_current: bool


@dataclass(frozen=True)
class BlindVoice:
    """One blind answer; ``is_right`` by the key as it is now, None if it was to other words.

    One that a ruling ``set_aside`` does not count any more.
    """

    by: str
    side: Side
    answer: BlindAnswer
    option: str
    comment: str
    seconds: float
    at: datetime
    digest: str
    is_right: bool | None
    set_aside: bool


@dataclass(frozen=True)
class Opinion:
    """What an annotator decided about the pair."""

    by: str
    decision: Decision
    reason: str | None
    at: datetime


@dataclass(frozen=True)
class PastRuling:
    """A ruling that was made before."""

    by: str
    at: datetime
    ruling: Ruling
    reason: str


@dataclass(frozen=True)
class Dispute:
    """A pair with all that was said about it; newest versions and rulings first."""

    card: PairCard
    versions: list[Version]
    voices: list[BlindVoice]
    opinions: list[Opinion]
    rulings: list[PastRuling]
    looks_swapped: bool


@dataclass(frozen=True)
class DisputeLine:
    """A pair in dispute, for the list; counts are of the blind answers that count."""

    pair_id: int
    state: PairState
    first_image_id: int
    second_image_id: int
    question: str | None
    n_answers: int
    n_right: int
    n_cannot_tell: int
    n_bad_question: int
    looks_swapped: bool


def list_disputes(database: Database) -> list[DisputeLine]:
    """The pairs that wait for a ruling, by number."""
    query = (
        select(CandidatePair)
        .where(col(CandidatePair.state).in_([state.value for state in IN_DISPUTE]))
        .order_by(col(CandidatePair.id))
    )
    with database.read() as session:
        return [_line(session, pair) for pair in session.exec(query)]


def _line(session: Session, pair: CandidatePair) -> DisputeLine:
    annotation = current_annotation(session, pair)
    answers: Sequence[Blind] = []
    right = 0
    if annotation is not None and annotation.question is not None:
        answers = [one for _, one in counted_answers(session, pair, annotation)]
        key = key_of(annotation)
        right = sum(answer.value == key[side] for side, answer in answers)
    said = [answer for _, answer in answers]
    return DisputeLine(
        pair_id=pair.id,
        state=PairState(pair.state),
        first_image_id=pair.first_image_id,
        second_image_id=pair.second_image_id,
        question=annotation.question if annotation else None,
        n_answers=len(said),
        n_right=right,
        n_cannot_tell=said.count(BlindAnswer.cannot_tell),
        n_bad_question=said.count(BlindAnswer.bad_question),
        looks_swapped=annotation is not None and looks_swapped(answers, key_of(annotation)),
    )


def get_dispute(database: Database, pair_id: int) -> Dispute | None:
    """All that was said about a pair, in dispute or not; None if there is none with this id."""
    with database.read() as session:
        card = find_card(session, pair_id)
        pair = session.get(CandidatePair, pair_id)
        if card is None or pair is None:
            return None
        events = session.exec(
            select(Event, Annotator.name)
            .join(Annotator)
            .where(Event.pair_id == pair_id)
            .order_by(col(Event.id))
        ).all()
        return Dispute(
            card=card,
            versions=_versions(session, card, events),
            voices=_voices(session, pair, card),
            opinions=_opinions(session, pair_id),
            rulings=_rulings(events),
            looks_swapped=_line(session, pair).looks_swapped,
        )


def _versions(
    session: Session, card: PairCard, events: Sequence[tuple[Event, str]]
) -> list[Version]:
    """Each question once, where it was first written; what stands now even without an event."""
    found: dict[tuple[Any, ...], tuple[str, datetime, QuestionView]] = {}
    reading = pattern_reading(session, pair_id=card.id)
    for event, name in events:
        stored = (event.data.get("after") or {}).get("annotation")
        if event.kind in _WITH_WORDS and stored and stored["question"]:
            view = _view(stored, card.id, reading)
            found.setdefault(_identity(view), (name, event.at, view))
    query = select(Annotation, Annotator.name).join(Annotator)
    for one, name in session.exec(query.where(Annotation.pair_id == card.id)):
        if one.question is not None:
            view = _view(one.model_dump(), card.id, reading)
            found.setdefault(_identity(view), (name, one.updated_at, view))
    current = card.annotation.question if card.annotation else None
    versions = [
        Version(
            by=name,
            at=at,
            question=view,
            digest=text_digest(view.text, view.option_a, view.option_b),
            is_current=current is not None and _identity(view) == _identity(current),
        )
        for name, at, view in found.values()
    ]
    return sorted(versions, key=lambda one: (one.is_current, one.at), reverse=True)


def _view(stored: dict[str, Any], pair_id: int, reading: PatternReading) -> QuestionView:
    return QuestionView(
        text=stored["question"],
        option_a=stored["option_a"],
        option_b=stored["option_b"],
        answer_first=stored["answer_first"],
        answer_second=stored["answer_second"],
        pattern=reading.of(pair_id, stored["pattern"]),
        statement_first=stored.get("statement_first"),
        statement_second=stored.get("statement_second"),
    )


def _identity(view: QuestionView) -> tuple[Any, ...]:
    return (view.text, view.option_a, view.option_b, view.answer_first, view.pattern)


def _voices(session: Session, pair: CandidatePair, card: PairCard) -> list[BlindVoice]:
    annotation = current_annotation(session, pair)
    written = annotation is not None and annotation.question is not None
    counted = (
        {stored.id for stored, _ in counted_answers(session, pair, annotation)}
        if annotation is not None and written
        else set()
    )
    current = card.annotation.question if card.annotation else None
    digest = current and text_digest(current.text, current.option_a, current.option_b)
    key: dict[Side, Choice] = (
        {Side.first: current.answer_first, Side.second: current.answer_second} if current else {}
    )
    query = (
        select(Verification, Annotator.name)
        .join(Annotator)
        .where(Verification.pair_id == pair.id)
        .order_by(col(Verification.id))
    )
    return [
        _voice(stored, name, key if stored.text_digest == digest else {}, stored.id in counted)
        for stored, name in session.exec(query)
    ]


def _voice(
    stored: Verification, name: str, key: dict[Side, Choice], is_counted: bool
) -> BlindVoice:
    side, answer = blind(stored)
    options = {BlindAnswer.a: stored.option_a, BlindAnswer.b: stored.option_b}
    return BlindVoice(
        by=name,
        side=side,
        answer=answer,
        option=options.get(answer, ""),
        comment=stored.comment,
        seconds=stored.seconds,
        at=stored.at,
        digest=stored.text_digest,
        is_right=answer.value == key[side] if key else None,
        set_aside=bool(key) and not is_counted,
    )


def _opinions(session: Session, pair_id: int) -> list[Opinion]:
    query = (
        select(Annotation, Annotator.name)
        .join(Annotator)
        .where(Annotation.pair_id == pair_id)
        .order_by(col(Annotation.decided_at))
    )
    return [
        Opinion(name, Decision(one.decision), one.reason, one.decided_at)
        for one, name in session.exec(query)
    ]


def _rulings(events: Sequence[tuple[Event, str]]) -> list[PastRuling]:
    standing = standing_roots(event for event, _ in events)
    return [
        PastRuling(name, event.at, Ruling(event.data["ruling"]), event.data["reason"])
        for event, name in reversed(events)
        if event.kind == EventKind.adjudication and event.id in standing
    ]
