"""Roles, passwords and sessions of the people, API tokens, attempts to log in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Everybody who is there becomes an annotator without a password."""
    _people()
    _tokens()
    _logins()


def _people() -> None:
    # Written out, because SQLite adds a check to a table only together with a column.
    op.execute(
        "ALTER TABLE annotator ADD COLUMN role VARCHAR DEFAULT 'annotator' NOT NULL "
        "CONSTRAINT ck_annotator_role CHECK (role IN ('annotator', 'reviewer', 'admin'))"
    )
    op.add_column("annotator", sa.Column("password_hash", sa.String(), nullable=True))
    op.add_column(
        "annotator",
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("annotator", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "annotator", sa.Column("session_epoch", sa.Integer(), server_default="0", nullable=False)
    )


def _tokens() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(digest) = 64", name="ck_token_digest"),
        sa.CheckConstraint("length(trim(name)) > 0", name="ck_token_name"),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name="fk_token_annotator_id"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("digest", name="uq_token_digest"),
    )
    op.create_index("ix_token_annotator_id", "token", ["annotator_id"], unique=False)


def _logins() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures >= 0", name="ck_login_attempt_failures"),
        sa.PrimaryKeyConstraint("key", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_last_at", "login_attempt", ["last_at"], unique=False)
    op.create_table(
        "ended_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ended_session"),
    )
    op.create_index("ix_ended_session_expires_at", "ended_session", ["expires_at"], unique=False)
