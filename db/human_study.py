"""Blind answers judged by the keys as they are now: what human accuracy is counted from."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from db.cards import IS_CURRENT
from db.database import Database
from db.lifecycle import BlindAnswer, PairState, Side
from db.pattern_tables import PatternReading, pattern_reading
from db.tables import Annotation, Annotator, CandidatePair
from db.verdicts import WRITTEN, blind, key_of
from db.verification_tables import Verification


@dataclass(frozen=True)
class JudgedAnswer:
    """A blind answer to a question as it stands now, judged by its key; for human accuracy."""

    pair_id: int
    side: Side
    by: str
    pattern: str
    state: PairState
    question: str
    answer: BlindAnswer
    is_right: bool
    seconds: float
    at: datetime


def judged_answers(database: Database) -> list[JudgedAnswer]:
    """All blind answers to the words that questions have now, those set aside included.

    Oldest first. Whoever chose another option than the key counts as wrong although a ruling kept
    the key: that is what human accuracy measures.
    """
    query = (
        select(Verification, Annotator.name, CandidatePair, Annotation)
        .join(Annotator, col(Annotator.id) == col(Verification.annotator_id))
        .join(CandidatePair, col(CandidatePair.id) == col(Verification.pair_id))
        .join(Annotation, IS_CURRENT)
        .where(col(CandidatePair.state).in_(WRITTEN))
        .where(col(Verification.question) == col(Annotation.question))
        .where(col(Verification.option_a) == col(Annotation.option_a))
        .where(col(Verification.option_b) == col(Annotation.option_b))
        .order_by(col(Verification.id))
    )
    with database.read() as session:
        reading = pattern_reading(session)
        return [
            _judged(stored, name, pair, annotation, reading)
            for stored, name, pair, annotation in session.exec(query)
        ]


def _judged(
    stored: Verification,
    name: str,
    pair: CandidatePair,
    annotation: Annotation,
    reading: PatternReading,
) -> JudgedAnswer:
    side, answer = blind(stored)
    return JudgedAnswer(
        pair_id=pair.id,
        side=side,
        by=name,
        pattern=reading.of(pair.id, annotation.pattern or ""),
        state=PairState(pair.state),
        question=stored.question,
        answer=answer,
        is_right=answer.value == key_of(annotation)[side],
        seconds=stored.seconds,
        at=stored.at,
    )
