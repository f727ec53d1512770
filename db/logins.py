"""Logging in and out: attempts are counted before they are tried, so that none goes uncounted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, String, bindparam, delete, exists, not_, update
from sqlmodel import Session, col, select

from db.account_tables import EndedSession, LoginAttempt, Token
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.roles import Role
from db.tables import Annotator
from db.times import now
from db.views import LoginView

# After this much quiet a name or an address starts anew.
FORGET_AFTER = timedelta(hours=1)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(minutes=15)


class TooManyAttempts(DatabaseError):
    """Nothing was tried: the name or the address has to wait until ``until``."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__("Too many attempts to log in.")


@dataclass(frozen=True)
class Standing:
    """What a request's session or token is worth at this moment."""

    annotator_id: int
    name: str
    role: Role
    must_change_password: bool
    token_id: int | None = None
    token_used_at: datetime | None = None


def delay(failures: int, free: int) -> timedelta:
    """How long to wait after so many failures in a row, of which ``free`` cost nothing."""
    if failures < free:
        return timedelta()
    return min(LONGEST_DELAY, FIRST_DELAY * float(2 ** min(failures - free, 20)))


def begin_attempt(database: Database, free: Mapping[str, int]) -> None:
    """Count an attempt as failed under each key of ``free``, before its password is looked at.

    Args:
        free: how many failures in a row cost nothing, by key (a name, an address).

    Raises:
        TooManyAttempts: one of the keys has to wait; nothing is counted then.
    """
    with database.write() as session:
        at = now()  # once it is our turn: others may have waited for it shorter than we did
        _forget_old(session, at)
        fresh = [{"key": key, "failures": 0, "last_at": at} for key in sorted(free)]
        session.connection().execute(database.insert(LoginAttempt).on_conflict_do_nothing(), fresh)
        mine = select(LoginAttempt).where(col(LoginAttempt.key).in_(free))
        # locked in one order, so that nobody's attempt is counted over another's on PostgreSQL
        rows = session.exec(mine.order_by(col(LoginAttempt.key)).with_for_update()).all()
        waits = [(row, delay(row.failures, free[row.key])) for row in rows]
        ends = [row.last_at + wait for row, wait in waits if wait]
        if ends and max(ends) > at:
            raise TooManyAttempts(max(ends))
        for row in rows:
            row.failures, row.last_at = row.failures + 1, at
            session.add(row)


def _forget_old(session: Session, at: datetime) -> None:
    """Those that somebody else is looking at just now stay for another time."""
    old = select(LoginAttempt.key).where(col(LoginAttempt.last_at) < at - FORGET_AFTER)
    ours = old.with_for_update(skip_locked=True)
    session.exec(delete(LoginAttempt).where(col(LoginAttempt.key).in_(ours)))


def forget_attempts(database: Database, key: str) -> None:
    """Let a name or an address try again at once."""
    with database.write() as session:
        session.exec(delete(LoginAttempt).where(col(LoginAttempt.key) == key))


def find_login(database: Database, name: str) -> LoginView | None:
    """The account that may log in by this name; None if there is none or it is disabled."""
    query = select(Annotator).where(
        Annotator.name == name,
        col(Annotator.password_hash).is_not(None),
        col(Annotator.disabled_at).is_(None),
    )
    with database.read() as session:
        person = session.exec(query).first()
        if person is None or person.password_hash is None:
            return None
        return LoginView(person.id, person.name, person.password_hash, person.session_epoch)


def record_login(
    database: Database,
    annotator_id: int,
    *,
    keys: tuple[str, str],
    address: str,
    new_hash: str | None = None,
) -> None:
    """Note a login; ``keys`` are the name's, which is clear again, and the address's, less one.

    Args:
        new_hash: the same password under today's parameters, if the old hash was weaker.
    """
    with database.write() as session:
        session.exec(delete(LoginAttempt).where(col(LoginAttempt.key) == keys[0]))
        failures = col(LoginAttempt.failures)
        one_less = update(LoginAttempt).where(col(LoginAttempt.key) == keys[1], failures > 0)
        session.exec(one_less.values(failures=failures - 1))
        if new_hash is not None and (person := session.get(Annotator, annotator_id)):
            person.password_hash = new_hash
            session.add(person)
        add_event(session, EventKind.login, {"address": address}, annotator_id=annotator_id)


def record_failure(database: Database, annotator_id: int | None, *, address: str) -> None:
    """Note a failed login of a known person; what was typed may be a secret and is not kept."""
    with database.write() as session:
        add_event(session, EventKind.login_failed, {"address": address}, annotator_id=annotator_id)


def record_logout(
    database: Database, annotator_id: int, session_id: str, *, expires_at: datetime
) -> None:
    """End one session for good, copies of its cookie included."""
    with database.write() as session:
        session.exec(delete(EndedSession).where(col(EndedSession.expires_at) < now()))
        if session.get(EndedSession, session_id) is None:
            session.add(EndedSession(id=session_id, expires_at=expires_at))
        add_event(session, EventKind.logout, {}, annotator_id=annotator_id)


def session_standing(
    database: Database, annotator_id: int, name: str, epoch: int, session_id: str
) -> Standing | None:
    """Who a session is; None once it ended, or the person was disabled or is another."""
    values = {"annotator_id": annotator_id, "session_id": session_id}
    with database.read() as session:
        row = session.connection().execute(_SESSION, values).first()
    if row is None or (row.name, row.session_epoch) != (name, epoch):
        return None
    return Standing(annotator_id, row.name, Role(row.role), row.must_change_password)


# Asked on behalf of almost every request, so it is built once and reads only what is needed.
_SESSION = select(
    Annotator.name, Annotator.role, Annotator.session_epoch, Annotator.must_change_password
).where(
    col(Annotator.id) == bindparam("annotator_id", type_=Integer),
    col(Annotator.disabled_at).is_(None),
    col(Annotator.password_hash).is_not(None),
    not_(exists().where(col(EndedSession.id) == bindparam("session_id", type_=String))),
)


_ANOTHER = "Make another: `mmvp token add`, or the page Account."


class TokenOver(DatabaseError):
    """A token that worked once; whoever has its secret may know why it does not any more."""


def token_standing(database: Database, digest: str) -> Standing | None:
    """Who a token is; None if it is unknown, or the person is disabled.

    Raises:
        TokenOver: it was revoked, or has expired.
    """
    query = select(Token, Annotator).join(Annotator).where(Token.digest == digest)
    with database.read() as session:
        found = session.exec(query).first()
        if found is None:
            return None
        token, person = found
        if person.disabled_at or person.password_hash is None:
            return None
        if token.revoked_at:
            raise TokenOver("This API token was revoked.", hint=_ANOTHER)
        if token.expires_at and token.expires_at <= now():
            day = f"{token.expires_at:%Y-%m-%d}"
            raise TokenOver(f"This API token expired on {day}.", hint=_ANOTHER)
        return Standing(
            annotator_id=person.id,
            name=person.name,
            role=Role(person.role),
            must_change_password=person.must_change_password,
            token_id=token.id,
            token_used_at=token.last_used_at,
        )
