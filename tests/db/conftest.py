"""Fixtures of the database tests: real SQLite files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.database import Database
from db.migrate import open_database
from db.workspace import Workspace
from tests.db.seeding import Seeded, seed


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "a workspace?").create()


@pytest.fixture
def database(workspace: Workspace) -> Iterator[Database]:
    opened = open_database(workspace.database_url)
    yield opened
    opened.close()


@pytest.fixture
def seeded(database: Database) -> Seeded:
    return seed(database)


@pytest.fixture
def worker_environment() -> dict[str, str]:
    """For subprocesses of ours: the project can be imported, nothing else is passed on."""
    root = str(Path(__file__).parents[2])
    return {"PYTHONPATH": root, "PATH": os.environ.get("PATH", "")}
