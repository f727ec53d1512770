"""API tokens may end by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Tokens from before have no end."""
    op.add_column("token", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
