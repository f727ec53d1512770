"""The table of a workspace's own visual patterns, and how a question's pattern is read."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ColumnElement, func, select
from sqlmodel import Field, Session, col

from db.tables import Annotation, Table
from db.times import UtcTime


class PatternRecord(Table, table=True):
    """A visual pattern of this workspace; without any row the set that ships holds.

    ``counts_as`` is the slug that questions with this pattern are read with: its own, or that at
    the end of the chain of ``merged_into``.
    """

    __tablename__ = "visual_pattern"
    __table_args__ = (
        CheckConstraint("length(trim(slug)) > 0", name="slug"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
        CheckConstraint("merged_into IS NULL OR merged_into <> slug", name="merged_into"),
        CheckConstraint("merged_into IS NULL OR retired_at IS NULL", name="one_end"),
    )

    slug: str = Field(primary_key=True)
    position: int
    name: str
    folder: str
    definition: str
    example: dict[str, str] = Field(default_factory=dict, sa_type=JSON)  # empty: none
    merged_into: str | None = Field(default=None, foreign_key="visual_pattern.slug")
    counts_as: str = Field(index=True)
    retired_at: datetime | None = Field(default=None, sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)


def read_pattern() -> ColumnElement[str | None]:
    """The pattern of an ``Annotation`` in a query: what was said, read through the merges."""
    successor = (
        select(col(PatternRecord.counts_as))
        .where(col(PatternRecord.slug) == col(Annotation.pattern))
        .correlate(Annotation)
        .scalar_subquery()
    )
    read: ColumnElement[str | None] = func.coalesce(successor, col(Annotation.pattern))
    return read


def read_successors(session: Session) -> dict[str, str]:
    """What each stored pattern counts as, by slug; a slug that is not in it counts as itself."""
    query = select(col(PatternRecord.slug), col(PatternRecord.counts_as))
    return {slug: counts_as for slug, counts_as in session.connection().execute(query)}


def read_retired(session: Session) -> set[str]:
    """The slugs of the patterns that questions may have but nobody can choose."""
    query = select(col(PatternRecord.slug)).where(col(PatternRecord.retired_at).is_not(None))
    return set(session.connection().execute(query).scalars())
