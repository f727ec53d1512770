"""Database: the engine, and the only two ways in: read() and write() transactions."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

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

from db.deadlocks import Deadlock
from db.errors import DatabaseError
from db.tables import Table

BUSY_SECONDS = 30
# To a PostgreSQL server, kept open: one for each thread that a web server answers with (40), and
# two such servers fit into the 100 that PostgreSQL allows. Opening one takes longer than a query.
MOST_CONNECTIONS = 40
_DEADLOCK_DETECTED = "40P01"  # PostgreSQL's code
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


class _Connection(sqlite3.Connection):
    """Ends, with its transaction, what nobody read to the end.

    An open SELECT would keep a connection of the pool at the state it saw: whoever has it next
    would read old rows, or be refused the write lock at once (SQLITE_BUSY_SNAPSHOT).
    """

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - sqlite3.connect()'s own
        super().__init__(*given, **named)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *given: Any) -> Any:  # noqa: ANN401 - as in sqlite3
        """A cursor that is closed with the transaction."""
        made = super().cursor(*given)
        self._cursors.add(made)
        return made

    def rollback(self) -> None:
        """What the pool calls before it hands the connection to somebody else."""
        for cursor in list(self._cursors):
            cursor.close()
        super().rollback()


def connect(url: URL, *, foreign_keys: bool = True, poolclass: type[Pool] | None = None) -> Engine:
    """An engine whose transactions begin as we say.

    On SQLite the driver's own transaction handling is switched off; a transaction takes the
    write lock at once if the execution option ``write`` is set, and never otherwise.
    """
    if url.get_backend_name() == "postgresql":
        try:
            size = {} if poolclass else {"pool_size": MOST_CONNECTIONS, "max_overflow": 0}
            return create_engine(url, pool_pre_ping=True, poolclass=poolclass, **size)
        except ModuleNotFoundError as error:
            raise DatabaseError(
                "The PostgreSQL driver is not installed.",
                hint="Install it with: pip install 'mmvp-studio[postgres]'",
            ) from error
    arguments = {
        "isolation_level": None,
        "timeout": BUSY_SECONDS,
        "check_same_thread": False,
        "factory": _Connection,
    }
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
        self.n_writes = 0  # transactions that this object committed: what is remembered is older
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
            self.n_writes += 1
            return
        if not self._lock.acquire(timeout=2 * BUSY_SECONDS):
            raise DatabaseError("Another change is taking too long.", hint="Try again.")
        try:
            engine = self._engine.execution_options(write=True)
            with self._session(engine) as session, session.begin():
                yield session
            self.n_writes += 1
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


def insert_into(session: Session, table: type[Table]) -> "postgresql.Insert | sqlite.Insert":
    """``Database.insert`` inside a transaction."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def explain(error: SQLAlchemyError, url: URL) -> DatabaseError:
    """The same error in words for people."""
    where = url.render_as_string(hide_password=True)
    detail = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    if isinstance(error, IntegrityError):
        return DatabaseError(f"The database refused the change: {detail}.", where=where)
    if getattr(getattr(error, "orig", None), "sqlstate", None) == _DEADLOCK_DETECTED:
        return Deadlock(
            "Two changes waited for each other.", where=where, hint="Try again; nothing was kept."
        )
    if "locked" in detail:
        return DatabaseError(
            "The database is busy.", where=where, hint="Another program holds it; try again."
        )
    if "not a database" in detail:
        return DatabaseError(
            "This file is not a database.", where=where, hint="Restore it from backups/."
        )
    return DatabaseError(f"The database failed: {detail}.", where=where)
