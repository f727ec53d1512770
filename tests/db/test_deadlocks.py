"""A transaction that PostgreSQL takes back because of a deadlock runs again."""

import os
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from db.database import Database
from db.deadlocks import MOST_TRIES, Deadlock, retried
from db.migrate import open_database
from db.tables import CandidatePair
from tests.db.seeding import seed
from tests.temporary_postgresql import find_programs, temporary_postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    if find_programs() is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with temporary_postgresql() as url:
        database = open_database(url)
        seed(database, n_pairs=2)
        yield database
        database.close()


def test_two_that_wait_for_each_other_both_get_through(server: Database) -> None:
    both_have_one = threading.Barrier(2, timeout=20)
    met: set[int] = set()
    done: list[int] = []
    tries: list[int] = []

    @retried
    def lock_both(first: int, second: int) -> None:
        tries.append(first)
        with server.write() as session:
            for pair_id in (first, second):
                row = select(col(CandidatePair.id)).where(col(CandidatePair.id) == pair_id)
                session.connection().execute(row.with_for_update()).one()
                if first not in met:
                    met.add(first)
                    both_have_one.wait()
        done.append(first)

    with server.read() as session:
        one, other = session.connection().scalars(select(col(CandidatePair.id)))
    people = [
        threading.Thread(target=lock_both, args=pairs) for pairs in ((one, other), (other, one))
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=60)
    assert sorted(done) == sorted([one, other])
    assert len(tries) >= 3  # of the two at least one ran again


def test_a_deadlock_without_end_is_told() -> None:
    tries = []

    @retried
    def never() -> None:
        tries.append(1)
        raise Deadlock("Two changes waited for each other.")

    with pytest.raises(Deadlock):
        never()
    assert len(tries) == MOST_TRIES
