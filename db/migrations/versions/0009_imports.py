"""Imported benchmarks: pairs without encoders, and tables for what came word for word."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_OPEN = "state IN ('unreviewed', 'skipped', 'partial')"
_STATES = (
    "state IN ('unreviewed', 'partial', 'accepted', 'complete', 'rejected', 'skipped', 'disputed',"
    " 'final', 'contested')"
)
_KINDS = "kind IN ('mined', 'pairs', 'written', 'benchmark')"
_MINED = (
    "kind <> 'mined' OR (blind_encoder_id IS NOT NULL AND reference_encoder_id IS NOT NULL"
    " AND blind_min IS NOT NULL AND reference_max IS NOT NULL)"
)
_MEASURED = (
    "(blind_encoder_id IS NULL) = (reference_encoder_id IS NULL)"
    " AND (blind_encoder_id IS NULL"
    " OR (blind_cosine IS NOT NULL AND reference_cosine IS NOT NULL))"
)
_RUN, _PAIR = "mining_run", "candidate_pair"
_RUN_COLUMNS = (
    "id, created_at, blind_encoder_id, reference_encoder_id, blind_min, reference_max, n_images,"
    " n_compared, n_over_thresholds, n_pairs, n_ordered, options"
)
_PAIR_COLUMNS = (
    "id, first_image_id, second_image_id, blind_encoder_id, reference_encoder_id, run_id, rank,"
    " novelty_rank, likely_pattern, blind_cosine, reference_cosine, state, version, decided_by,"
    " adjudicated_by, answers_after"
)


def upgrade() -> None:
    """SQLite cannot let a column be empty afterwards, so there two tables are built anew."""
    if op.get_context().dialect.name == "sqlite":
        _run_table(f"{_RUN}_new")
        _replace(_RUN, f"{_RUN_COLUMNS}, kind", f"{_RUN_COLUMNS}, 'mined'")
        _pair_table(f"{_PAIR}_new")
        _replace(_PAIR, _PAIR_COLUMNS, _PAIR_COLUMNS)
        _pair_indices()
    else:
        _alter_postgresql()
    _imports()


def _replace(table: str, into: str, of: str) -> None:
    op.execute(f"INSERT INTO {table}_new ({into}) SELECT {of} FROM {table}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _run_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=True),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=True),
        sa.Column("blind_min", sa.Float(), nullable=True),
        sa.Column("reference_max", sa.Float(), nullable=True),
        sa.Column("n_images", sa.Integer(), nullable=False),
        sa.Column("n_compared", sa.BigInteger(), nullable=False),
        sa.Column("n_over_thresholds", sa.BigInteger(), nullable=False),
        sa.Column("n_pairs", sa.Integer(), nullable=False),
        sa.Column("n_ordered", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.CheckConstraint("blind_min BETWEEN -1 AND 1", name="ck_mining_run_blind_min"),
        sa.CheckConstraint("reference_max BETWEEN -1 AND 1", name="ck_mining_run_reference_max"),
        sa.CheckConstraint(_KINDS, name="ck_mining_run_kind"),
        sa.CheckConstraint(_MINED, name="ck_mining_run_mined"),
        _refers(_RUN, "blind_encoder_id", "encoder"),
        _refers(_RUN, "reference_encoder_id", "encoder"),
        sa.PrimaryKeyConstraint("id", name="pk_mining_run"),
    )


def _pair_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_image_id", sa.Integer(), nullable=False),
        sa.Column("second_image_id", sa.Integer(), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=True),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("novelty_rank", sa.Integer(), nullable=False),
        sa.Column("likely_pattern", sa.String(), nullable=True),
        sa.Column("blind_cosine", sa.Float(), nullable=True),
        sa.Column("reference_cosine", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("adjudicated_by", sa.Integer(), nullable=True),
        sa.Column("answers_after", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'unreviewed') = (decided_by IS NULL)", name="ck_candidate_pair_decided_by"
        ),
        sa.CheckConstraint(_MEASURED, name="ck_candidate_pair_measured"),
        sa.CheckConstraint(_STATES, name="ck_candidate_pair_state"),
        sa.CheckConstraint(
            "first_image_id < second_image_id", name="ck_candidate_pair_image_order"
        ),
        sa.CheckConstraint("version >= 0", name="ck_candidate_pair_version"),
        _refers(_PAIR, "adjudicated_by", "annotator"),
        _refers(_PAIR, "blind_encoder_id", "encoder"),
        _refers(_PAIR, "decided_by", "annotator"),
        _refers(_PAIR, "first_image_id", "image"),
        _refers(_PAIR, "reference_encoder_id", "encoder"),
        _refers(_PAIR, "run_id", "mining_run"),
        _refers(_PAIR, "second_image_id", "image"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate_pair"),
        sa.UniqueConstraint(
            "first_image_id",
            "second_image_id",
            "blind_encoder_id",
            "reference_encoder_id",
            name="uq_candidate_pair_images_encoders",
        ),
    )


def _pair_indices() -> None:
    """As they were: they went with the old table."""
    where = sa.text(_OPEN)
    for name, columns in (
        ("queue", ["run_id", "rank"]),
        ("novelty", ["run_id", "novelty_rank"]),
        ("likely", ["run_id", "likely_pattern", "rank"]),
    ):
        op.create_index(
            f"ix_candidate_pair_{name}",
            _PAIR,
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index("ix_candidate_pair_run_id_state", _PAIR, ["run_id", "state"])
    op.create_index("ix_candidate_pair_second_image_id", _PAIR, ["second_image_id"])
    op.create_index("ix_candidate_pair_state_decided_by", _PAIR, ["state", "decided_by"])


def _alter_postgresql() -> None:
    op.add_column(_RUN, sa.Column("kind", sa.String(), nullable=True))
    op.execute(f"UPDATE {_RUN} SET kind = 'mined'")
    op.alter_column(_RUN, "kind", nullable=False)
    for column in ("blind_encoder_id", "reference_encoder_id", "blind_min", "reference_max"):
        op.alter_column(_RUN, column, nullable=True)
    for column in ("blind_encoder_id", "reference_encoder_id", "blind_cosine", "reference_cosine"):
        op.alter_column(_PAIR, column, nullable=True)
    op.create_check_constraint("ck_mining_run_kind", _RUN, _KINDS)
    op.create_check_constraint("ck_mining_run_mined", _RUN, _MINED)
    op.create_check_constraint("ck_candidate_pair_measured", _PAIR, _MEASURED)


def _imports() -> None:
    table, pair = "imported_benchmark", "imported_pair"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kept_as", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(name)) > 0", name="ck_imported_benchmark_name"),
        sa.CheckConstraint("length(digest) = 64", name="ck_imported_benchmark_digest"),
        sa.CheckConstraint(
            "kept_as IN ('complete', 'to-verify', 'open')", name="ck_imported_benchmark_kept_as"
        ),
        _refers(table, "run_id", "mining_run"),
        _refers(table, "annotator_id", "annotator"),
        sa.PrimaryKeyConstraint("id", name="pk_imported_benchmark"),
        sa.UniqueConstraint("name", name="uq_imported_benchmark_name"),
        sa.UniqueConstraint("digest", name="uq_imported_benchmark_digest"),
    )
    op.create_table(
        pair,
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("second_row", sa.BigInteger(), nullable=False),
        sa.Column("is_flipped", sa.Boolean(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.CheckConstraint("first_row >= 1 AND second_row >= 1", name="ck_imported_pair_rows"),
        _refers(pair, "pair_id", "candidate_pair"),
        _refers(pair, "import_id", "imported_benchmark"),
        sa.PrimaryKeyConstraint("pair_id", name="pk_imported_pair"),
        sa.UniqueConstraint("import_id", "number", name="uq_imported_pair_import_id_number"),
    )
