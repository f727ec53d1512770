"""The tables of the guidelines: every version of their text, and pairs shown as examples."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from db.tables import Table
from db.times import UtcTime


class GuidelinesRecord(Table, table=True):
    """One version of the guidelines, never altered; without any row the text that ships holds."""

    __tablename__ = "guidelines"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    version: int = Field(primary_key=True)
    text: str
    restores: int | None = None  # the version whose text it brought back; 0 is the one that ships
    annotator_id: int | None = Field(default=None, foreign_key="annotator.id")
    at: datetime = Field(sa_type=UtcTime)


class ExampleRecord(Table, table=True):
    """A pair with a question that shows how to do it, or how not to."""

    __tablename__ = "guideline_example"
    __table_args__ = (CheckConstraint("length(trim(why)) > 0", name="why"),)

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    is_good: bool
    why: str
    annotator_id: int = Field(foreign_key="annotator.id")
    at: datetime = Field(sa_type=UtcTime)
