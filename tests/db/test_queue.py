"""The order in which a person sees pairs."""

from pathlib import Path

from db.annotations import decide
from db.database import Database
from db.lifecycle import Decision, PairState
from db.pairs import get_card, record_run
from db.progress import count_states
from db.queue import Queue, upcoming
from db.undo import undo
from tests.db.seeding import Seeded


def step(seeded: Seeded, pair_id: int, annotator_id: int, decision: str) -> None:
    """Decide a pair as it is now."""
    card = get_card(seeded.database, pair_id)
    assert card is not None
    decide(
        seeded.database,
        pair_id,
        version=card.version,
        annotator_id=annotator_id,
        decision=Decision(decision),
        reason="unsuitable",
    )


def ids(seeded: Seeded, annotator_id: int, *, after: int | None = None, n: int = 10) -> list[int]:
    cards = upcoming(seeded.database, annotator_id, after_pair_id=after, n=n)
    return [card.id for card in cards]


def test_best_rank_first(seeded: Seeded) -> None:
    assert ids(seeded, seeded.ada, n=3) == [1, 2, 3]
    assert ids(seeded, seeded.ada) == [1, 2, 3, 4, 5, 6]
    record_run(seeded.database, seeded.run, seeded.new_pairs((4, 5), (0, 1)))
    assert ids(seeded, seeded.ada) == [5, 1]
    assert count_states(seeded.database)[PairState.unreviewed] == 2


def test_the_pair_just_handled_is_left_out(seeded: Seeded) -> None:
    assert ids(seeded, seeded.ada, after=2, n=3) == [1, 3, 4]


def test_a_pair_that_somebody_else_skipped_is_still_to_be_reviewed(seeded: Seeded) -> None:
    step(seeded, 1, seeded.ada, "skip")
    assert ids(seeded, seeded.ben) == [1, 2, 3, 4, 5, 6]
    assert ids(seeded, seeded.ada) == [2, 3, 4, 5, 6, 1]
    step(seeded, 1, seeded.ben, "skip")
    assert ids(seeded, seeded.ben, n=1) == [2]
    assert ids(seeded, seeded.ada) == [2, 3, 4, 5, 6, 1], "still skipped by Ada too"
    assert ids(seeded, seeded.cyd, n=1) == [1]


def test_then_own_accepted_then_own_skipped_longest_ago_first(seeded: Seeded) -> None:
    for pair_id, decision in [(4, "skip"), (2, "skip"), (5, "accept"), (3, "accept")]:
        step(seeded, pair_id, seeded.ada, decision)
    step(seeded, 6, seeded.ben, "accept")
    assert ids(seeded, seeded.ada) == [1, 3, 5, 4, 2]
    assert ids(seeded, seeded.ben) == [1, 2, 4, 6]
    assert ids(seeded, seeded.ada, after=3) == [1, 5, 4, 2]
    step(seeded, 4, seeded.ada, "skip")
    assert ids(seeded, seeded.ada) == [1, 3, 5, 2, 4]


def test_what_was_skipped_returns_after_undo_to_its_place(seeded: Seeded) -> None:
    step(seeded, 1, seeded.ada, "skip")
    undo(seeded.database, annotator_id=seeded.ada)
    assert ids(seeded, seeded.ada) == [1, 2, 3, 4, 5, 6]


def test_a_skip_that_another_decision_followed_is_over(seeded: Seeded) -> None:
    step(seeded, 1, seeded.ada, "skip")
    step(seeded, 1, seeded.ben, "reject")
    assert 1 not in ids(seeded, seeded.ada)
    undo(seeded.database, annotator_id=seeded.ben)
    assert ids(seeded, seeded.ada)[-1] == 1


def test_decided_pairs_do_not_come_back(seeded: Seeded) -> None:
    for pair_id in seeded.pair_ids:
        step(seeded, pair_id, seeded.ada, "reject")
    assert ids(seeded, seeded.ada) == []
    assert count_states(seeded.database)[PairState.unreviewed] == 0


def test_the_length_counts_what_nobody_has_looked_at(seeded: Seeded) -> None:
    assert count_states(seeded.database)[PairState.unreviewed] == 6
    step(seeded, 1, seeded.ada, "skip")
    assert count_states(seeded.database)[PairState.unreviewed] == 5


def test_an_empty_database_has_an_empty_queue(database: Database) -> None:
    assert upcoming(database, 1) == []
    assert count_states(database)[PairState.unreviewed] == 0


def test_the_first_list_is_read_from_the_partial_index(seeded: Seeded, sqlite_file: Path) -> None:
    with seeded.database.read() as session:
        connection = session.connection()
        queue = Queue.of(session, seeded.ada)
        stage, values = next(queue.stages(session, polite=True))
        first_list = stage.params(**values, left_out=[0], n=3)
        sql = first_list.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert "SEARCH candidate_pair USING INDEX ix_candidate_pair_queue (run_id=?)" in plan
    assert not any("ORDER BY" in line for line in plan)
