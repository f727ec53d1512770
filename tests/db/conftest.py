"""Fixtures of the database tests: real SQLite files."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.database import Database, connect, parse_url
from db.migrate import open_database
from db.workspace import Workspace
from tests.db.seeding import Seeded, seed


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; copying it is faster than migrating each time."""
    path = tmp_path_factory.mktemp("empty") / "mmvp.db"
    open_database(f"sqlite:///{path}").close()
    return path


def _seeded_copy(folder: Path, empty_file: Path, n_pairs: int) -> tuple[Path, Seeded]:
    path = shutil.copy(empty_file, folder / "mmvp.db")
    database = open_database(f"sqlite:///{path}")
    seeded = seed(database, n_pairs=n_pairs)
    database.close()
    return path, seeded


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> tuple[Path, Seeded]:
    """A database with six pairs to copy, and what is in it."""
    return _seeded_copy(tmp_path_factory.mktemp("six"), empty_file, 6)


@pytest.fixture(scope="session")
def three_pairs(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> tuple[Path, Seeded]:
    """A database with three pairs to copy, and what is in it."""
    return _seeded_copy(tmp_path_factory.mktemp("three"), empty_file, 3)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "a workspace?").create()


# A throw-away database on a server: its public schema is dropped before each test.
POSTGRESQL_URL = os.environ.get("TEST_POSTGRESQL_URL")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRESQL_URL else ["sqlite"])
def empty_url(request: pytest.FixtureRequest, workspace: Workspace, empty_file: Path) -> str:
    """A migrated database without rows, on each kind of database that is there."""
    if request.param == "postgresql" and POSTGRESQL_URL:
        return emptied_postgresql(POSTGRESQL_URL)
    shutil.copy(empty_file, workspace.database_path)
    return workspace.database_url


def emptied_postgresql(url: str) -> str:
    """Drop everything and migrate again."""
    engine = connect(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    open_database(url).close()
    return url


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = open_database(empty_url)
    yield opened
    opened.close()


@pytest.fixture
def seeded(
    empty_url: str, workspace: Workspace, seeded_file: tuple[Path, Seeded]
) -> Iterator[Seeded]:
    """Six pairs, each image paired with the next."""
    if empty_url == workspace.database_url:
        shutil.copy(seeded_file[0], workspace.database_path)
        opened = open_database(empty_url)
        yield replace(seeded_file[1], database=opened)
    else:
        opened = open_database(empty_url)
        yield seed(opened)
    opened.close()


@pytest.fixture
def sqlite_file(seeded: Seeded) -> Path:
    """The file of the seeded database, for tests of what only SQLite has."""
    if not seeded.database.is_sqlite:
        pytest.skip("of SQLite only")
    return Path(str(seeded.database.url.database))


@pytest.fixture
def worker_environment() -> dict[str, str]:
    """For subprocesses of ours: the project can be imported, nothing else is passed on."""
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {"PYTHONPATH": path, "PATH": os.environ.get("PATH", "")}
