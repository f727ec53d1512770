"""The tables of the queue that many share: selections, leases and the policy."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from db.tables import Table, one_of
from db.times import UtcTime


class QueueOrder(StrEnum):
    """What comes first: the widest gap, what differs most from the rest, or scarce patterns."""

    gap = "gap"
    novelty = "novelty"
    short = "short"


class Selection(Table, table=True):
    """Pairs, and perhaps images, that somebody picked out and named."""

    __tablename__ = "selection"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
    )

    id: int = Field(default=None, primary_key=True)
    name: str
    created_by: int = Field(foreign_key="annotator.id")
    created_at: datetime = Field(sa_type=UtcTime)


class SelectionPair(Table, table=True):
    """One pair of a selection."""

    __tablename__ = "selection_pair"
    __table_args__ = (Index(None, "pair_id"),)

    selection_id: int = Field(foreign_key="selection.id", primary_key=True)
    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)


class SelectionImage(Table, table=True):
    """One image that was picked for a selection, whether or not a pair has it."""

    __tablename__ = "selection_image"
    __table_args__ = (Index(None, "image_id"),)

    selection_id: int = Field(foreign_key="selection.id", primary_key=True)
    image_id: int = Field(foreign_key="image.id", primary_key=True)


class QueueFilter(Table, table=True):
    """What one person's queue is restricted to; without a row it is not."""

    __tablename__ = "queue_filter"
    __table_args__ = (Index(None, "selection_id"),)

    annotator_id: int = Field(foreign_key="annotator.id", primary_key=True)
    selection_id: int = Field(foreign_key="selection.id")


class Lease(Table, table=True):
    """A pair that one person has for a few minutes; without a ``slot`` only their browser has it.

    The slots of a pair count from 0, and no two people have one.
    ``token`` is of the page that shows the pair: one that closes late frees nothing else.
    """

    __tablename__ = "lease"
    __table_args__ = (
        UniqueConstraint("pair_id", "slot"),
        CheckConstraint("slot >= 0", name="slot"),
        Index(None, "annotator_id"),
        Index(None, "expires_at"),
    )

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    annotator_id: int = Field(foreign_key="annotator.id", primary_key=True)
    slot: int | None = None
    token: str
    expires_at: datetime = Field(sa_type=UtcTime)


class QueuePolicy(Table, table=True):
    """How the whole workspace is worked through; one row, or none for the defaults."""

    __tablename__ = "queue_policy"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("overlap >= 1", name="overlap"),
        CheckConstraint(one_of("ordering", list(QueueOrder)), name="ordering"),
        CheckConstraint("quota >= 0", name="quota"),
    )

    id: int = Field(default=1, primary_key=True)
    overlap: int = 1
    ordering: str = QueueOrder.gap.value
    quota: int | None = None  # complete pairs wanted of each pattern
    quotas: dict[str, int] = Field(default_factory=dict, sa_type=JSON)  # of single patterns
    updated_at: datetime = Field(sa_type=UtcTime)
