"""The tables of accounts beside `annotator`: API tokens, attempts to log in, ended sessions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from db.tables import Table
from db.times import UtcTime


class Token(Table, table=True):
    """A secret with which a script acts as a person; only its SHA-256 is kept."""

    __tablename__ = "token"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("length(digest) = 64", name="digest"),
        CheckConstraint("length(trim(name)) > 0", name="name"),
        Index(None, "annotator_id"),
    )

    id: int = Field(default=None, primary_key=True)
    annotator_id: int = Field(foreign_key="annotator.id")
    name: str
    digest: str
    created_at: datetime = Field(sa_type=UtcTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcTime)


class LoginAttempt(Table, table=True):
    """Failed attempts in a row for one name or from one address; ``key`` says which."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures"),
        Index(None, "last_at"),
    )

    key: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(sa_type=UtcTime)


class EndedSession(Table, table=True):
    """A session that its person logged out of, kept until its cookie expires by itself."""

    __tablename__ = "ended_session"
    __table_args__ = (Index(None, "expires_at"),)

    id: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcTime)
