"""The workspace's own visual patterns, versioned guidelines with examples, problem reports."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"


def upgrade() -> None:
    """Nothing that was there changes."""
    _patterns()
    _guidelines()
    _examples()
    _problems()
    _resolutions()
    for table in ("guidelines", "problem", "problem_resolution"):
        _append_only(table)


def _append_only(table: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()"
        )


def _refers(table: str, column: str, to: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.{key}"], name=f"fk_{table}_{column}")


def _patterns() -> None:
    table = "visual_pattern"
    op.create_table(
        table,
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("example", sa.JSON(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("counts_as", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(slug)) > 0", name="ck_visual_pattern_slug"),
        sa.CheckConstraint("length(trim(name)) > 0", name="ck_visual_pattern_name"),
        sa.CheckConstraint(
            "merged_into IS NULL OR merged_into <> slug", name="ck_visual_pattern_merged_into"
        ),
        sa.CheckConstraint(
            "merged_into IS NULL OR retired_at IS NULL", name="ck_visual_pattern_one_end"
        ),
        _refers(table, "merged_into", table, "slug"),
        sa.PrimaryKeyConstraint("slug", name="pk_visual_pattern"),
    )
    op.create_index("ix_visual_pattern_counts_as", table, ["counts_as"])


def _guidelines() -> None:
    table = "guidelines"
    op.create_table(
        table,
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name="ck_guidelines_version"),
        _refers(table, "annotator_id", "annotator"),
        sa.PrimaryKeyConstraint("version", name="pk_guidelines"),
    )


def _examples() -> None:
    table = "guideline_example"
    op.create_table(
        table,
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(why)) > 0", name="ck_guideline_example_why"),
        _refers(table, "annotator_id", "annotator"),
        _refers(table, "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("pair_id", name="pk_guideline_example"),
    )


def _problems() -> None:
    table = "problem"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("seen_on", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('wrong_key', 'ambiguous', 'both_right', 'image', 'wording', 'other')",
            name="ck_problem_kind",
        ),
        sa.CheckConstraint("length(trim(words)) > 0", name="ck_problem_words"),
        sa.CheckConstraint("side IN ('first', 'second')", name="ck_problem_side"),
        _refers(table, "annotator_id", "annotator"),
        _refers(table, "pair_id", "candidate_pair"),
        sa.PrimaryKeyConstraint("id", name="pk_problem"),
    )
    op.create_index("ix_problem_pair_id", table, ["pair_id"])


def _resolutions() -> None:
    table = "problem_resolution"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("problem_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('fixed', 'no_fault')", name="ck_problem_resolution_outcome"
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name="ck_problem_resolution_reason"),
        _refers(table, "annotator_id", "annotator"),
        _refers(table, "event_id", "event"),
        _refers(table, "problem_id", "problem"),
        sa.PrimaryKeyConstraint("id", name="pk_problem_resolution"),
    )
    op.create_index("ix_problem_resolution_problem_id", table, ["problem_id"])
