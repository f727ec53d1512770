"""Several writers at once, and a writer that is killed: nothing acknowledged is lost."""

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

from db.annotations import StaleVersion, decide, save_draft
from db.database import Database
from db.history import events
from db.lifecycle import Decision
from db.migrate import open_database
from db.pairs import get_card
from tests.db.seeding import Seeded

WORKER = Path(__file__).with_name("decide_worker.py")


def start(seeded: Seeded, environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """A worker on this database; it waits for a line before it begins."""
    url = seeded.database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, str(WORKER), url, *arguments],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def go(workers: list["subprocess.Popen[str]"]) -> None:
    """Let them begin together."""
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()


def versions(database: Database, pair_ids: list[int]) -> dict[int, int]:
    """The version of each pair."""
    cards = [get_card(database, pair_id) for pair_id in pair_ids]
    return {card.id: card.version for card in cards if card is not None}


def test_processes_that_decide_the_same_pairs(
    seeded: Seeded, worker_environment: dict[str, str]
) -> None:
    n_workers, attempts, pair_ids = 4, 40, [1, 2, 3]
    people = [seeded.ada, seeded.ben, seeded.cyd, seeded.ada]
    workers = [
        start(seeded, worker_environment, str(who), "1,2,3", str(attempts)) for who in people
    ]
    go(workers)
    lines = [line for worker in workers for line in worker.communicate(timeout=60)[0].splitlines()]
    assert [worker.returncode for worker in workers] == [0] * n_workers
    assert len(lines) == n_workers * attempts
    accepted = [line for line in lines if line != "stale"]
    assert len(set(accepted)) == len(accepted), "no version was given out twice"
    assert sum(versions(seeded.database, pair_ids).values()) == len(accepted)
    for pair_id, version in versions(seeded.database, pair_ids).items():
        history = events(seeded.database, pair_id=pair_id)
        assert [event.data["version"] for event in history] == list(range(version, 0, -1))


def test_a_writer_that_is_killed_loses_nothing_it_acknowledged(
    seeded: Seeded, worker_environment: dict[str, str]
) -> None:
    pair_ids = [1, 2, 3]
    worker = start(seeded, worker_environment, str(seeded.ada), "1,2,3")
    go([worker])
    assert worker.stdout is not None
    read = [worker.stdout.readline() for _ in range(25)]
    worker.send_signal(signal.SIGKILL)
    rest, _ = worker.communicate(timeout=30)
    assert worker.returncode == -signal.SIGKILL
    acknowledged = [
        (int(pair_id), int(version))
        for pair_id, version in (line.split() for line in [*read, *rest.splitlines()])
    ]
    seeded.database.close()
    database = open_database(seeded.database.url.render_as_string(hide_password=False))
    recorded = {
        (event.pair_id, event.data["version"])
        for event in events(database, limit=100_000)
        if event.kind == "decision"
    }
    assert set(acknowledged) <= recorded
    assert len(recorded) <= len(acknowledged) + 1, "only the one in flight may be unannounced"
    now = versions(database, pair_ids)
    assert sum(now.values()) == len(recorded)
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.url.database))) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    decide(database, 1, version=now[1], annotator_id=seeded.ben, decision=Decision.accept)
    database.close()


def test_two_key_presses_at_the_same_moment_decide_once(seeded: Seeded) -> None:
    outcomes: list[str] = []
    n_presses, n_rounds = 2, 15
    barrier = threading.Barrier(n_presses)

    def press(version: int) -> None:
        barrier.wait(10)
        try:
            decide(
                seeded.database,
                1,
                version=version,
                annotator_id=seeded.ada,
                decision=Decision.reject,
                reason="unsuitable",
            )
            outcomes.append("decided")
        except StaleVersion:
            outcomes.append("stale")

    for version in range(n_rounds):
        threads = [threading.Thread(target=press, args=(version,)) for _ in range(n_presses)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes[-n_presses:]) == ["decided", "stale"]
    assert versions(seeded.database, [1]) == {1: n_rounds}


def test_threads_of_two_databases_on_one_file_take_turns(seeded: Seeded) -> None:
    other = open_database(seeded.database.url.render_as_string(hide_password=False))
    failures: list[BaseException] = []

    def type_away(database: Database, who: int) -> None:
        try:
            for n in range(10):
                save_draft(database, 1, annotator_id=who, fields={"text": str(n)})
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    people = [seeded.ada, seeded.ben, seeded.cyd]
    threads = [
        threading.Thread(target=type_away, args=(database, who))
        for database in (seeded.database, other)
        for who in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    other.close()
