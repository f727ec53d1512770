"""Blind verification: answers, leases of questions, a policy, two more states of a pair."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_OPEN = "state IN ('unreviewed', 'skipped', 'partial')"
_STATES = (
    "state IN ('unreviewed', 'partial', 'accepted', 'complete', 'rejected', 'skipped', 'disputed',"
    " 'final', 'contested')"
)
_PAIR = "candidate_pair"
_PAIR_COLUMNS = (
    "id, first_image_id, second_image_id, blind_encoder_id, reference_encoder_id, run_id, rank,"
    " novelty_rank, likely_pattern, blind_cosine, reference_cosine, state, version, decided_by"
)


def upgrade() -> None:
    """SQLite cannot change a check, so there the pairs are built anew."""
    if op.get_context().dialect.name == "sqlite":
        _pair_table(f"{_PAIR}_new")
        op.execute(
            f"INSERT INTO {_PAIR}_new ({_PAIR_COLUMNS}, answers_after)"
            f" SELECT {_PAIR_COLUMNS}, 0 FROM {_PAIR}"
        )
        op.drop_table(_PAIR)
        op.rename_table(f"{_PAIR}_new", _PAIR)
        _pair_indices()
    else:
        _alter_postgresql()
    _answers()
    _leases()
    _policy()


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _pair_table(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_image_id", sa.Integer(), nullable=False),
        sa.Column("second_image_id", sa.Integer(), nullable=False),
        sa.Column("blind_encoder_id", sa.Integer(), nullable=False),
        sa.Column("reference_encoder_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("novelty_rank", sa.Integer(), nullable=False),
        sa.Column("likely_pattern", sa.String(), nullable=True),
        sa.Column("blind_cosine", sa.Float(), nullable=False),
        sa.Column("reference_cosine", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("adjudicated_by", sa.Integer(), nullable=True),
        sa.Column("answers_after", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'unreviewed') = (decided_by IS NULL)", name="ck_candidate_pair_decided_by"
        ),
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
    op.add_column(_PAIR, sa.Column("adjudicated_by", sa.Integer(), nullable=True))
    op.create_foreign_key(
        "fk_candidate_pair_adjudicated_by", _PAIR, "annotator", ["adjudicated_by"], ["id"]
    )
    op.add_column(_PAIR, sa.Column("answers_after", sa.Integer(), nullable=True))
    op.execute(f"UPDATE {_PAIR} SET answers_after = 0")
    op.alter_column(_PAIR, "answers_after", nullable=False)
    op.drop_constraint("ck_candidate_pair_state", _PAIR)
    op.create_check_constraint("ck_candidate_pair_state", _PAIR, _STATES)


def _answers() -> None:
    table = "verification"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("option_a", sa.String(), nullable=False),
        sa.Column("option_b", sa.String(), nullable=False),
        sa.Column("shown_first", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('first', 'second')", name="ck_verification_side"),
        sa.CheckConstraint(
            "answer IN ('a', 'b', 'cannot_tell', 'bad_question')", name="ck_verification_answer"
        ),
        sa.CheckConstraint("shown_first IN ('a', 'b')", name="ck_verification_shown_first"),
        sa.CheckConstraint("seconds >= 0", name="ck_verification_seconds"),
        _refers(table, "annotator_id", "annotator"),
        _refers(table, "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
        sa.UniqueConstraint(
            "annotator_id", "pair_id", "side", "text_digest", name="uq_verification_asked_once"
        ),
    )
    op.create_index("ix_verification_pair_id", table, ["pair_id"])


def _leases() -> None:
    table = "verification_lease"
    op.create_table(
        table,
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("text_digest", sa.String(), nullable=False),
        sa.Column("is_ahead", sa.Boolean(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('first', 'second')", name="ck_verification_lease_side"),
        _refers(table, "annotator_id", "annotator"),
        _refers(table, "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("pair_id", "side", "annotator_id", name="pk_verification_lease"),
        sa.UniqueConstraint(
            "annotator_id", "is_ahead", name="uq_verification_lease_annotator_id_is_ahead"
        ),
        sa.UniqueConstraint("token", name="uq_verification_lease_token"),
    )
    op.create_index("ix_verification_lease_expires_at", table, ["expires_at"])


def _policy() -> None:
    table = "verification_policy"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("agreements", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_verification_policy_one_row"),
        sa.CheckConstraint(
            "agreements BETWEEN 1 AND answers", name="ck_verification_policy_agreements"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_verification_policy"),
    )
