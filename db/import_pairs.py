"""Imported pairs as rows: in our order of images, with the numbers they came with where free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from db.errors import DatabaseError
from db.import_tables import ImportedPairRecord, ImportRecord, KeptAs
from db.lifecycle import Decision, PairState
from db.tables import Annotation, CandidatePair
from db.times import now
from db.views import QuestionView

# Above this a pair gets a number of this database's own.
_HIGHEST_KEPT = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class NewPairOf:
    """A pair as it came: its first image first, whatever the order will be here.

    ``first`` and ``second`` are the SHA-256 of files that the workspace has or gets; ``rows`` those
    of the original table. Without a question it is a pair to review.
    """

    number: int
    first: str
    second: str
    rows: tuple[int, int]
    entry: Mapping[str, Any]
    question: QuestionView | None
    blind_cosine: float | None = None
    reference_cosine: float | None = None
    note: str = ""
    keeps_number: bool = True


def store_pairs(
    session: Session, of: ImportRecord, pairs: Sequence[NewPairOf], images: Mapping[str, int]
) -> None:
    """Add the pairs of an import, what came with each, and their questions by its author.

    Args:
        images: the ids of images by SHA-256.

    Raises:
        DatabaseError: the two images of a pair are the same.
    """
    author_id = of.annotator_id
    taken = _taken(session, [pair.number for pair in pairs])
    at = now()
    rows: list[tuple[NewPairOf, CandidatePair, bool]] = []
    for rank, pair in enumerate(pairs, start=1):
        first, second = images[pair.first], images[pair.second]
        if first == second:
            raise DatabaseError(
                f"The two images of pair {pair.number} are the same.",
                where=f"rows {pair.rows[0]} and {pair.rows[1]}",
            )
        row = _row(of, pair, rank, sorted((first, second)))
        is_free = 1 <= pair.number < _HIGHEST_KEPT and pair.number not in taken
        if pair.keeps_number and is_free:
            row.id = pair.number
        rows.append((pair, row, first > second))
    # those that keep their number first: the others count on from there
    session.add_all(row for _, row, _ in rows if row.id is not None)
    session.flush()
    _continue_counting(session)
    session.add_all(row for _, row, _ in rows)
    session.flush()
    for pair, row, is_flipped in rows:
        session.add(
            ImportedPairRecord(
                pair_id=row.id,
                import_id=of.id,
                number=pair.number,
                first_row=pair.rows[0],
                second_row=pair.rows[1],
                is_flipped=is_flipped,
                entry=dict(pair.entry),
            )
        )
        if pair.question is not None and row.decided_by is not None:
            session.add(_annotation(row.id, author_id, pair, pair.question, at, is_flipped))
    session.flush()


def _row(of: ImportRecord, pair: NewPairOf, rank: int, image_ids: list[int]) -> CandidatePair:
    is_done = pair.question is not None and of.kept_as != KeptAs.open
    author_id = of.annotator_id if is_done else None
    return CandidatePair(
        first_image_id=image_ids[0],
        second_image_id=image_ids[1],
        run_id=of.run_id,
        rank=rank,
        novelty_rank=rank,
        blind_cosine=pair.blind_cosine,
        reference_cosine=pair.reference_cosine,
        state=(PairState.complete if is_done else PairState.unreviewed).value,
        decided_by=author_id,
        # however many annotations a pair gets here, what came stands until a person changes it
        adjudicated_by=author_id,
    )


def _annotation(
    pair_id: int,
    author_id: int,
    pair: NewPairOf,
    question: QuestionView,
    at: datetime,
    is_flipped: bool,
) -> Annotation:
    answers = [question.answer_first, question.answer_second]
    statements = [question.statement_first, question.statement_second]
    first, second = reversed(answers) if is_flipped else answers
    of_first, of_second = reversed(statements) if is_flipped else statements
    return Annotation(
        pair_id=pair_id,
        annotator_id=author_id,
        decision=Decision.accept.value,
        question=question.text,
        option_a=question.option_a,
        option_b=question.option_b,
        answer_first=first,
        answer_second=second,
        pattern=question.pattern,
        statement_first=of_first,
        statement_second=of_second,
        note=pair.note,
        decided_at=at,
        written_at=at,
        updated_at=at,
    )


def _taken(session: Session, numbers: Sequence[int]) -> set[int]:
    wanted = [number for number in numbers if 1 <= number < _HIGHEST_KEPT]
    found: set[int] = set()
    for at in range(0, len(wanted), 500):
        part = wanted[at : at + 500]
        found |= set(session.exec(select(CandidatePair.id).where(col(CandidatePair.id).in_(part))))
    return found


def _continue_counting(session: Session) -> None:
    """On PostgreSQL the sequence does not know of numbers that were given; SQLite looks."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_SET_SEQUENCE)


_SET_SEQUENCE = text(
    "SELECT setval(name, greatest(nextval(name), (SELECT max(id) FROM candidate_pair)))"
    " FROM (SELECT pg_get_serial_sequence('candidate_pair', 'id')::regclass AS name) AS sequence"
)
