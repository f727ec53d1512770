"""Suggestions that writers were shown, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TABLE = "suggestion"


def upgrade() -> None:
    """A table of its own; nothing that was there changes."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("saved", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('question', 'pattern')", name="ck_suggestion_kind"),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'edited', 'dismissed')", name="ck_suggestion_outcome"
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (settled_at IS NULL)", name="ck_suggestion_settled"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name="fk_suggestion_annotator_id"
        ),
        sa.ForeignKeyConstraint(["pair_id"], ["candidate_pair.id"], name="fk_suggestion_pair_id"),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
    )
    op.create_index("ix_suggestion_pair_id_annotator_id", _TABLE, ["pair_id", "annotator_id"])
