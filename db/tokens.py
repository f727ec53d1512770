"""API tokens: made once, listed without their secret, revoked."""

from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import col, select

from db.account_tables import Token
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.tables import Annotator
from db.times import now
from db.views import TokenView

MOST_TOKENS = 50
MOST_DAYS = 3650


class TokenError(DatabaseError):
    """One token too many."""


class NoSuchToken(TokenError):
    """A token that is not there, or that belongs to somebody else."""


def make_token(
    database: Database,
    annotator_id: int,
    name: str,
    digest: str,
    *,
    days: int | None = None,
    by: int | None = None,
) -> int:
    """Keep the digest of a new secret of this person; returns the token's id.

    Args:
        digest: SHA-256 of the secret, as 64 hexadecimal digits.
        days: how long it works; None for good.
        by: who does it; None for the command line.

    Raises:
        TokenError: the person has no account, or too many tokens, or the days are not 1 to 3650.
    """
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise TokenError(f"A token works for 1 to {MOST_DAYS} days, or for good.")
    at = now()
    with database.write() as session:
        person = session.get_one(Annotator, annotator_id)
        if person.password_hash is None:
            raise TokenError(f"{person.name} has no account.", hint="Make one: `mmvp user add`.")
        mine = select(Token.id).where(
            Token.annotator_id == annotator_id,
            col(Token.revoked_at).is_(None),
            or_(col(Token.expires_at).is_(None), col(Token.expires_at) > at),
        )
        if len(session.exec(mine).all()) >= MOST_TOKENS:
            raise TokenError(f"One person has at most {MOST_TOKENS} tokens.", hint="Revoke some.")
        token = Token(
            annotator_id=annotator_id,
            name=name,
            digest=digest,
            created_at=at,
            expires_at=at + timedelta(days=days) if days else None,
        )
        session.add(token)
        session.flush()
        data = {"id": token.id, "token": name, "name": person.name, "days": days}
        add_event(session, EventKind.token_made, data, annotator_id=by)
        return token.id


def list_tokens(database: Database, annotator_id: int | None = None) -> list[TokenView]:
    """The tokens of one person or of everybody, newest first, revoked ones included."""
    query = select(Token, Annotator.name).join(Annotator).order_by(col(Token.id).desc())
    if annotator_id is not None:
        query = query.where(Token.annotator_id == annotator_id)
    with database.read() as session:
        return [
            TokenView(
                id=token.id,
                annotator_id=token.annotator_id,
                annotator=person,
                name=token.name,
                created_at=token.created_at,
                last_used_at=token.last_used_at,
                revoked_at=token.revoked_at,
                expires_at=token.expires_at,
            )
            for token, person in session.exec(query)
        ]


def revoke_token(
    database: Database, token_id: int, *, of: int | None = None, by: int | None = None
) -> None:
    """End a token at once; ending it again changes nothing.

    Args:
        of: the person whose token it has to be; None for anybody's.
        by: who does it; None for the command line.

    Raises:
        NoSuchToken: there is no such token, or it is somebody else's.
    """
    with database.write() as session:
        token = session.get(Token, token_id)
        if token is None or (of is not None and token.annotator_id != of):
            raise NoSuchToken(f"There is no token {token_id}.")
        if token.revoked_at is not None:
            return
        token.revoked_at = now()
        session.add(token)
        data = {"id": token.id, "token": token.name}
        add_event(session, EventKind.token_revoked, data, annotator_id=by)


def touch_token(database: Database, token_id: int) -> None:
    """Note that a token was used now; like a draft, without an event."""
    with database.write() as session:
        token = session.get_one(Token, token_id)
        token.last_used_at = now()
        session.add(token)
