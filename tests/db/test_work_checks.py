"""What the load benchmark looks for is found; and a crowd of threads gives no cause for it."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from db.annotators import ensure_annotator
from tests.db.concurrent_work import Crowd
from tests.db.seeding import Seeded
from tests.work_checks import Hold, Write, double_holds, violations


def crowd_of(seeded: Seeded, n_people: int) -> Crowd:
    people = [ensure_annotator(seeded.database, f"Person {n}") for n in range(n_people)]
    return Crowd(seeded.database, people)


def test_a_crowd_loses_crosses_and_shares_nothing(seeded: Seeded) -> None:
    crowd = crowd_of(seeded, 8)
    while len(crowd.writes) <= 10 and not crowd.failures:
        crowd.work(seconds=1)
    assert crowd.failures == []
    assert list(violations(seeded.database, crowd.holds, crowd.writes)) == []


def test_two_on_one_pair_are_seen() -> None:
    apart = [Hold(1, 7, 0, 2), Hold(2, 7, 2, 3), Hold(1, 7, 2.5, 2.6), Hold(2, 8, 0, 9)]
    assert len(list(double_holds(apart))) == 1
    assert list(double_holds(apart[:2] + apart[3:])) == []
    inside = [Hold(1, 7, 0, 9), Hold(1, 7, 1, 2), Hold(2, 7, 4, 5)]
    assert len(list(double_holds(inside))) == 1


def forget(_seeded: Seeded, crowd: Crowd) -> None:
    crowd.writes.pop()


def invent(seeded: Seeded, crowd: Crowd) -> None:
    crowd.writes.append(Write(seeded.ada, 1, "decision", 10_000))


def reword(_seeded: Seeded, crowd: Crowd) -> None:
    one = next(write for write in crowd.writes if write.kind == "question")
    one.values["question"] = "other words"


def hold_meanwhile(seeded: Seeded, crowd: Crowd) -> None:
    one = crowd.writes[0]
    crowd.holds[:] = [Hold(seeded.ada, one.pair_id, 0, 1e12)]


def execute(statement: str) -> Callable[[Seeded, Crowd], None]:
    def apply(seeded: Seeded, _crowd: Crowd) -> None:
        with seeded.database.write() as session:
            session.connection().execute(text(statement))

    return apply


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (forget, "invented"),
        (invent, "lost"),
        (reword, "crossed"),
        (hold_meanwhile, "changed what"),
        (execute("UPDATE annotation SET note = 'not mine'"), "the last event left"),
        (execute("DELETE FROM annotation"), "the last event left"),
        (execute("UPDATE candidate_pair SET version = version + 1"), "do not count to"),
        (
            execute(
                "UPDATE candidate_pair SET state = CASE state WHEN 'rejected' THEN 'skipped' "
                "ELSE 'rejected' END WHERE version > 0 AND decided_by IS NOT NULL"
            ),
            "says otherwise",
        ),
    ],
)
def test_what_may_not_be_is_found(
    seeded: Seeded, how: Callable[[Seeded, Crowd], None], told: str
) -> None:
    crowd = crowd_of(seeded, 2)
    while not any(write.kind == "question" for write in crowd.writes):
        crowd.work(seconds=0.1)
    assert list(violations(seeded.database, crowd.holds, crowd.writes)) == []
    how(seeded, crowd)
    assert told in " ".join(violations(seeded.database, crowd.holds, crowd.writes))
