"""Times a claim of the next pair in a large workspace with many annotations.

Run it from the project's root: python -m benchmarks.queue [--pairs 1000000] [--decided 100000].
It makes a SQLite database of its own in a temporary folder. For each order and situation it prints
the median and the longest of some claims, and how that compares with a claim of an empty history.
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from db.annotators import ensure_annotator
from db.claims import claim
from db.database import Database
from db.migrate import open_database
from db.policy import Policy, set_policy
from db.queue_tables import QueueOrder
from db.selections import set_filter

_AT = "2026-01-01 00:00:00.000000"
_N_IMAGES = 2000
_PATTERNS = ("color", "orientation", "position", "state", "text")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--decided", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/mmvp.db")
        me = ensure_annotator(database, "Ann")
        other = ensure_annotator(database, "Bea")
        fill(Path(folder) / "mmvp.db", given.pairs)
        measure = Measure(database, me, given.claims)
        print(f"{given.pairs:,} pairs, {given.decided:,} of them annotated in the second part")
        measure("nothing decided, by gap")
        decide(Path(folder) / "mmvp.db", me, given.decided)
        for order in QueueOrder:
            set_policy(database, Policy(order=order, quota=15))
            measure(f"decided by me, by {order}")
        for n in (200, 10_000, 100_000):
            select(Path(folder) / "mmvp.db", n, me, given.pairs)
            set_filter(database, n, annotator_id=me)
            measure(f"a selection of {n:,}")
            set_filter(database, None, annotator_id=me)
        set_policy(database, Policy(overlap=2))
        measure("overlap 2, all mine wait for another")
        Measure(database, other, given.claims, measure.first)("overlap 2, the other person")
        skip(Path(folder) / "mmvp.db", me)
        set_policy(database, Policy())
        measure("all of these skipped by me")
        database.close()


class Measure:
    """Claims one pair after another as a person who presses J, and prints the times."""

    def __init__(
        self, database: Database, annotator_id: int, n: int, first: float | None = None
    ) -> None:
        self.database, self.annotator_id, self.n, self.first = database, annotator_id, n, first

    def __call__(self, what: str) -> None:
        times, after = [], None
        for _ in range(self.n):
            start = time.perf_counter()
            shown = claim(self.database, self.annotator_id, minutes=5, after_pair_id=after)
            times.append(1000 * (time.perf_counter() - start))
            after = shown.pair.id if shown.pair else None
        middle = statistics.median(times)
        self.first = self.first or middle
        ratio = middle / self.first
        print(f"{what:40} median {middle:7.1f} ms, max {max(times):7.1f} ms, {ratio:5.1f} times")


def _sql(path: Path, work: Callable[[sqlite3.Connection], None]) -> None:
    with sqlite3.connect(path) as connection:
        work(connection)
    connection.close()


def fill(path: Path, n_pairs: int) -> None:
    """Images, two encoders, one run and its pairs."""

    def work(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO image VALUES (?, ?, 9, 9, 'PNG', 9, ?, NULL, NULL, NULL, '{}')",
            ((n, f"{n:064x}", f"{n:016x}") for n in range(1, _N_IMAGES + 1)),
        )
        connection.execute(
            "INSERT INTO encoder VALUES (1, 'a', 'a', 8, 'a'), (2, 'b', 'b', 8, 'b')"
        )
        connection.execute(
            "INSERT INTO mining_run (id, kind, created_at, blind_encoder_id, reference_encoder_id,"
            " blind_min, reference_max, n_images, n_compared, n_over_thresholds, n_pairs, options)"
            " VALUES (1, 'mined', ?, 1, 2, 0.9, 0.6, ?, 1, 1, ?, '{}')",
            (_AT, _N_IMAGES, n_pairs),
        )
        both = ((i, j) for i in range(1, _N_IMAGES + 1) for j in range(i + 1, _N_IMAGES + 1))
        connection.executemany(
            "INSERT INTO candidate_pair (id, first_image_id, second_image_id, blind_encoder_id,"
            " reference_encoder_id, run_id, rank, novelty_rank, likely_pattern, blind_cosine,"
            " reference_cosine, state, version, answers_after)"
            " VALUES (?, ?, ?, 1, 2, 1, ?, ?, ?, 0.95, 0.2, 'unreviewed', 0, 0)",
            (
                (n, i, j, n, n_pairs - n, _PATTERNS[n % len(_PATTERNS)])
                for n, (i, j) in zip(range(1, n_pairs + 1), both, strict=False)
            ),
        )

    _sql(path, work)


def decide(path: Path, annotator_id: int, n: int) -> None:
    """The first pairs, complete and by one person."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO annotation (pair_id, annotator_id, decision, question, option_a, option_b,"
            " answer_first, answer_second, pattern, note, decided_at, written_at, updated_at)"
            " SELECT id, ?, 'accept', 'q', 'x', 'y', 'a', 'b', likely_pattern, '', ?, ?, ?"
            " FROM candidate_pair WHERE id <= ?",
            (annotator_id, _AT, _AT, _AT, n),
        )
        connection.execute(
            "UPDATE candidate_pair SET state = 'complete', decided_by = ?, version = 1"
            " WHERE id <= ?",
            (annotator_id, n),
        )

    _sql(path, work)


def skip(path: Path, annotator_id: int) -> None:
    """The same pairs, put off instead."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM lease")
        connection.execute(
            "UPDATE annotation SET decision = 'skip', question = NULL, option_a = NULL,"
            " option_b = NULL, answer_first = NULL, answer_second = NULL, pattern = NULL,"
            " written_at = NULL"
        )
        connection.execute(
            "UPDATE candidate_pair SET state = 'skipped' WHERE decided_by = ?", (annotator_id,)
        )

    _sql(path, work)


def select(path: Path, n: int, annotator_id: int, n_pairs: int) -> None:
    """A selection of the worst pairs; its number is their count."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO selection VALUES (?, ?, ?, ?)", (n, f"worst {n}", annotator_id, _AT)
        )
        connection.execute(
            "INSERT INTO selection_pair SELECT ?, id FROM candidate_pair WHERE id > ?",
            (n, n_pairs - n),
        )

    _sql(path, work)


if __name__ == "__main__":
    main()
