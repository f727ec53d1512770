"""All tables, with the hard rules as constraints; text enums so that both databases agree."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from db.lifecycle import Decision, PairState, RunKind
from db.roles import Role
from db.times import UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
# SQLite uses a partial index only where a query repeats its condition word for word.
IS_OPEN = "state IN ('unreviewed', 'skipped', 'partial')"
MINED_IS_WHOLE = (
    "kind <> 'mined' OR (blind_encoder_id IS NOT NULL AND reference_encoder_id IS NOT NULL"
    " AND blind_min IS NOT NULL AND reference_max IS NOT NULL)"
)
MEASURED_IS_WHOLE = (
    "(blind_encoder_id IS NULL) = (reference_encoder_id IS NULL)"
    " AND (blind_encoder_id IS NULL"
    " OR (blind_cosine IS NOT NULL AND reference_cosine IS NOT NULL))"
)


def one_of(column: str, values: list[str]) -> str:
    """A check that a column holds one of these texts."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def _index_of_open(name: str, *columns: str) -> Index:
    where = text(IS_OPEN)
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


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
    """A person who annotates; without a ``password_hash`` nobody can log in by this name.

    Raising ``session_epoch`` ends all of the person's sessions.
    """

    __tablename__ = "annotator"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
        CheckConstraint(one_of("role", list(Role)), name="role"),
    )

    id: int = Field(default=None, primary_key=True)
    name: str
    created_at: datetime = Field(sa_type=UtcTime)
    role: str = Field(
        default=Role.annotator.value, sa_column_kwargs={"server_default": "annotator"}
    )
    password_hash: str | None = None
    must_change_password: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    disabled_at: datetime | None = Field(default=None, sa_type=UtcTime)
    session_epoch: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class MiningRun(Table, table=True):
    """Pairs that came together; the newest run to be reviewed is the current one.

    A mined run has both encoders, thresholds and counts. Of the others nobody knows them.
    """

    __tablename__ = "mining_run"
    __table_args__ = (
        CheckConstraint("blind_min BETWEEN -1 AND 1", name="blind_min"),
        CheckConstraint("reference_max BETWEEN -1 AND 1", name="reference_max"),
        CheckConstraint(one_of("kind", list(RunKind)), name="kind"),
        CheckConstraint(MINED_IS_WHOLE, name="mined"),
    )

    id: int = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcTime)
    kind: str = RunKind.mined.value
    blind_encoder_id: int | None = Field(default=None, foreign_key="encoder.id")
    reference_encoder_id: int | None = Field(default=None, foreign_key="encoder.id")
    blind_min: float | None = None
    reference_max: float | None = None
    n_images: int
    n_compared: int = Field(sa_type=BigInteger)
    n_over_thresholds: int = Field(sa_type=BigInteger)
    n_pairs: int
    n_ordered: int | None = None  # pairs whose novelty rank was worked out; None: not yet
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class CandidatePair(Table, table=True):
    """Two images that the blind encoder confuses; rank and cosines are of the run named last.

    An imported pair has no encoders, and cosines only where they came with it. ``version`` grows
    by one with each decision, question and undo. ``decided_by`` is who set the state: their
    annotation is current. ``novelty_rank`` is ``rank`` at first. While ``adjudicated_by`` is set,
    votes do not move the state, and blind answers up to ``answers_after`` do not count.
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
        CheckConstraint(one_of("state", list(PairState)), name="state"),
        CheckConstraint("version >= 0", name="version"),
        CheckConstraint(MEASURED_IS_WHOLE, name="measured"),
        CheckConstraint("(state = 'unreviewed') = (decided_by IS NULL)", name="decided_by"),
        _index_of_open("ix_candidate_pair_queue", "run_id", "rank"),
        _index_of_open("ix_candidate_pair_novelty", "run_id", "novelty_rank"),
        _index_of_open("ix_candidate_pair_likely", "run_id", "likely_pattern", "rank"),
        Index(None, "run_id", "state"),
        Index(None, "state", "decided_by"),
        Index(None, "second_image_id"),
    )

    id: int = Field(default=None, primary_key=True)
    first_image_id: int = Field(foreign_key="image.id")
    second_image_id: int = Field(foreign_key="image.id")
    blind_encoder_id: int | None = Field(default=None, foreign_key="encoder.id")
    reference_encoder_id: int | None = Field(default=None, foreign_key="encoder.id")
    run_id: int = Field(foreign_key="mining_run.id")
    rank: int
    novelty_rank: int
    likely_pattern: str | None = None
    blind_cosine: float | None = None
    reference_cosine: float | None = None
    state: str = PairState.unreviewed.value
    version: int = 0
    decided_by: int | None = Field(default=None, foreign_key="annotator.id")
    adjudicated_by: int | None = Field(default=None, foreign_key="annotator.id")
    answers_after: int = 0


class Annotation(Table, table=True):
    """What one person decided and wrote about a pair; the question is there whole or not at all."""

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("pair_id", "annotator_id"),
        CheckConstraint(one_of("decision", list(Decision)), name="decision"),
        CheckConstraint(
            "decision <> 'reject' OR length(trim(coalesce(reason, ''))) > 0", name="reason"
        ),
        CheckConstraint(one_of("answer_first", ["a", "b"]), name="answer_first"),
        CheckConstraint(one_of("answer_second", ["a", "b"]), name="answer_second"),
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
        CheckConstraint(
            "(statement_first IS NULL AND statement_second IS NULL) OR (question IS NOT NULL AND "
            "length(trim(coalesce(statement_first, ''))) > 0"
            " AND length(trim(coalesce(statement_second, ''))) > 0)",
            name="statements_whole",
        ),
        Index(None, "annotator_id", "decision", "updated_at"),
        Index(None, "pattern"),
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
    statement_first: str | None = None  # by hand; None: as the question says
    statement_second: str | None = None


class Draft(Table, table=True):
    """A question that somebody is typing: private, unversioned, gone once it is saved."""

    __tablename__ = "draft"

    pair_id: int = Field(foreign_key="candidate_pair.id", primary_key=True)
    annotator_id: int = Field(foreign_key="annotator.id", primary_key=True)
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(sa_type=UtcTime)


class Event(Table, table=True):
    """One change, never altered afterwards (triggers refuse it); ``undoes`` names what it undid.

    A redo undoes an undo.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("undoes"),
        CheckConstraint("(kind IN ('undo', 'redo')) = (undoes IS NOT NULL)", name="undoes"),
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
