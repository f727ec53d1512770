"""Copies of a database made while people work: whole, checked, and put back as they were."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.annotations import decide
from db.copies import (
    BrokenCopy,
    InUse,
    all_tables,
    check_copy,
    copy_database,
    events_digest,
    require_our_triggers,
    require_unused,
)
from db.database import Database
from db.history import events
from db.lifecycle import Decision
from db.migrate import open_database
from db.pairs import list_cards
from db.server_copies import is_filled, load_copy
from db.workspace import sqlite_url
from tests.db.seeding import Seeded


def all_rows(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    with database.read() as session:
        return {
            table.name: sorted(map(tuple, session.connection().execute(select(table))), key=repr)
            for table in all_tables().sorted_tables
        }


def work(seeded: Seeded, stop: threading.Event, failures: list[BaseException]) -> None:
    """Accept what is not accepted and reject what is, until told to stop."""
    try:
        n = 0
        while not stop.is_set():
            n += 1
            pair = list_cards(seeded.database)[n % 6]
            who = (seeded.ada, seeded.ben, seeded.cyd)[n % 3]
            decide(
                seeded.database,
                pair.id,
                version=pair.version,
                annotator_id=who,
                decision=(Decision.accept, Decision.reject)[pair.state == "accepted"],
                reason="unsuitable" if pair.state == "accepted" else None,
            )
    except BaseException as error:  # noqa: BLE001 - handed to the test
        failures.append(error)


def test_copies_made_while_somebody_works_are_moments_that_were(
    seeded: Seeded, tmp_path: Path
) -> None:
    stop, failures = threading.Event(), list[BaseException]()
    worker = threading.Thread(target=work, args=(seeded, stop, failures))
    worker.start()
    copies = [tmp_path / f"{n}.db" for n in range(5)]
    found = [copy_database(seeded.database, path) for path in copies]
    stop.set()
    worker.join(30)
    assert failures == []
    whole = tmp_path / "whole.db"
    n_at_end = copy_database(seeded.database, whole).rows["event"]
    assert found[0].rows["event"] <= found[-1].rows["event"] <= n_at_end
    for path, contents in zip(copies, found, strict=True):
        assert contents == check_copy(path)
        copy = open_database(sqlite_url(path))
        for card in list_cards(copy):  # nothing of a change is there without the rest of it
            history = [e.data["version"] for e in events(copy, pair_id=card.id)]
            assert history == list(range(card.version, 0, -1))
        copy.close()
        assert contents.events_digest == digest_of_first(whole, contents.rows["event"])


def digest_of_first(path: Path, n_events: int) -> str:
    """The hash chain of the whole history as it was after so many events."""
    with closing(sqlite3.connect(path)) as whole, closing(sqlite3.connect(":memory:")) as part:
        whole.backup(part)
        part.execute("DROP TRIGGER event_no_delete")
        part.execute(f"DELETE FROM event WHERE id > {n_events}")
        return events_digest(part)


def test_a_copy_has_every_row(seeded: Seeded, tmp_path: Path) -> None:
    decide(seeded.database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    contents = copy_database(seeded.database, tmp_path / "copy.db")
    copy = open_database(sqlite_url(tmp_path / "copy.db"))
    rows = all_rows(copy)
    assert rows == all_rows(seeded.database)
    assert contents.rows == {name: len(found) for name, found in rows.items()}
    assert {"annotation", "candidate_pair", "event", "lease", "token", "verification"} <= set(rows)
    copy.close()
    require_our_triggers(tmp_path / "copy.db")


def test_a_copy_put_into_a_server_is_the_same_and_goes_on(seeded: Seeded, tmp_path: Path) -> None:
    if seeded.database.is_sqlite:
        pytest.skip("of PostgreSQL only")
    url = seeded.database.url.render_as_string(hide_password=False)
    decide(seeded.database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    copy_database(seeded.database, tmp_path / "copy.db")
    before = all_rows(seeded.database)
    decide(seeded.database, 2, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    with seeded.database.read() as session:
        session.connection()
        with pytest.raises(InUse, match="Other programs"):
            load_copy(tmp_path / "copy.db", url)
    seeded.database.close()
    assert is_filled(url)
    kept = load_copy(tmp_path / "copy.db", url)
    database = open_database(url)
    assert all_rows(database) == before
    decide(database, 3, version=0, annotator_id=seeded.ben, decision=Decision.accept)
    assert events(database)[0].id == len(before["event"]) + 1
    with database.write() as session:
        old = session.connection().exec_driver_sql(f"SELECT count(*) FROM {kept}.event").scalar()
        assert old == len(before["event"]) + 1
        session.connection().exec_driver_sql(f"DROP SCHEMA {kept} CASCADE")
    database.close()


def damage(path: Path, how: Callable[[sqlite3.Connection], object]) -> None:
    with closing(sqlite3.connect(path)) as file:
        how(file)
        file.commit()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("DELETE FROM image", "refers to rows"),
        ("DROP TABLE alembic_version", "another program"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer version"),
        ("DROP TABLE event", "another program"),
    ],
)
def test_a_copy_that_was_tampered_with_is_refused(
    sqlite_file: Path, seeded: Seeded, tmp_path: Path, how: str, told: str
) -> None:
    copy_database(seeded.database, tmp_path / "copy.db")
    damage(tmp_path / "copy.db", lambda file: file.execute(how))
    with pytest.raises(BrokenCopy, match=told):
        check_copy(tmp_path / "copy.db")


@pytest.mark.parametrize(
    "how",
    [
        "DROP TRIGGER event_no_delete",
        "CREATE TRIGGER mine AFTER INSERT ON event BEGIN DELETE FROM annotation; END",
        "CREATE VIEW people AS SELECT * FROM annotator",
    ],
)
def test_a_copy_brings_no_code_and_keeps_ours(
    sqlite_file: Path, seeded: Seeded, tmp_path: Path, how: str
) -> None:
    copy_database(seeded.database, tmp_path / "copy.db")
    require_our_triggers(tmp_path / "copy.db")
    damage(tmp_path / "copy.db", lambda file: file.execute(how))
    with pytest.raises(BrokenCopy, match="triggers of its own"):
        require_our_triggers(tmp_path / "copy.db")


def test_pages_that_are_damaged_are_found(
    sqlite_file: Path, seeded: Seeded, tmp_path: Path
) -> None:
    path = tmp_path / "copy.db"
    copy_database(seeded.database, path)
    with closing(sqlite3.connect(path)) as copy:
        find = "SELECT rootpage FROM sqlite_master WHERE name = 'candidate_pair'"
        (page,), (size,) = (copy.execute(q).fetchone() for q in (find, "PRAGMA page_size"))
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : (page - 1) * size + 40] = b"\xff" * 40
    path.write_bytes(content)
    with pytest.raises(BrokenCopy, match=r"damaged|cannot be read"):
        check_copy(path)
    path.write_bytes(b"GIF89a" * 1000)
    with pytest.raises(BrokenCopy, match="cannot be read"):
        check_copy(path)


def test_a_database_that_is_open_elsewhere_is_in_use(sqlite_file: Path, seeded: Seeded) -> None:
    list_cards(seeded.database)  # its pool keeps the connection, as a server's does
    with pytest.raises(InUse, match="Stop the server"):
        require_unused(sqlite_file)
    seeded.database.close()
    require_unused(sqlite_file)
    assert not sqlite_file.with_name(f"{sqlite_file.name}-wal").exists()
    require_unused(sqlite_file.with_name("none.db"))
