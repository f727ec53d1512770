"""The tables of errata: problems that people report with questions, and what came of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from db.lifecycle import Side
from db.tables import Table, one_of
from db.times import UtcTime


class ProblemKind(StrEnum):
    """What is wrong with a question, in the eyes of whoever reports it."""

    wrong_key = "wrong_key"
    ambiguous = "ambiguous"
    both_right = "both_right"
    image = "image"
    wording = "wording"
    other = "other"


class Outcome(StrEnum):
    """What came of a report."""

    fixed = "fixed"
    no_fault = "no_fault"


class ProblemRecord(Table, table=True):
    """A report, never altered; ``question`` is what stood when it was made, with its key.

    ``side`` is the one image that a blind verifier saw.
    """

    __tablename__ = "problem"
    __table_args__ = (
        CheckConstraint(one_of("kind", list(ProblemKind)), name="kind"),
        CheckConstraint("length(trim(words)) > 0", name="words"),
        CheckConstraint(one_of("side", list(Side)), name="side"),
    )

    id: int = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="candidate_pair.id", index=True)
    annotator_id: int = Field(foreign_key="annotator.id")
    kind: str
    words: str
    seen_on: str  # the page
    side: str | None = None
    question: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcTime)


class ResolutionRecord(Table, table=True):
    """What a reviewer made of a report, never altered; it falls if its ``event`` is undone."""

    __tablename__ = "problem_resolution"
    __table_args__ = (
        CheckConstraint(one_of("outcome", list(Outcome)), name="outcome"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
    )

    id: int = Field(default=None, primary_key=True)
    problem_id: int = Field(foreign_key="problem.id", index=True)
    annotator_id: int = Field(foreign_key="annotator.id")
    outcome: str
    reason: str
    event_id: int = Field(foreign_key="event.id")
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    after: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcTime)
