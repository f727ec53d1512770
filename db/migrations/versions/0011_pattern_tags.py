"""Tags: patterns that a reviewer takes over for many pairs at once, beside what people said."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """No question from before is tagged."""
    op.create_table(
        "pattern_tag",
        sa.Column("pair_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="ck_pattern_tag_confidence"),
        sa.CheckConstraint("length(trim(slug)) > 0", name="ck_pattern_tag_slug"),
        sa.CheckConstraint("length(trim(said)) > 0", name="ck_pattern_tag_said"),
        sa.ForeignKeyConstraint(["pair_id"], ["candidate_pair.id"], name="fk_pattern_tag_pair_id"),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name="fk_pattern_tag_annotator_id"
        ),
        sa.PrimaryKeyConstraint("pair_id", name="pk_pattern_tag"),
    )
    op.create_index("ix_pattern_tag_slug", "pattern_tag", ["slug"])
