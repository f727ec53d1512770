"""On a PostgreSQL server that the tests start themselves: twenty people at once, and copies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from db.annotators import ensure_annotator
from db.copies import all_tables, copy_database
from db.database import Database
from db.migrate import open_database
from db.server_copies import is_filled, load_copy
from db.workspace import sqlite_url
from tests.db.concurrent_work import Crowd
from tests.db.seeding import Seeded, seed
from tests.db.test_copies import all_rows
from tests.db.test_login_crowd import (
    admins_who_disable_each_other,
    guesses_at_once,
    people_at_once,
)
from tests.temporary_postgresql import find_programs, temporary_postgresql
from tests.work_checks import violations

pytestmark = pytest.mark.skipif(
    find_programs() is None and not os.environ.get("CI"),
    reason="PostgreSQL is not installed (apt-get install postgresql)",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with temporary_postgresql() as started:
        yield started


@pytest.fixture(scope="module")
def crowded(url: str) -> Iterator[tuple[Seeded, Crowd]]:
    """A database that twenty people have just worked on."""
    seeded = seed(open_database(url), n_pairs=40)
    people = [ensure_annotator(seeded.database, f"Person {n}") for n in range(20)]
    crowd = Crowd(seeded.database, people)
    while len(crowd.writes) <= 50 and not crowd.failures:
        crowd.work(seconds=4)
    yield seeded, crowd
    seeded.database.close()


def test_the_migrations_make_what_the_tables_say(crowded: tuple[Seeded, Crowd]) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with crowded[0].database.read() as session:
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, all_tables()) == []


def test_twenty_people_at_once_lose_cross_and_share_nothing(
    crowded: tuple[Seeded, Crowd],
) -> None:
    seeded, crowd = crowded
    assert crowd.failures == []
    assert list(violations(seeded.database, crowd.holds, crowd.writes)) == []


def test_a_backup_of_one_kind_restores_into_the_other(
    crowded: tuple[Seeded, Crowd], url: str, tmp_path: Path
) -> None:
    database = crowded[0].database
    before = all_rows(database)
    contents = copy_database(database, tmp_path / "copy.db")
    assert contents.rows["event"] == len(before["event"])
    as_file = Database(sqlite_url(tmp_path / "copy.db"))
    assert all_rows(as_file) == before
    as_file.close()
    database.close()
    assert is_filled(url)
    kept = load_copy(tmp_path / "copy.db", url)
    assert all_rows(database) == before
    assert ensure_annotator(database, "New") == max(row[0] for row in before["annotator"]) + 1
    with database.write() as session:
        old = session.connection().exec_driver_sql(f"SELECT count(*) FROM {kept}.event")
        assert old.scalar() == len(before["event"])
        with pytest.raises(Exception, match="append-only"):
            session.connection().exec_driver_sql("DELETE FROM event")


def test_attempts_to_log_in_are_counted_one_by_one(crowded: tuple[Seeded, Crowd]) -> None:
    guesses_at_once(crowded[0].database)
    people_at_once(crowded[0].database)


def test_an_admin_is_left(crowded: tuple[Seeded, Crowd]) -> None:
    admins_who_disable_each_other(crowded[0].database)
