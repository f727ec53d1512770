"""The guidelines' text in all its versions, and the pairs that stand as examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.cards import find_card
from db.database import Database
from db.errors import DatabaseError
from db.guideline_tables import ExampleRecord, GuidelinesRecord
from db.history import EventKind, add_event
from db.tables import Annotator
from db.times import now
from db.views import PairCard

LONGEST_TEXT = 100_000
LONGEST_WHY = 300
MOST_EXAMPLES = 40


class GuidelinesError(DatabaseError):
    """This text, version or example cannot be kept."""


class StaleGuidelines(GuidelinesError):
    """Somebody saved another version since this one was opened; ``current`` is its number."""

    def __init__(self, current: int, by: str | None) -> None:
        self.current = current
        super().__init__(
            f"{by or 'Somebody'} saved version {current} in the meantime.",
            hint="Your text was not saved; compare it with that version and save again.",
        )


@dataclass(frozen=True)
class GuidelinesVersion:
    """One version of the text; ``by`` is None where it was set from the command line."""

    version: int
    text: str
    by: str | None
    at: datetime
    restores: int | None


@dataclass(frozen=True)
class Example:
    """A pair that shows how to do it, or how not to, and why."""

    card: PairCard
    is_good: bool
    why: str
    by: str


def list_versions(database: Database) -> list[GuidelinesVersion]:
    """All saved versions, newest first; none as long as the text that ships holds."""
    with database.read() as session:
        query = (
            select(GuidelinesRecord, Annotator.name)
            .join(Annotator, isouter=True)
            .order_by(col(GuidelinesRecord.version).desc())
        )
        return [
            GuidelinesVersion(one.version, one.text, name, one.at, one.restores)
            for one, name in session.exec(query)
        ]


def save_guidelines(
    database: Database,
    text: str,
    *,
    expected: int,
    annotator_id: int | None = None,
    restores: int | None = None,
) -> int:
    """Keep a text as the next version; its number.

    Args:
        expected: the version that was opened for editing, 0 for the text that ships.
        restores: the older version whose text it is.

    Raises:
        StaleGuidelines: if another version was saved since; nothing is written.
        GuidelinesError: if the text is empty or too long.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip() + "\n"
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise GuidelinesError(f"The guidelines have 1 to {LONGEST_TEXT:,} characters.")
    with database.write() as session:
        current = session.exec(select(func.max(GuidelinesRecord.version))).one() or 0
        if current != expected:
            raise StaleGuidelines(current, _author(session, current))
        record = GuidelinesRecord(
            version=current + 1, text=text, restores=restores, annotator_id=annotator_id, at=now()
        )
        session.add(record)
        data = {"version": current + 1, "restores": restores, "n_characters": len(text)}
        add_event(session, EventKind.guidelines, data, annotator_id=annotator_id)
        session.flush()
        return current + 1


def _author(session: Session, version: int) -> str | None:
    record = session.get(GuidelinesRecord, version)
    person = record and record.annotator_id and session.get(Annotator, record.annotator_id)
    return person.name if person else None


def list_examples(database: Database) -> Sequence[Example]:
    """The examples whose pairs still have a question, good ones first, oldest first."""
    query = (
        select(ExampleRecord, Annotator.name)
        .join(Annotator)
        .order_by(col(ExampleRecord.is_good).desc(), col(ExampleRecord.at))
    )
    with database.read() as session:
        found = []
        for record, name in session.exec(query).all():
            card = find_card(session, record.pair_id)
            if card is not None and card.annotation is not None and card.annotation.question:
                found.append(Example(card, record.is_good, record.why, name))
        return found


def set_example(
    database: Database, pair_id: int, *, is_good: bool, why: str, annotator_id: int
) -> None:
    """Show a pair as a good or a bad example; another word about the same pair replaces it.

    Raises:
        GuidelinesError: if the pair has no question, no reason is given, or there are too many.
    """
    why = " ".join(why.split())
    if not why or len(why) > LONGEST_WHY:
        raise GuidelinesError(f"Say in 1 to {LONGEST_WHY} characters what the example shows.")
    with database.write() as session:
        card = find_card(session, pair_id)
        if card is None or card.annotation is None or card.annotation.question is None:
            raise GuidelinesError(f"Pair {pair_id} has no question to show.")
        before = session.get(ExampleRecord, pair_id)
        n_examples = session.exec(select(func.count(col(ExampleRecord.pair_id)))).one()
        if before is None and n_examples >= MOST_EXAMPLES:
            raise GuidelinesError(
                f"There are {MOST_EXAMPLES} examples already.", hint="Take one away first."
            )
        record = ExampleRecord(
            pair_id=pair_id, is_good=is_good, why=why, annotator_id=annotator_id, at=now()
        )
        session.merge(record)
        data = {"pair_id": pair_id, "example": {"is_good": is_good, "why": why}}
        add_event(session, EventKind.example, data, annotator_id=annotator_id)
        session.flush()


def drop_example(database: Database, pair_id: int, *, annotator_id: int) -> None:
    """Show a pair no more.

    Raises:
        GuidelinesError: if it is no example.
    """
    with database.write() as session:
        record = session.get(ExampleRecord, pair_id)
        if record is None:
            raise GuidelinesError(f"Pair {pair_id} is no example.")
        session.delete(record)
        data: dict[str, Any] = {"pair_id": pair_id, "example": None}
        add_event(session, EventKind.example, data, annotator_id=annotator_id)
        session.flush()
