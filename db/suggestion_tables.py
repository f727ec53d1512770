"""The table of what was suggested to writers, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field

from db.tables import Table, one_of
from db.times import UtcTime


class SuggestionKind(StrEnum):
    """A whole question by a model that saw the images, or a visual pattern from the words."""

    question = "question"
    pattern = "pattern"


class Outcome(StrEnum):
    """What became of a suggestion: saved as it was, saved with changes, or not taken."""

    accepted = "accepted"
    edited = "edited"
    dismissed = "dismissed"


class Suggestion(Table, table=True):
    """One suggestion that somebody was shown; without an ``outcome`` it is still open.

    One that is taken over stays ``accepted`` or becomes ``edited`` when the question is saved.
    """

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint(one_of("kind", list(SuggestionKind)), name="kind"),
        CheckConstraint(one_of("outcome", list(Outcome)), name="outcome"),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
        Index(None, "pair_id", "annotator_id"),
    )

    id: int = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="candidate_pair.id")
    annotator_id: int = Field(foreign_key="annotator.id")
    kind: str
    source: str  # the model's name, or what read the words
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    shown_at: datetime = Field(sa_type=UtcTime)
    outcome: str | None = None
    saved: bool = False  # the question was saved since: the outcome does not change any more
    settled_at: datetime | None = Field(default=None, sa_type=UtcTime)
