"""Putting a copy back into a database on a PostgreSQL server; what was there is kept."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from db.copies import VERSION_TABLE, InUse, all_tables, copy_rows
from db.database import connect, explain, parse_url
from db.errors import DatabaseError
from db.migrate import upgrade
from db.workspace import sqlite_url

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def is_filled(url: str) -> bool:
    """Whether there is a database of ours at this PostgreSQL address.

    Raises:
        DatabaseError: it belongs to another program, or cannot be reached.
    """
    parsed = parse_url(url)
    engine = connect(parsed, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            names = set(inspect(connection).get_table_names())
    except SQLAlchemyError as error:
        raise explain(error, parsed) from error
    finally:
        engine.dispose()
    if names and VERSION_TABLE not in names:
        where = parsed.render_as_string(hide_password=True)
        hint = "Choose another database."
        raise DatabaseError("This database belongs to another program.", where=where, hint=hint)
    return bool(names)


def load_copy(copy: Path, url: str) -> str:
    """Put a checked SQLite copy at the newest revision into a PostgreSQL database.

    It happens in one transaction, whole or not at all. The tables that are there move to a schema
    of their own; returns its name, empty if there were none.

    Raises:
        InUse: another program is connected to the database.
        DatabaseError: the server refuses.
    """
    parsed = parse_url(url)
    target = connect(parsed, poolclass=NullPool)
    source = connect(parse_url(sqlite_url(copy)), poolclass=NullPool)
    try:
        with target.begin() as connection, source.connect() as reading:
            if connection.execute(_OTHERS).scalar_one():
                where = parsed.render_as_string(hide_password=True)
                hint = "Stop the servers (Ctrl-C), then try again."
                raise InUse("Other programs are connected to the database.", where=where, hint=hint)
            kept = _move_aside(connection)
            upgrade(connection)
            copy_rows(reading, connection)
            _continue_counting(connection)
        return kept
    except SQLAlchemyError as error:
        raise explain(error, parsed) from error
    finally:
        target.dispose()
        source.dispose()


def _move_aside(connection: Connection) -> str:
    names = inspect(connection).get_table_names()
    if not names:
        return ""
    schema = f"before_restore_{datetime.now(UTC):%Y%m%dt%H%M%Sz}"
    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for name in names:
        quoted = connection.dialect.identifier_preparer.quote(name)
        connection.execute(text(f"ALTER TABLE {quoted} SET SCHEMA {schema}"))
    for name in connection.scalars(_FUNCTIONS).all():
        connection.execute(text(f"ALTER FUNCTION {name} SET SCHEMA {schema}"))
    return schema


# Those of the tables' triggers, and nobody else's.
_FUNCTIONS = text(
    "SELECT DISTINCT tgfoid::regprocedure::text FROM pg_trigger "
    "JOIN pg_proc ON pg_proc.oid = tgfoid "
    "WHERE NOT tgisinternal AND pronamespace = current_schema()::regnamespace"
)


def _continue_counting(connection: Connection) -> None:
    """New rows get numbers after those that were copied."""
    for table in all_tables().sorted_tables:
        if "id" not in table.c:
            continue
        sequence = func.pg_get_serial_sequence(table.name, "id")
        name = connection.execute(select(sequence)).scalar()
        highest = connection.execute(select(func.max(table.c.id))).scalar()
        if name is not None and highest is not None:
            connection.execute(select(func.setval(name, highest)))
