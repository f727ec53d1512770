"""The tables of imported benchmarks: what came, word for word, beside what people make of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field

from db.tables import Table, one_of
from db.times import UtcTime


class KeptAs(StrEnum):
    """What imported pairs are at first: finished, finished but doubted, or pairs to review."""

    complete = "complete"
    to_verify = "to-verify"
    open = "open"


class ImportRecord(Table, table=True):
    """A benchmark or list of pairs that was imported, never altered.

    ``document`` is the benchmark without its pairs; ``digest`` stands for all of it but its name.
    ``folder`` is the one below the workspace's imported images, None where all were known before.
    """

    __tablename__ = "imported_benchmark"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("digest"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint(one_of("kept_as", list(KeptAs)), name="kept_as"),
    )

    id: int = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="mining_run.id")
    annotator_id: int = Field(foreign_key="annotator.id")
    name: str
    format: str
    source: str
    digest: str
    kept_as: str
    folder: str | None = None
    document: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcTime)


class ImportedPairRecord(Table, table=True):
    """A pair as it came: ``entry`` is its part of the document, ``number`` its pair_id there.

    ``is_flipped``: the imported first image is the second here. The rows are those of the original
    table, counted from 1.
    """

    __tablename__ = "imported_pair"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        CheckConstraint("first_row >= 1 AND second_row >= 1", name="rows"),
    )

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    import_id: int = Field(foreign_key="imported_benchmark.id")
    number: int = Field(sa_type=BigInteger)
    first_row: int = Field(sa_type=BigInteger)
    second_row: int = Field(sa_type=BigInteger)
    is_flipped: bool
    entry: dict[str, Any] = Field(sa_type=JSON)
