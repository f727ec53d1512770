"""The table of the dataset card."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from db.tables import Table
from db.times import UtcTime


class CardFieldsRecord(Table, table=True):
    """One row, or none while nobody said anything; a field that is not there is empty."""

    __tablename__ = "card_fields"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: int = Field(default=1, primary_key=True)
    version: int = 1
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=UtcTime)
