"""Whole copies of a database as one SQLite file: made while people work, and checked."""

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sqlalchemy import Connection, MetaData, delete, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

import db
from db.database import Database, connect, explain, parse_url
from db.errors import DatabaseError
from db.migrate import known_revisions, open_database
from db.tables import Table
from db.workspace import sqlite_url

ROWS_AT_ONCE = 2000
VERSION_TABLE = "alembic_version"


class BrokenCopy(DatabaseError):
    """A file that is no whole, undamaged copy of a database of ours."""


class InUse(DatabaseError):
    """Another program has the database open."""


@dataclass(frozen=True)
class Contents:
    """What a copy holds: rows by table, and a hash chain over its events, oldest first."""

    revision: str
    rows: dict[str, int]
    events_digest: str


def copy_database(database: Database, target: Path) -> Contents:
    """Copy everything as it is at one moment; nobody who works meanwhile has to wait.

    Args:
        target: a file that does not exist yet; it becomes a SQLite file, whatever the source is.

    Raises:
        DatabaseError: the database cannot be read or the file cannot be written.
    """
    if database.is_sqlite:
        try:
            with (
                closing(sqlite3.connect(str(database.url.database))) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        except sqlite3.Error as error:
            where = str(database.url.database)
            raise DatabaseError(f"The database cannot be copied: {error}.", where=where) from error
    else:
        _copy_from_server(database, target)
    return check_copy(target)


def _copy_from_server(database: Database, target: Path) -> None:
    open_database(sqlite_url(target)).close()
    with database.read() as session, _writing(target) as copy:
        copy_rows(session.connection(), copy)


@contextmanager
def _writing(path: Path) -> Iterator[Connection]:
    """A transaction on a file that nobody else has, at the end of which it has no log."""
    url = parse_url(sqlite_url(path))
    engine = connect(url, foreign_keys=False, poolclass=NullPool)
    try:
        with engine.execution_options(write=True).begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise explain(error, url) from error
    finally:
        engine.dispose()
    with closing(sqlite3.connect(path)) as written:
        written.execute("PRAGMA journal_mode = DELETE")


def all_tables() -> MetaData:
    """The tables of all modules ``db.tables`` and ``db.…_tables``."""
    for module in iter_modules(db.__path__):
        if module.name.endswith("tables"):
            import_module(f"db.{module.name}")
    return Table.metadata


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy the rows of all tables between two databases at the newest revision.

    Raises:
        DatabaseError: the source has a table that this version does not know.
    """
    tables = all_tables().sorted_tables
    unknown = set(inspect(source).get_table_names()) - {t.name for t in tables} - {VERSION_TABLE}
    if unknown:
        raise DatabaseError(f"The table {min(unknown)} is not one of MMVP Studio's.")
    for table in reversed(tables):  # what migrations put into an empty database
        if target.execute(select(table).limit(1)).first() is not None:
            target.execute(delete(table))
    reading = source.execution_options(yield_per=ROWS_AT_ONCE)
    for table in tables:
        query = select(table).order_by(*table.primary_key.columns)
        for part in reading.execute(query).mappings().partitions():
            target.execute(insert(table), [dict(row) for row in part])


def check_copy(path: Path) -> Contents:
    """What a copy holds, once all of it was looked at; it is only read.

    Raises:
        BrokenCopy: it is damaged, or not a database of this or an earlier version.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            copy.execute("PRAGMA trusted_schema = OFF")
            copy.execute("PRAGMA cell_size_check = ON")
            damage = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if damage != "ok":
                raise BrokenCopy(f"The copy of the database is damaged: {damage}.")
            if copy.execute("PRAGMA foreign_key_check").fetchone():
                raise BrokenCopy("The copy of the database refers to rows that it does not have.")
            return _contents(copy)
    except sqlite3.Error as error:
        raise BrokenCopy(f"The copy of the database cannot be read: {error}.") from error


def _contents(copy: sqlite3.Connection) -> Contents:
    found = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = sorted(name for (name,) in copy.execute(found))
    if VERSION_TABLE not in names or "event" not in names:
        raise BrokenCopy("The copy is of another program's database.")
    revision = str(copy.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()[0])
    if revision not in known_revisions():
        raise BrokenCopy(
            f"The copy is of a newer version ({revision}; this one knows {known_revisions()[-1]}).",
            hint="Upgrade MMVP Studio first.",
        )
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
    rows = {
        name: copy.execute(f"SELECT count(*) FROM {quoted[name]}").fetchone()[0]
        for name in names
        if name != VERSION_TABLE
    }
    return Contents(revision, rows, events_digest(copy))


def require_our_triggers(path: Path) -> None:
    """Let pass if the triggers of a file at the newest revision are those of an empty database.

    Raises:
        BrokenCopy: its history is not append-only, or it brings triggers of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        open_database(sqlite_url(empty)).close()
        found, wanted = (_triggers(file) for file in (path, empty))
    if found != wanted:
        raise BrokenCopy("The copy's history is not append-only, or it has triggers of its own.")


def _triggers(path: Path) -> set[tuple[str, str, str]]:
    query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
    with closing(sqlite3.connect(path)) as file:
        return set(file.execute(query))


def events_digest(copy: sqlite3.Connection) -> str:
    """A hash over each event and the hash before it: equal only if the whole history is."""
    digest = b""
    query = "SELECT id, at, annotator_id, kind, pair_id, undoes, data FROM event ORDER BY id"
    for event in copy.execute(query):
        digest = hashlib.sha256(digest + repr(event).encode()).digest()
    return digest.hex()


def require_unused(path: Path) -> None:
    """Let pass if no program has this SQLite file open; its log is then part of the file.

    Raises:
        InUse: another program has it open.
    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=0)) as alone:
            alone.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise InUse(
                "A program has the database open.",
                where=str(path),
                hint="Stop the server (Ctrl-C), then try again.",
            ) from error
        # it is damaged, which may be why somebody restores: nobody can work on it
