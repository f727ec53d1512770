"""Statements for MMVP-VLM beside a question, and what an admin says on the dataset card."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAME = "ck_annotation_statements_whole"
_WHOLE = (
    "(statement_first IS NULL AND statement_second IS NULL)"
    " OR (question IS NOT NULL AND length(trim(coalesce(statement_first, ''))) > 0"
    " AND length(trim(coalesce(statement_second, ''))) > 0)"
)


def upgrade() -> None:
    """Questions from before are without statements of their own."""
    op.add_column("annotation", sa.Column("statement_first", sa.String(), nullable=True))
    if op.get_context().dialect.name == "sqlite":
        # SQLite adds a check only together with a column
        op.execute(
            "ALTER TABLE annotation ADD COLUMN statement_second VARCHAR"
            f" CONSTRAINT {_NAME} CHECK ({_WHOLE})"
        )
    else:
        op.add_column("annotation", sa.Column("statement_second", sa.String(), nullable=True))
        op.create_check_constraint(_NAME, "annotation", _WHOLE)
    op.create_table(
        "card_fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_card_fields_one_row"),
        sa.CheckConstraint("version >= 1", name="ck_card_fields_version"),
        sa.PrimaryKeyConstraint("id", name="pk_card_fields"),
    )
