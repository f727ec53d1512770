"""The tables of blind verification: answers, who is being asked what, and the policy."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from db.lifecycle import BlindAnswer, Side
from db.tables import Table, one_of
from db.times import UtcTime


class Verification(Table, table=True):
    """One blind answer about one image, with the words it was asked in.

    It counts while the pair's question still has these words. ``shown_first`` is the option that
    stood first on the page; ``answer`` names the option, whatever its place was. One that is taken
    back is deleted and stays in the history.
    """

    __tablename__ = "verification"
    __table_args__ = (
        UniqueConstraint(
            "annotator_id", "pair_id", "side", "text_digest", name="uq_verification_asked_once"
        ),
        CheckConstraint(one_of("side", list(Side)), name="side"),
        CheckConstraint(one_of("answer", list(BlindAnswer)), name="answer"),
        CheckConstraint(one_of("shown_first", ["a", "b"]), name="shown_first"),
        CheckConstraint("seconds >= 0", name="seconds"),
        Index(None, "pair_id"),
    )

    id: int = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="candidate_pair.id")
    side: str
    annotator_id: int = Field(foreign_key="annotator.id")
    text_digest: str
    question: str
    option_a: str
    option_b: str
    shown_first: str
    answer: str
    comment: str = ""
    seconds: float  # that the page was in front and in use
    at: datetime = Field(sa_type=UtcTime)


class VerificationLease(Table, table=True):
    """A question that one person is being asked, or is asked next (``is_ahead``)."""

    __tablename__ = "verification_lease"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("annotator_id", "is_ahead"),
        CheckConstraint(one_of("side", list(Side)), name="side"),
        Index(None, "expires_at"),
    )

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    side: str = Field(primary_key=True)
    annotator_id: int = Field(foreign_key="annotator.id", primary_key=True)
    text_digest: str
    is_ahead: bool
    token: str
    expires_at: datetime = Field(sa_type=UtcTime)


class VerificationSettings(Table, table=True):
    """How complete pairs are verified; one row, or none for the defaults."""

    __tablename__ = "verification_policy"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("agreements BETWEEN 1 AND answers", name="agreements"),
    )

    id: int = Field(default=1, primary_key=True)
    enabled: bool
    answers: int
    agreements: int
    updated_at: datetime = Field(sa_type=UtcTime)
