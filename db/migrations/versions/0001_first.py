"""The first tables, and triggers that keep the history append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    """Create everything."""
    _people()
    _images()
    _runs()
    _pairs()
    _pair_indices()
    _annotations()
    _events()
    if op.get_context().dialect.name == "sqlite":
        _append_only_sqlite()
    else:
        _append_only_postgresql()


def _people() -> None:
    op.create_table(
        "annotator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(name)) > 0", name="ck_annotator_name"),
        sa.PrimaryKeyConstraint("id", name="pk_annotator"),
        sa.UniqueConstraint("name", name="uq_annotator_name"),
    )
    op.create_table(
        "encoder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("weights_digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_encoder"),
        sa.UniqueConstraint("spec", "weights_digest", name="uq_encoder_spec_weights_digest"),
    )


def _images() -> None:
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("perceptual_hash", sa.String(), nullable=False),
        sa.Column("caption", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("group", sa.String(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(perceptual_hash) = 16", name="ck_image_perceptual_hash"),
        sa.CheckConstraint("length(sha256) = 64", name="ck_image_sha256"),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_image_size"),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
        sa.UniqueConstraint("sha256", name="uq_image_sha256"),
    )
    op.create_table(
        "image_path",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        _refers("image_path", "image_id", "image"),
        sa.PrimaryKeyConstraint("id", name="pk_image_path"),
        sa.UniqueConstraint("path", name="uq_image_path_path"),
    )
    op.create_index(
        "ix_image_path_image_id_present_path",
        "image_path",
        ["image_id", "present", "path"],
        unique=False,
    )


def _runs() -> None:
    op.create_table(
        "mining_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=False),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=False),
        sa.Column("blind_min", sa.Float(), nullable=False),
        sa.Column("reference_max", sa.Float(), nullable=False),
        sa.Column("n_images", sa.Integer(), nullable=False),
        sa.Column("n_compared", sa.BigInteger(), nullable=False),
        sa.Column("n_over_thresholds", sa.BigInteger(), nullable=False),
        sa.Column("n_pairs", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.CheckConstraint("blind_min BETWEEN -1 AND 1", name="ck_mining_run_blind_min"),
        sa.CheckConstraint("reference_max BETWEEN -1 AND 1", name="ck_mining_run_reference_max"),
        _refers("mining_run", "blind_encoder_id", "encoder"),
        _refers("mining_run", "reference_encoder_id", "encoder"),
        sa.PrimaryKeyConstraint("id", name="pk_mining_run"),
    )


def _pairs() -> None:
    op.create_table(
        "candidate_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_image_id", sa.Integer(), nullable=False),
        sa.Column("second_image_id", sa.Integer(), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=False),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("blind_cosine", sa.Float(), nullable=False),
        sa.Column("reference_cosine", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'unreviewed') = (decided_by IS NULL)", name="ck_candidate_pair_decided_by"
        ),
        sa.CheckConstraint(
            "state IN ('unreviewed', 'accepted', 'complete', 'rejected', 'skipped')",
            name="ck_candidate_pair_state",
        ),
        sa.CheckConstraint(
            "first_image_id < second_image_id", name="ck_candidate_pair_image_order"
        ),
        sa.CheckConstraint("version >= 0", name="ck_candidate_pair_version"),
        _refers("candidate_pair", "blind_encoder_id", "encoder"),
        _refers("candidate_pair", "decided_by", "annotator"),
        _refers("candidate_pair", "first_image_id", "image"),
        _refers("candidate_pair", "reference_encoder_id", "encoder"),
        _refers("candidate_pair", "run_id", "mining_run"),
        _refers("candidate_pair", "second_image_id", "image"),
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
    op.create_index(
        "ix_candidate_pair_queue",
        "candidate_pair",
        ["run_id", "rank"],
        unique=False,
        sqlite_where=sa.text("state IN ('unreviewed', 'skipped')"),
        postgresql_where=sa.text("state IN ('unreviewed', 'skipped')"),
    )
    op.create_index(
        "ix_candidate_pair_run_id_state", "candidate_pair", ["run_id", "state"], unique=False
    )
    op.create_index(
        "ix_candidate_pair_second_image_id", "candidate_pair", ["second_image_id"], unique=False
    )
    op.create_index(
        "ix_candidate_pair_state_decided_by",
        "candidate_pair",
        ["state", "decided_by"],
        unique=False,
    )


def _annotations() -> None:
    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("option_a", sa.String(), nullable=True),
        sa.Column("option_b", sa.String(), nullable=True),
        sa.Column("answer_first", sa.String(), nullable=True),
        sa.Column("answer_second", sa.String(), nullable=True),
        sa.Column("pattern", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(question IS NULL AND option_a IS NULL AND option_b IS NULL AND answer_first IS NULL"
            " AND answer_second IS NULL AND pattern IS NULL AND written_at IS NULL)"
            " OR (length(trim(coalesce(question, ''))) > 0"
            " AND length(trim(coalesce(option_a, ''))) > 0"
            " AND length(trim(coalesce(option_b, ''))) > 0"
            " AND length(trim(coalesce(pattern, ''))) > 0 AND answer_first IS NOT NULL"
            " AND answer_second IS NOT NULL AND written_at IS NOT NULL)",
            name="ck_annotation_question_whole",
        ),
        sa.CheckConstraint("answer_first IN ('a', 'b')", name="ck_annotation_answer_first"),
        sa.CheckConstraint("answer_second IN ('a', 'b')", name="ck_annotation_answer_second"),
        sa.CheckConstraint(
            "decision <> 'reject' OR length(trim(coalesce(reason, ''))) > 0",
            name="ck_annotation_reason",
        ),
        sa.CheckConstraint(
            "decision IN ('accept', 'reject', 'skip')", name="ck_annotation_decision"
        ),
        sa.CheckConstraint("answer_first <> answer_second", name="ck_annotation_answers_differ"),
        sa.CheckConstraint("option_a <> option_b", name="ck_annotation_options_differ"),
        _refers("annotation", "annotator_id", "annotator"),
        _refers("annotation", "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("id", name="pk_annotation"),
        sa.UniqueConstraint("pair_id", "annotator_id", name="uq_annotation_pair_id_annotator_id"),
    )
    op.create_index(
        "ix_annotation_annotator_id_decision_updated_at",
        "annotation",
        ["annotator_id", "decision", "updated_at"],
        unique=False,
    )
    op.create_table(
        "draft",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _refers("draft", "annotator_id", "annotator"),
        _refers("draft", "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("pair_id", "annotator_id", name="pk_draft"),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)", name="ck_event_undoes"),
        _refers("event", "annotator_id", "annotator"),
        _refers("event", "pair_id", "candidate_pair"),
        _refers("event", "undoes", "event"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("undoes", name="uq_event_undoes"),
    )
    op.create_index("ix_event_annotator_id", "event", ["annotator_id"], unique=False)
    op.create_index("ix_event_pair_id", "event", ["pair_id"], unique=False)


def _append_only_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{change.lower()} BEFORE {change} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        )


def _append_only_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()"
    )
