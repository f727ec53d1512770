"""A process that works through the queue; the concurrency tests start several of them."""

import random
import sys
import time

from db.annotations import StaleVersion, decide
from db.claims import claim
from db.leases import NotFree, release
from db.lifecycle import Decision
from db.migrate import open_database


def main(url: str, annotator_id: int, n_steps: int, outcomes: list[str]) -> None:
    """Print ``pair from until outcome`` for each pair shown, in seconds of the machine's clock."""
    database = open_database(url)
    chance = random.Random(annotator_id)
    print("ready", flush=True)
    sys.stdin.readline()
    after = None
    for _ in range(n_steps):
        shown = claim(database, annotator_id, minutes=5, after_pair_id=after)
        since, after = time.monotonic(), None
        if shown.pair is None:
            continue
        time.sleep(chance.random() / 15)  # long against a claim: pages would overlap
        until, what = time.monotonic(), chance.choice(outcomes)
        if what == "leave":
            pair_id, token = shown.pair.id, shown.token
            release(database, annotator_id=annotator_id, pair_id=pair_id, token=token)
        elif what == "pass":
            after = shown.pair.id
        else:
            try:
                decide(
                    database,
                    shown.pair.id,
                    version=shown.pair.version,
                    annotator_id=annotator_id,
                    decision=Decision(what),
                    reason="unsuitable",
                )
            except (StaleVersion, NotFree) as error:
                what = type(error).__name__
        print(shown.pair.id, since, until, what, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
