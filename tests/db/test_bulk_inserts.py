"""Many pairs at once: the same rows and indices as with few, and all of it or nothing."""

from itertools import combinations, islice

import pytest
from sqlalchemy import text

from db.bulk_inserts import MANY, many_inserts
from db.database import Database
from db.errors import DatabaseError
from db.images import list_images, record_scan
from db.pairs import NewPair, list_cards, record_run
from db.tables import CandidatePair
from tests.db.seeding import Seeded, found_file


def schema(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        query = (
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'candidate_pair' ORDER BY name"
        )
        return [(name, sql) for name, sql in session.connection().execute(text(query))]


@pytest.fixture
def many(seeded: Seeded) -> list[NewPair]:
    """More pairs of more images than are inserted one by one."""
    from pathlib import Path

    files = [found_file(f"/more/{n}.png", 1000 + n) for n in range(210)]
    record_scan(seeded.database, Path("/more"), files, complete=True)
    ids = [image.id for image in list_images(seeded.database)]
    return [NewPair(*both, 0.97, 0.3) for both in islice(combinations(ids, 2), MANY)]


def test_the_indices_are_back_and_the_queue_finds_every_pair(
    seeded: Seeded, many: list[NewPair]
) -> None:
    before = schema(seeded.database)
    record_run(seeded.database, seeded.run, many)
    assert schema(seeded.database) == before
    cards = list_cards(seeded.database)
    assert [card.rank for card in cards] == list(range(1, MANY + 1))
    with seeded.database.read() as session:
        assert session.connection().execute(text("PRAGMA integrity_check")).scalars().all() == [
            "ok"
        ]
        assert session.connection().execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_failure_leaves_everything_as_it_was(seeded: Seeded, many: list[NewPair]) -> None:
    before, cards = schema(seeded.database), list_cards(seeded.database)
    with pytest.raises(DatabaseError):
        record_run(seeded.database, seeded.run, [*many, NewPair(1, 999_999, 0.97, 0.3)])
    assert schema(seeded.database) == before
    assert list_cards(seeded.database) == cards


@pytest.mark.parametrize(("n_rows", "kept"), [(MANY - 1, True), (MANY, False)])
def test_few_rows_keep_the_indices(seeded: Seeded, n_rows: int, kept: bool) -> None:
    before = schema(seeded.database)
    with seeded.database.write() as session, many_inserts(session, CandidatePair, n_rows):
        query = text("SELECT count(*) FROM sqlite_master WHERE tbl_name = 'candidate_pair'")
        assert (session.connection().execute(query).scalar_one() == len(before)) is kept
    assert schema(seeded.database) == before
