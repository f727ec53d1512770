"""Many rows at once: on SQLite indices are made anew afterwards instead of grown row by row."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Table as CoreTable
from sqlalchemy import func, select
from sqlmodel import Session

from db.tables import Table

MANY = 20_000
_CACHE = -256 * 1024  # KiB, as SQLite has it with a minus sign


@contextmanager
def many_inserts(session: Session, table: type[Table], n_rows: int) -> Iterator[None]:
    """Insert so many rows inside; only unique constraints hold there before the end.

    Part of the session's transaction: whoever reads meanwhile keeps the indices, and a failure
    takes everything back. Does nothing on a server, where it would lock the others out, for few
    rows, and where more are there already.
    """
    stored: CoreTable = table.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    if connection.dialect.name != "sqlite" or n_rows < max(MANY, _count(session, stored)):
        yield
        return
    indices = sorted(stored.indexes, key=lambda index: str(index.name))
    # What stays grows in no order; with the usual cache each row would read a page anew.
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {_CACHE}")
    try:
        for index in indices:
            index.drop(connection)
        yield
        for index in indices:
            index.create(connection)
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


def _count(session: Session, stored: CoreTable) -> int:
    query = select(func.count()).select_from(stored)
    return session.connection().execute(query).scalar_one()
