"""What writers have to know of the finished questions of a workspace."""

from sqlmodel import col, select

from db.database import Database
from db.lifecycle import WRITTEN_STATES
from db.tables import Annotation, CandidatePair
from db.times import now
from db.verification_tables import VerificationLease


def finished_questions(
    database: Database, *, without: int | None = None
) -> list[tuple[int, str, str, str]]:
    """Pair, question and both options of every pair whose question stands, by pair.

    Args:
        without: a pair that is left out.
    """
    query = (
        select(
            CandidatePair.id,
            Annotation.question,
            Annotation.option_a,
            Annotation.option_b,
        )
        .join(Annotation, col(Annotation.pair_id) == CandidatePair.id)
        .where(
            col(CandidatePair.state).in_([state.value for state in WRITTEN_STATES]),
            Annotation.annotator_id == CandidatePair.decided_by,
            col(Annotation.question).is_not(None),
            CandidatePair.id != (-1 if without is None else without),
        )
        .order_by(col(CandidatePair.id))
    )
    with database.read() as session:
        return [(row[0], row[1], row[2], row[3]) for row in session.connection().execute(query)]


def is_being_asked(database: Database, pair_id: int, *, annotator_id: int) -> bool:
    """Whether this person has this pair's question before them in blind verification."""
    query = (
        select(VerificationLease.pair_id)
        .where(
            VerificationLease.pair_id == pair_id,
            VerificationLease.annotator_id == annotator_id,
            col(VerificationLease.expires_at) > now(),
        )
        .limit(1)
    )
    with database.read() as session:
        return session.exec(query).first() is not None
