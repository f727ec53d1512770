"""Database: the engine, and the only two ways in: read() and write() transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Pool,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from db.errors import DatabaseError
from db.tables import Table

BUSY_SECONDS = 30
_WRITE_LOCKS: dict[str, threading.Lock] = {}


def parse_url(url: str) -> URL:
    """The parsed URL of a SQLite file or a PostgreSQL server.

    Raises:
        DatabaseError: if it is no URL, names another kind of database, or no file.
    """
    hint = "Use sqlite:///path/to/file.db or postgresql://user@host/name."
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError("This is not a database URL.", where=url, hint=hint) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseError(
            f"{parsed.get_backend_name()} is not supported.", where=str(parsed), hint=hint
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseError("A SQLite database needs a file.", where=str(parsed), hint=hint)
    return parsed


def connect(url: URL, *, foreign_keys: bool = True, poolclass: type[Pool] | None = None) -> Engine:
    """An engine whose transactions begin as we say.

    On SQLite the driver's own transaction handling is switched off; a transaction takes the
    write lock at once if the execution option ``write`` is set, and never otherwise.
    """
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, pool_pre_ping=True, poolclass=poolclass)
        except ModuleNotFoundError as error:
            raise DatabaseError(
                "The PostgreSQL driver is not installed.",
                hint="Install it with: pip install 'mmvp-studio[postgres]'",
            ) from error
    arguments = {"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, poolclass=poolclass)

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Use the write-ahead log; SQLite does not wait by itself if two programs switch at once."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


class Database:
    """A database that is at the newest revision; get one from ``db.migrate.open_database``."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = connect(self.url)
        self._lock = self._write_lock()

    def _write_lock(self) -> threading.Lock:
        """One lock per SQLite file and process: waiting in SQLite itself is unfair (up to 2 s)."""
        if not self.is_sqlite:
            return threading.Lock()
        return _WRITE_LOCKS.setdefault(
            str(Path(str(self.url.database)).resolve()), threading.Lock()
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one consistent snapshot; it neither blocks writers nor waits for them."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._session(self._engine.execution_options(**level)) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when the block ends and takes everything back when it raises.

        Writers on SQLite come one after the other. Do not nest: the inner one would wait.

        Raises:
            DatabaseError: if the database refuses, is full, or is busy for too long.
        """
        if not self.is_sqlite:
            with self._session(self._engine) as session, session.begin():
                yield session
            return
        if not self._lock.acquire(timeout=2 * BUSY_SECONDS):
            raise DatabaseError("Another change is taking too long.", hint="Try again.")
        try:
            engine = self._engine.execution_options(write=True)
            with self._session(engine) as session, session.begin():
                yield session
        finally:
            self._lock.release()

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False, autoflush=False) as session:
                yield session
        except SQLAlchemyError as error:
            raise explain(error, self.url) from error

    def insert(self, table: type[Table]) -> "postgresql.Insert | sqlite.Insert":
        """An insert statement of this database's dialect, for ``on_conflict_do_…``."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Close the connections; the database can be used again afterwards."""
        self._engine.dispose()


def explain(error: SQLAlchemyError, url: URL) -> DatabaseError:
    """The same error in words for people."""
    where = url.render_as_string(hide_password=True)
    detail = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    if isinstance(error, IntegrityError):
        return DatabaseError(f"The database refused the change: {detail}.", where=where)
    if "locked" in detail:
        return DatabaseError(
            "The database is busy.", where=where, hint="Another program holds it; try again."
        )
    if "not a database" in detail:
        return DatabaseError(
            "This file is not a database.", where=where, hint="Restore it from backups/."
        )
    return DatabaseError(f"The database failed: {detail}.", where=where)
