"""What the database itself refuses, whoever writes."""

from pathlib import Path

import pytest

from db.annotations import decide, write_question
from db.database import Database
from db.errors import DatabaseError
from db.history import events
from db.lifecycle import Decision
from db.tables import Annotator
from db.times import now
from tests.db.seeding import Seeded


@pytest.fixture
def complete(seeded: Seeded) -> Database:
    """A database with one complete pair."""
    ids = {"annotator_id": seeded.ada}
    decide(seeded.database, 1, version=0, decision=Decision.accept, **ids)
    write_question(
        seeded.database,
        1,
        version=1,
        text="Is the door open?",
        option_a="Open",
        option_b="Shut",
        answer_first="a",
        answer_second="b",
        pattern="state",
        **ids,
    )
    return seeded.database


def execute(database: Database, statement: str) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotation SET answer_second = answer_first",
        "UPDATE annotation SET answer_first = 'c'",
        "UPDATE annotation SET question = '  '",
        "UPDATE annotation SET question = NULL",
        "UPDATE annotation SET option_b = option_a",
        "UPDATE annotation SET pattern = NULL",
        "UPDATE annotation SET decision = 'maybe'",
        "UPDATE annotation SET decision = 'reject'",
        "UPDATE candidate_pair SET first_image_id = second_image_id",
        "UPDATE candidate_pair SET state = 'done'",
        "UPDATE candidate_pair SET state = 'unreviewed'",
        "UPDATE candidate_pair SET version = -1",
        "UPDATE candidate_pair SET first_image_id = 1, second_image_id = 2",
        "UPDATE image SET sha256 = '0'",
        "UPDATE image SET sha256 = (SELECT sha256 FROM image WHERE id = 2) WHERE id = 1",
        "UPDATE image_path SET path = '/photos/1.png'",
        "UPDATE annotator SET name = ' '",
        "UPDATE mining_run SET blind_min = 1.5",
        "DELETE FROM image WHERE id = 1",
        "DELETE FROM annotator",
        "UPDATE event SET data = '{}'",
        "DELETE FROM event",
        "DELETE FROM event WHERE kind = 'scan'",
    ],
)
def test_refused(complete: Database, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"refused the change|append-only"):
        execute(complete, statement)


def test_history_can_be_added_to(complete: Database) -> None:
    before = len(events(complete))
    execute(complete, "INSERT INTO event (at, kind, data) VALUES ('2026-01-01', 'scan', '{}')")
    assert len(events(complete)) == before + 1


def test_settings_of_our_connections(seeded: Seeded, sqlite_file: Path) -> None:
    with seeded.database.read() as session:
        run = session.connection().exec_driver_sql
        assert run("PRAGMA journal_mode").scalar() == "wal"
        assert run("PRAGMA synchronous").scalar() == 2
        assert run("PRAGMA foreign_keys").scalar() == 1
        assert run("PRAGMA busy_timeout").scalar() == 30_000


def test_a_failed_write_leaves_nothing_and_frees_the_lock(database: Database) -> None:
    def add_and_fail() -> None:
        with database.write() as session:
            session.add(Annotator(name="Ada", created_at=now()))
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        add_and_fail()
    with database.write() as session:
        assert session.connection().exec_driver_sql("SELECT * FROM annotator").all() == []


def test_what_the_database_refuses_is_told_in_our_error(database: Database) -> None:
    with pytest.raises(DatabaseError, match="refused the change"), database.write() as session:
        session.add_all([Annotator(name="Ada", created_at=now()) for _ in range(2)])


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("no url", "not a database URL"),
    ],
)
def test_other_databases_are_refused(url: str, words: str) -> None:
    with pytest.raises(DatabaseError, match=words):
        Database(url)
