"""A process that rejects pairs again and again; the concurrency and kill tests start it."""

import itertools
import sys

from db.annotations import StaleVersion, decide
from db.lifecycle import Decision
from db.migrate import open_database
from db.pairs import get_card


def main(url: str, annotator_id: int, pair_ids: list[int], attempts: int | None) -> None:
    """Print ``pair version`` for each acknowledged decision, ``stale`` for each refused one."""
    database = open_database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    for n, pair_id in enumerate(itertools.cycle(pair_ids)):
        if n == attempts:
            break
        card = get_card(database, pair_id)
        if card is None:
            raise SystemExit(f"no pair {pair_id}")
        try:
            done = decide(
                database,
                pair_id,
                version=card.version,
                annotator_id=annotator_id,
                decision=Decision.reject,
                reason=f"other: attempt {n}",
            )
            print(pair_id, done.version, flush=True)
        except StaleVersion:
            print("stale", flush=True)


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        [int(pair_id) for pair_id in sys.argv[3].split(",")],
        int(sys.argv[4]) if len(sys.argv) > 4 else None,
    )
