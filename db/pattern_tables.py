"""The tables of a workspace's own patterns and of tags, and how a question's pattern is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, and_, func, select
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


class PatternTag(Table, table=True):
    """That a pair's question is read with another pattern than its author said.

    Holds as long as the question says ``said``: who writes another pattern later is believed.
    ``found_by`` is who or what proposed it, ``confidence`` how sure that was, from 0 to 1.
    """

    __tablename__ = "pattern_tag"
    __table_args__ = (
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        CheckConstraint("length(trim(slug)) > 0", name="slug"),
        CheckConstraint("length(trim(said)) > 0", name="said"),
        Index(None, "slug"),
    )

    pair_id: int = Field(primary_key=True, foreign_key="candidate_pair.id")
    said: str
    slug: str
    confidence: float
    found_by: str
    annotator_id: int | None = Field(default=None, foreign_key="annotator.id")
    tagged_at: datetime = Field(sa_type=UtcTime)


HOLDS = and_(
    col(PatternTag.pair_id) == col(Annotation.pair_id),
    col(PatternTag.said) == col(Annotation.pattern),
)


def read_pattern() -> ColumnElement[str | None]:
    """The pattern of an ``Annotation`` in a query: its tag or what was said, through the merges."""
    tag = select(col(PatternTag.slug)).where(HOLDS).correlate(Annotation).scalar_subquery()
    meant = func.coalesce(tag, col(Annotation.pattern))
    successor = (
        select(col(PatternRecord.counts_as))
        .where(col(PatternRecord.slug) == meant)
        .correlate(Annotation)
        .scalar_subquery()
    )
    read: ColumnElement[str | None] = func.coalesce(successor, meant)
    return read


@dataclass(frozen=True)
class PatternReading:
    """The same for patterns that are at hand: tags by pair as (said, slug), merges by slug."""

    tags: Mapping[int, tuple[str, str]]
    successors: Mapping[str, str]

    def of(self, pair_id: int, said: str) -> str:
        """What a pattern that somebody said about a pair is read as."""
        tagged, slug = self.tags.get(pair_id, ("", ""))
        meant = slug if tagged == said else said
        return self.successors.get(meant, meant)


def pattern_reading(session: Session, *, pair_id: int | None = None) -> PatternReading:
    """How patterns are read now, of one pair or of all."""
    query = select(col(PatternTag.pair_id), col(PatternTag.said), col(PatternTag.slug))
    if pair_id is not None:
        query = query.where(col(PatternTag.pair_id) == pair_id)
    rows = session.connection().execute(query)
    return PatternReading(
        {pair: (said, slug) for pair, said, slug in rows}, read_successors(session)
    )


def read_successors(session: Session) -> dict[str, str]:
    """What each stored pattern counts as, by slug; a slug that is not in it counts as itself."""
    query = select(col(PatternRecord.slug), col(PatternRecord.counts_as))
    return {slug: counts_as for slug, counts_as in session.connection().execute(query)}


def read_retired(session: Session) -> set[str]:
    """The slugs of the patterns that questions may have but nobody can choose."""
    query = select(col(PatternRecord.slug)).where(col(PatternRecord.retired_at).is_not(None))
    return set(session.connection().execute(query).scalars())
