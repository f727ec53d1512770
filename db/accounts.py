"""Accounts: who may log in and with which role; each change is one transaction and one event."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.roles import Role
from db.tables import Annotator, Event
from db.times import now
from db.views import AccountView


class AccountError(DatabaseError):
    """An account that is there already, or may not be changed like this."""


class NoSuchAccount(AccountError):
    """A person who is not there or never had a password."""


def has_accounts(database: Database) -> bool:
    """Whether anybody was ever given a password; a disabled account counts."""
    with database.read() as session:
        found = select(Annotator.id).where(col(Annotator.password_hash).is_not(None)).limit(1)
        return session.exec(found).first() is not None


def list_accounts(database: Database) -> list[AccountView]:
    """Everybody, by name, those without a password as well."""
    with database.read() as session:
        people = [_view(person, at) for person, at in session.exec(_with_last_event())]
    return sorted(people, key=lambda person: (person.name.casefold(), person.id))


def get_account(database: Database, key: int | str) -> AccountView:
    """The person with this id, or with exactly this name.

    Raises:
        NoSuchAccount: there is none.
    """
    is_it = Annotator.id == key if isinstance(key, int) else Annotator.name == key
    with database.read() as session:
        found = session.exec(_with_last_event().where(is_it)).first()
    if found is None:
        raise _unknown(key if isinstance(key, str) else f"number {key}")
    return _view(*found)


def _with_last_event() -> Select[Annotator, datetime]:
    newest = select(Event.annotator_id, func.max(Event.id).label("id")).group_by(
        col(Event.annotator_id)
    )
    last = newest.subquery()
    return (
        select(Annotator, Event.at)
        .outerjoin(last, last.c.annotator_id == col(Annotator.id))
        .outerjoin(Event, col(Event.id) == last.c.id)
    )


def add_account(
    database: Database,
    name: str,
    *,
    role: Role,
    password_hash: str,
    must_change_password: bool = False,
    by: int | None = None,
) -> int:
    """Give a person a password and a role; a name that annotated before keeps its work.

    Args:
        by: who does it; None for the command line.

    Returns:
        The person's id.

    Raises:
        AccountError: the name has an account already, or differs from one only in its capitals.
    """
    with database.write() as session:
        known = session.exec(select(Annotator).where(col(Annotator.password_hash).is_not(None)))
        alike = [person for person in known if person.name.casefold() == name.casefold()]
        if alike:
            raise AccountError(
                f"{alike[0].name} has an account already.",
                hint="`mmvp user reset` gives it a new password.",
            )
        person = session.exec(select(Annotator).where(Annotator.name == name)).first()
        person = person or Annotator(name=name, created_at=now())
        person.role, person.password_hash = role.value, password_hash
        person.must_change_password = must_change_password
        session.add(person)
        session.flush()
        data = {"name": name, "role": role.value}
        add_event(session, EventKind.account, data, annotator_id=by)
        return person.id


def set_role(database: Database, annotator_id: int, role: Role, *, by: int | None = None) -> None:
    """Change what a person may do, from their next request on.

    Raises:
        AccountError: there is no such account, or it is the last admin.
    """
    with database.write() as session:
        _lock_admins(session)
        person = _account(session, annotator_id)
        if role is not Role.admin:
            _keep_an_admin(session, person)
        before, person.role = person.role, role.value
        session.add(person)
        data = {"name": person.name, "before": before, "after": role.value}
        add_event(session, EventKind.role, data, annotator_id=by)


def disable(database: Database, annotator_id: int, *, by: int | None = None) -> None:
    """Shut a person out at once; their work stays.

    Raises:
        AccountError: there is no such account, or it is the last admin.
    """
    with database.write() as session:
        _lock_admins(session)
        person = _account(session, annotator_id)
        _keep_an_admin(session, person)
        person.disabled_at = person.disabled_at or now()
        person.session_epoch += 1
        session.add(person)
        add_event(session, EventKind.disabled, {"name": person.name}, annotator_id=by)


def enable(database: Database, annotator_id: int, *, by: int | None = None) -> None:
    """Let a disabled person in again; they log in anew.

    Raises:
        NoSuchAccount: there is no such account.
    """
    with database.write() as session:
        person = _account(session, annotator_id)
        person.disabled_at = None
        session.add(person)
        add_event(session, EventKind.enabled, {"name": person.name}, annotator_id=by)


def set_password(
    database: Database,
    annotator_id: int,
    password_hash: str,
    *,
    must_change_password: bool = False,
    by: int | None = None,
) -> int:
    """Replace a password and end all sessions that the old one opened.

    Returns:
        The new session epoch.

    Raises:
        NoSuchAccount: there is no such account.
    """
    with database.write() as session:
        person = _account(session, annotator_id)
        person.password_hash = password_hash
        person.must_change_password = must_change_password
        person.session_epoch += 1
        session.add(person)
        data: dict[str, Any] = {"name": person.name, "own": by == annotator_id}
        add_event(session, EventKind.password, data, annotator_id=by)
        return person.session_epoch


def end_sessions(database: Database, annotator_id: int, *, by: int | None = None) -> int:
    """Log a person out everywhere; API tokens stay. Returns the new session epoch.

    Raises:
        NoSuchAccount: there is no such account.
    """
    with database.write() as session:
        person = _account(session, annotator_id)
        person.session_epoch += 1
        session.add(person)
        add_event(session, EventKind.sessions_ended, {"name": person.name}, annotator_id=by)
        return person.session_epoch


def _account(session: Session, annotator_id: int) -> Annotator:
    # locked, which SQLite does not need, so that no two changes count the same epoch
    person = session.get(Annotator, annotator_id, with_for_update={"key_share": True})
    if person is None or person.password_hash is None:
        raise _unknown(person.name if person else f"number {annotator_id}")
    return person


def _unknown(name: str) -> NoSuchAccount:
    return NoSuchAccount(f"{name} has no account.", hint="`mmvp user list` shows who has one.")


def _lock_admins(session: Session) -> None:
    """In one order for all, so that no two admins can shut each other out at the same moment."""
    admins = select(Annotator.id).where(Annotator.role == Role.admin.value).order_by("id")
    session.exec(admins.with_for_update(key_share=True)).all()


def _keep_an_admin(session: Session, person: Annotator) -> None:
    """Refuses a change that would leave nobody who can manage the others."""
    others = select(Annotator.id).where(
        Annotator.role == Role.admin.value,
        col(Annotator.disabled_at).is_(None),
        col(Annotator.password_hash).is_not(None),
        Annotator.id != person.id,
    )
    is_admin = person.role == Role.admin.value and person.disabled_at is None
    if is_admin and session.exec(others).first() is None:
        raise AccountError(
            f"{person.name} is the only admin; nobody could manage the accounts then.",
            hint="Make somebody else an admin first.",
        )


def _view(person: Annotator, last_active_at: datetime | None) -> AccountView:
    return AccountView(
        id=person.id,
        name=person.name,
        role=Role(person.role),
        created_at=person.created_at,
        can_log_in=person.password_hash is not None,
        must_change_password=person.must_change_password,
        disabled_at=person.disabled_at,
        last_active_at=last_active_at,
    )
