"""Bring a database to the newest revision, after a backup copy, and open it."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from db.database import Database, connect, explain, parse_url
from db.errors import DatabaseError

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(
    url: str, *, backups: Path | None = None, migrations: Path = MIGRATIONS
) -> Database:
    """Create, upgrade or just open the database at ``url``.

    A SQLite file is copied before an upgrade, into ``backups`` or a folder of that name beside it.
    An upgrade that is interrupted leaves the database as it was.

    Raises:
        DatabaseError: if it is not ours, of a newer version of the product, or cannot be opened.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        _make_folder(Path(str(parsed.database)).parent)
    engine = connect(parsed, foreign_keys=False, poolclass=NullPool)
    revisions = known_revisions(migrations)
    try:
        with engine.connect() as connection:
            revision = _revision(connection, revisions)
        if revision != revisions[-1]:
            if revision is not None and parsed.get_backend_name() == "sqlite":
                _back_up(Path(str(parsed.database)), revision, backups)
            with engine.execution_options(write=True).begin() as connection:
                upgrade(connection, migrations)
    except SQLAlchemyError as error:
        raise explain(error, parsed) from error
    finally:
        engine.dispose()
    return Database(url)


def known_revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """All revisions, oldest first: the numbers that the files in ``versions`` begin with."""
    return sorted(path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"The folder for the database cannot be made: {error.strerror}.", where=str(folder)
        ) from error


def _revision(connection: Connection, known: list[str]) -> str | None:
    """The revision a database is at; None for an empty one."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    where = connection.engine.url.render_as_string()
    if "alembic_version" not in tables:
        hint = "Choose another file."
        raise DatabaseError("This database belongs to another program.", where=where, hint=hint)
    revision = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if revision not in known:
        raise DatabaseError(
            f"This database is of a newer version ({revision}; this one knows {known[-1]}).",
            where=where,
            hint="Upgrade MMVP Studio, or restore a copy from the backups folder.",
        )
    return revision


def _back_up(path: Path, revision: str, backups: Path | None) -> Path:
    """Copy a SQLite file, what is still in its log included; the copy appears whole or not."""
    folder = backups or path.parent / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = folder / f"{path.stem}-{revision}-{stamp}.db"
    partial = copy.with_suffix(".partial")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
        source.backup(target)
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    return partial.rename(copy)


def upgrade(connection: Connection, migrations: Path = MIGRATIONS) -> None:
    """Upgrade to the newest revision inside this transaction; who else upgrades then waits."""
    # imported only when there is something to do: it costs 0.1 s
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(20260201)"))
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _check_foreign_keys(connection)


def _check_foreign_keys(connection: Connection) -> None:
    """SQLite does not check them while tables are rebuilt, so this does before the commit."""
    if connection.dialect.name != "sqlite":
        return
    broken: Sequence[object] = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        raise DatabaseError(f"The upgrade would break {len(broken)} references; nothing changed.")
