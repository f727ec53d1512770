"""Times how long a million mined pairs take into the database, new and a second time.

Run it from the project's root: python -m benchmarks.importing [--pairs 1000000].
It makes a SQLite database of its own in a temporary folder.
"""

import argparse
import tempfile
import time
from itertools import combinations, islice
from pathlib import Path

from benchmarks.queue import fill
from db.migrate import open_database
from db.pairs import NewPair, NewRun, record_run


def main() -> None:
    """Print seconds and rows a second."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/mmvp.db")
        fill(Path(folder) / "mmvp.db", 0)
        both = islice(combinations(range(1, 2001), 2), given.pairs)
        pairs = [NewPair(first, second, 0.97, 0.3) for first, second in both]
        run = NewRun(1, 2, 0.95, 0.6, 2000, 1_999_000, len(pairs), {})
        for what in ("new pairs", "the same pairs again"):
            begun = time.perf_counter()
            record_run(database, run, pairs)
            seconds = time.perf_counter() - begun
            print(f"{len(pairs):,} {what}: {seconds:.1f} s, {len(pairs) / seconds:,.0f} a second")
        database.close()


if __name__ == "__main__":
    main()
