"""Twenty people annotate at once over HTTP; afterwards nothing may be lost, crossed or held twice.

Run it from the project's root: python -m benchmarks.load [--minutes 10] [--database both].
It starts `mmvp serve` on a workspace of its own in a temporary folder, on SQLite and then on a
PostgreSQL server that it starts itself (install Debian's postgresql and the extra `postgres`).
Everybody logs in through the form and works as their browser would: leases, heartbeats, drafts,
decisions, questions, undo, skips, links; and some push: stale writes, double submits, pages that
sleep past their lease. It prints latencies, throughput and what was refused, and ends with 1 if the
server failed anywhere or anything that must hold does not.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import combinations
from pathlib import Path

from annotator.accounts import create_account
from annotator.settings import Settings
from annotator.studio import Studio
from benchmarks.load_people import TIMED, Log, Person
from benchmarks.review_latency import wait_for
from db.copies import check_copy, copy_database
from db.encoders import ensure_encoder
from db.images import list_images, record_scan
from db.pairs import NewPair, NewRun, record_run
from db.roles import Role
from tests.seeding import draw_picture, found_file
from tests.serving import free_port
from tests.temporary_postgresql import temporary_postgresql
from tests.work_checks import violations

N_IMAGES = 110
PASSWORD = "annotating under load"
LEASE_MINUTES = "0.25"  # so short that some run out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--think", type=float, default=4, help="seconds between two actions")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    given = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if given.database == "both" else [given.database]
    n_wrong = 0
    for kind in kinds:
        with (
            tempfile.TemporaryDirectory(prefix="mmvp-load-") as folder,
            temporary_postgresql() if kind == "postgresql" else nullcontext() as database_url,
        ):
            print(f"{kind}: {given.people} people, {given.minutes:g} minutes", flush=True)
            n_wrong += run(Path(folder), database_url, given)
    sys.exit(1 if n_wrong else 0)


def run(folder: Path, database_url: str | None, given: argparse.Namespace) -> int:
    """One database's turn; returns how much was wrong."""
    settings = Settings(database_url=database_url)
    people = seed(folder, settings, given.people)
    log = Log()
    with serving(folder, database_url) as url:
        started = time.time()
        asyncio.run(crowd(url, people, log, started + 60 * given.minutes, given.think))
        seconds = time.time() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    report(log, seconds)
    server, clients = (round(one.ru_utime + one.ru_stime) for one in used)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"  CPU seconds so far: servers {server}, clients {clients}; load of the machine: {load}")
    with Studio.open(folder / "workspace", settings) as studio:
        wrong = [*log.problems, *violations(studio.database, log.holds, log.writes)]
        check_copy_of(studio, folder)
    for line in wrong[:20]:
        print(f"  WRONG {line}")
    print(f"  {len(wrong)} violations and failures\n", flush=True)
    return len(wrong)


def check_copy_of(studio: Studio, folder: Path) -> None:
    """A backup of what came of it is whole."""
    contents = copy_database(studio.database, folder / "copy.db")
    if check_copy(folder / "copy.db") != contents:
        raise RuntimeError("two looks at one copy differ")


def seed(folder: Path, settings: Settings, n_people: int) -> dict[int, str]:
    """A workspace where all pictures are paired with each other, and people with accounts."""
    pictures = folder / "pictures"
    pictures.mkdir()
    files = []
    for number in range(N_IMAGES):
        path = pictures / f"{number:03d}.jpg"
        draw_picture(path, number, mirrored=bool(number % 2))
        files.append(found_file(path, f"house {number}"))
    with Studio.open(folder / "workspace", settings) as studio:
        database = studio.database
        record_scan(database, pictures, files, complete=True)
        ids = sorted(image.id for image in list_images(database))
        blind = ensure_encoder(
            database, spec="open_clip:tiny/x", name="x", dimension=8, weights_digest="0"
        )
        reference = ensure_encoder(
            database, spec="hf:tiny", name="y", dimension=8, weights_digest="0"
        )
        pairs = [
            NewPair(first, second, 0.99 - n * 1e-6, 0.1 + n * 1e-6)
            for n, (first, second) in enumerate(combinations(ids, 2))
        ]
        run = NewRun(blind, reference, 0.95, 0.6, len(ids), len(pairs), len(pairs), {})
        record_run(database, run, pairs)
        names = [f"Person {n:02d}" for n in range(n_people)]
        return {create_account(studio, name, Role.annotator, PASSWORD)[0]: name for name in names}


@contextmanager
def serving(folder: Path, database_url: str | None) -> Iterator[str]:
    """`mmvp serve` as people start it."""
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "annotator.cli", "serve", "--port", str(port)]
    command += ["--workspace", str(folder / "workspace")]
    environment = {**os.environ, "MMVP_LEASE_MINUTES": LEASE_MINUTES}
    if database_url:
        environment["MMVP_DATABASE_URL"] = database_url
    with log.open("w") as file:
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        try:
            wait_for(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()
    if text := log.read_text().partition("(Ctrl-C stops)\n")[2]:
        print(f"  the server's log:\n{text[-2000:]}")


async def crowd(url: str, people: dict[int, str], log: Log, stop_at: float, think: float) -> None:
    """Everybody at once."""
    await asyncio.gather(
        *(
            Person(url, name, PASSWORD, number, log, think).work(annotator_id, stop_at)
            for number, (annotator_id, name) in enumerate(people.items())
        )
    )


def report(log: Log, seconds: float) -> None:
    """Latencies by kind, and those of all writes together."""
    together = [ms for what in TIMED for ms in log.latencies[what]]
    rows = sorted(log.latencies.items(), key=lambda row: -len(row[1]))
    for what, found in [("decisions, questions, undo", together), *rows]:
        if len(found) > 1:
            p95 = statistics.quantiles(found, n=100, method="inclusive")[94]
            print(
                f"  {what:28} n={len(found):6,}  p50 {statistics.median(found):6.0f} ms"
                f"  p95 {p95:6.0f} ms  max {max(found):6.0f} ms"
            )
    n_requests = sum(map(len, log.latencies.values()))
    print(
        f"  {len(log.writes):,} writes ({len(log.writes) / seconds:.1f}/s) and "
        f"{n_requests:,} requests ({n_requests / seconds:.1f}/s); {len(log.holds):,} holds; "
        f"refused: {dict(log.refused)}"
    )


if __name__ == "__main__":
    main()
