"""All tables, with the hard rules as constraints; text enums so that both databases agree."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Index,
    MetaData,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel
from typing_extensions import override

from db.lifecycle import Decision, PairState

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite uses a partial index only where a query repeats its condition word for word.
IS_OPEN = "state IN ('unreviewed', 'skipped')"


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite stores it without the offset, which this puts back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, so that stored times compare as text."""
        return value.astimezone(UTC) if value else None

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(SQLModel):
    """Root of our tables: their own metadata with portable constraint names."""

    metadata = MetaData(naming_convention=NAMING)


class ImageRecord(Table, table=True):
    """An image = the SHA-256 of a file's bytes; it stays when its files vanish."""

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("length(perceptual_hash) = 16", name="perceptual_hash"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )

    id: int = Field(default=None, primary_key=True)
    sha256: str
    width: int
    height: int
    format: str
    size_bytes: int = Field(sa_type=BigInteger)
    perceptual_hash: str  # 16 hexadecimal digits: integers of SQLite are signed
    caption: str | None = None
    label: str | None = None
    group: str | None = None
    extra: dict[str, str] = Field(default_factory=dict, sa_type=JSON)  # the manifest's own columns


class ImagePath(Table, table=True):
    """A file that holds, or last held, an image; ``source`` is the folder or manifest it is of."""

    __tablename__ = "image_path"
    __table_args__ = (
        UniqueConstraint("path"),
        Index(None, "image_id", "present", "path"),
    )

    id: int = Field(default=None, primary_key=True)
    image_id: int = Field(foreign_key="image.id")
    path: str
    source: str
    size_bytes: int = Field(sa_type=BigInteger)
    mtime_ns: int = Field(sa_type=BigInteger)
    present: bool = True


class EncoderRecord(Table, table=True):
    """An encoder with fixed weights: other weights under the same name are another encoder."""

    __tablename__ = "encoder"
    __table_args__ = (UniqueConstraint("spec", "weights_digest"),)

    id: int = Field(default=None, primary_key=True)
    spec: str
    name: str
    dimension: int
    weights_digest: str


class Annotator(Table, table=True):
    """A person who annotates."""

    __tablename__ = "annotator"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
    )

    id: int = Field(default=None, primary_key=True)
    name: str
    created_at: datetime = Field(sa_type=UtcTime)


class MiningRun(Table, table=True):
    """One mining run with both encoders, thresholds and counts; the newest is the current one."""

    __tablename__ = "mining_run"
    __table_args__ = (
        CheckConstraint("blind_min BETWEEN -1 AND 1", name="blind_min"),
        CheckConstraint("reference_max BETWEEN -1 AND 1", name="reference_max"),
    )

    id: int = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcTime)
    blind_encoder_id: int = Field(foreign_key="encoder.id")
    reference_encoder_id: int = Field(foreign_key="encoder.id")
    blind_min: float
    reference_max: float
    n_images: int
    n_compared: int = Field(sa_type=BigInteger)
    n_over_thresholds: int = Field(sa_type=BigInteger)
    n_pairs: int
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class CandidatePair(Table, table=True):
    """Two images that the blind encoder confuses; rank and cosines are of the run named last.

    ``version`` grows by one with each decision, question and undo. ``decided_by`` is who set the
    state: their annotation is the current one.
    """

    __tablename__ = "candidate_pair"
    __table_args__ = (
        UniqueConstraint(
            "first_image_id",
            "second_image_id",
            "blind_encoder_id",
            "reference_encoder_id",
            name="uq_candidate_pair_images_encoders",
        ),
        CheckConstraint("first_image_id < second_image_id", name="image_order"),
        CheckConstraint(_one_of("state", list(PairState)), name="state"),
        CheckConstraint("version >= 0", name="version"),
        CheckConstraint("(state = 'unreviewed') = (decided_by IS NULL)", name="decided_by"),
        Index(
            "ix_candidate_pair_queue",
            "run_id",
            "rank",
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index(None, "run_id", "state"),
        Index(None, "state", "decided_by"),
        Index(None, "second_image_id"),
    )

    id: int = Field(default=None, primary_key=True)
    first_image_id: int = Field(foreign_key="image.id")
    second_image_id: int = Field(foreign_key="image.id")
    blind_encoder_id: int = Field(foreign_key="encoder.id")
    reference_encoder_id: int = Field(foreign_key="encoder.id")
    run_id: int = Field(foreign_key="mining_run.id")
    rank: int
    blind_cosine: float
    reference_cosine: float
    state: str = PairState.unreviewed.value
    version: int = 0
    decided_by: int | None = Field(default=None, foreign_key="annotator.id")


class Annotation(Table, table=True):
    """What one person decided and wrote about a pair; the question is there whole or not at all."""

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("pair_id", "annotator_id"),
        CheckConstraint(_one_of("decision", list(Decision)), name="decision"),
        CheckConstraint(
            "decision <> 'reject' OR length(trim(coalesce(reason, ''))) > 0", name="reason"
        ),
        CheckConstraint(_one_of("answer_first", ["a", "b"]), name="answer_first"),
        CheckConstraint(_one_of("answer_second", ["a", "b"]), name="answer_second"),
        CheckConstraint("answer_first <> answer_second", name="answers_differ"),
        CheckConstraint("option_a <> option_b", name="options_differ"),
        CheckConstraint(
            "(question IS NULL AND option_a IS NULL AND option_b IS NULL AND answer_first IS NULL"
            " AND answer_second IS NULL AND pattern IS NULL AND written_at IS NULL)"
            " OR (length(trim(coalesce(question, ''))) > 0"
            " AND length(trim(coalesce(option_a, ''))) > 0"
            " AND length(trim(coalesce(option_b, ''))) > 0"
            " AND length(trim(coalesce(pattern, ''))) > 0 AND answer_first IS NOT NULL"
            " AND answer_second IS NOT NULL AND written_at IS NOT NULL)",
            name="question_whole",
        ),
        Index(None, "annotator_id", "decision", "updated_at"),
    )

    id: int = Field(default=None, primary_key=True)
    pair_id: int = Field(foreign_key="candidate_pair.id")
    annotator_id: int = Field(foreign_key="annotator.id")
    decision: str
    reason: str | None = None
    question: str | None = None
    option_a: str | None = None
    option_b: str | None = None
    answer_first: str | None = None
    answer_second: str | None = None
    pattern: str | None = None
    note: str = ""
    decided_at: datetime = Field(sa_type=UtcTime)
    written_at: datetime | None = Field(default=None, sa_type=UtcTime)
    updated_at: datetime = Field(sa_type=UtcTime)


class Draft(Table, table=True):
    """A question that somebody is typing: private, unversioned, gone once it is saved."""

    __tablename__ = "draft"

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    annotator_id: int = Field(foreign_key="annotator.id", primary_key=True)
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=UtcTime)


class Event(Table, table=True):
    """One change, never altered afterwards (triggers refuse it); ``undoes`` names what it undid."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("undoes"),
        CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="undoes"),
        Index(None, "pair_id"),
        Index(None, "annotator_id"),
    )

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    annotator_id: int | None = Field(default=None, foreign_key="annotator.id")
    kind: str
    pair_id: int | None = Field(default=None, foreign_key="candidate_pair.id")
    undoes: int | None = Field(default=None, foreign_key="event.id")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


def now() -> datetime:
    """The time that rows are stamped with."""
    return datetime.now(UTC)
