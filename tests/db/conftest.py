"""Fixtures of the database tests: real SQLite files."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.database import Database
from db.migrate import open_database
from db.workspace import Workspace
from tests.db.seeding import Seeded, seed


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; copying it is faster than migrating each time."""
    path = tmp_path_factory.mktemp("empty") / "mmvp.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> tuple[Path, Seeded]:
    """A seeded database, and what is in it."""
    path = tmp_path_factory.mktemp("seeded") / "mmvp.db"
    shutil.copy(empty_file, path)
    database = open_database(f"sqlite:///{path}")
    seeded = seed(database)
    database.close()
    return path, seeded


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "a workspace?").create()


@pytest.fixture
def database(workspace: Workspace, empty_file: Path) -> Iterator[Database]:
    shutil.copy(empty_file, workspace.database_path)
    opened = open_database(workspace.database_url)
    yield opened
    opened.close()


@pytest.fixture
def seeded(workspace: Workspace, seeded_file: tuple[Path, Seeded]) -> Iterator[Seeded]:
    path, original = seeded_file
    shutil.copy(path, workspace.database_path)
    opened = open_database(workspace.database_url)
    yield replace(original, database=opened)
    opened.close()


@pytest.fixture
def worker_environment() -> dict[str, str]:
    """For subprocesses of ours: the project can be imported, nothing else is passed on."""
    root = str(Path(__file__).parents[2])
    return {"PYTHONPATH": root, "PATH": os.environ.get("PATH", "")}
