"""Leases: one page a pair, some minutes long, freed by leaving; also between processes."""

import subprocess
import sys
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from db.annotations import decide
from db.annotators import ensure_annotator
from db.claims import claim, claim_pair
from db.database import Database
from db.leases import NotFree, count_held, release, renew
from db.lifecycle import Decision
from db.policy import Policy, set_policy
from db.tables import Annotation
from db.times import now
from db.undo import undo
from tests.db.seeding import Seeded
from tests.db.test_concurrency import go

WORKER = Path(__file__).with_name("claim_worker.py")


def next_of(seeded: Seeded, who: int, *, after: int | None = None, n_ahead: int = 3) -> int | None:
    shown = claim(seeded.database, who, minutes=5, after_pair_id=after, n_ahead=n_ahead)
    return shown.pair.id if shown.pair else None


def step(seeded: Seeded, pair_id: int, who: int, decision: str) -> None:
    shown = claim_pair(seeded.database, pair_id, annotator_id=who, minutes=5, n_ahead=0)
    assert shown is not None
    assert shown.pair is not None
    decide(
        seeded.database,
        pair_id,
        version=shown.pair.version,
        annotator_id=who,
        decision=Decision(decision),
        reason="unsuitable",
    )


def test_each_person_gets_another_pair(seeded: Seeded) -> None:
    first = claim(seeded.database, seeded.ada, minutes=5, n_ahead=2)
    second = claim(seeded.database, seeded.ben, minutes=5, n_ahead=2)
    assert (first.pair and first.pair.id, second.pair and second.pair.id) == (1, 4)
    assert [card.id for card in first.ahead] == [2, 3]
    assert [card.id for card in second.ahead] == [5, 6]
    assert first.until is not None
    assert timedelta(minutes=4) < first.until - now() < timedelta(minutes=6)


def test_what_is_only_read_ahead_goes_to_whoever_has_nothing_else(seeded: Seeded) -> None:
    assert next_of(seeded, seeded.ada) == 1
    assert [next_of(seeded, who) for who in (seeded.ben, seeded.cyd)] == [5, 2]
    assert next_of(seeded, seeded.ada, after=1) == 3, "what Cyd got is no longer next"


def test_reloading_shows_the_same_pair(seeded: Seeded) -> None:
    assert [next_of(seeded, seeded.ada) for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("decision", ["skip", "reject"])
def test_deciding_frees_a_pair(seeded: Seeded, decision: str) -> None:
    assert next_of(seeded, seeded.ada) == 1
    step(seeded, 1, seeded.ada, decision)
    free = claim_pair(seeded.database, 1, annotator_id=seeded.ben, minutes=5)
    assert free is not None
    assert free.obstacle is None


def test_accepting_keeps_a_pair_for_its_question(seeded: Seeded) -> None:
    step(seeded, 1, seeded.ada, "accept")
    kept = claim_pair(seeded.database, 1, annotator_id=seeded.ben, minutes=5)
    assert kept is not None
    assert kept.obstacle is not None
    assert kept.obstacle.by == "Ada"


def test_moving_on_frees_a_pair(seeded: Seeded) -> None:
    assert next_of(seeded, seeded.ada) == 1
    assert next_of(seeded, seeded.ada, after=1) == 2
    assert next_of(seeded, seeded.ben) == 1


def test_a_link_to_a_pair_that_somebody_is_on_is_only_to_look_at(seeded: Seeded) -> None:
    assert next_of(seeded, seeded.ada) == 1
    shown = claim_pair(seeded.database, 1, annotator_id=seeded.ben, minutes=5)
    assert shown is not None
    assert shown.pair is not None
    assert shown.obstacle is not None
    assert (shown.obstacle.by, shown.until) == ("Ada", None)
    with pytest.raises(NotFree, match="Ada is on pair 1"):
        decide(
            seeded.database,
            1,
            version=0,
            annotator_id=seeded.ben,
            decision=Decision.skip,
        )
    assert count_held(seeded.database, annotator_id=seeded.ben) == 1
    assert count_held(seeded.database, annotator_id=seeded.ada) == 0


def test_a_lease_runs_out_and_is_renewed(seeded: Seeded) -> None:
    short = claim(seeded.database, seeded.ada, minutes=-1)
    assert short.pair is not None
    assert next_of(seeded, seeded.ben) == 1
    late = renew(seeded.database, 1, annotator_id=seeded.ada, token=short.token, minutes=5)
    assert late.until is None
    assert late.obstacle is not None
    assert late.obstacle.by == "Ben"
    mine = renew(seeded.database, 1, annotator_id=seeded.ben, token="x", minutes=50)
    assert mine.until is not None
    assert mine.until > now() + timedelta(minutes=49)


def test_a_page_that_closes_late_frees_nothing_of_the_next_page(seeded: Seeded) -> None:
    old = claim(seeded.database, seeded.ada, minutes=5)
    new = claim(seeded.database, seeded.ada, minutes=5)
    release(seeded.database, annotator_id=seeded.ada, pair_id=1, token=old.token)
    assert next_of(seeded, seeded.ben) != 1
    release(seeded.database, annotator_id=seeded.ada, pair_id=1, token=new.token)
    assert next_of(seeded, seeded.cyd) == 1


def test_what_somebody_else_is_on_cannot_be_taken_back(seeded: Seeded) -> None:
    step(seeded, 1, seeded.ada, "skip")
    assert next_of(seeded, seeded.ben) == 1
    with pytest.raises(NotFree):
        undo(seeded.database, annotator_id=seeded.ada)


def test_as_many_people_may_be_on_a_pair_as_annotations_are_wanted(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    assert [next_of(seeded, who, n_ahead=0) for who in (seeded.ada, seeded.ben)] == [1, 1]
    assert next_of(seeded, seeded.cyd, n_ahead=0) == 2
    step(seeded, 1, seeded.ada, "reject")
    assert next_of(seeded, seeded.cyd, n_ahead=0) == 2, "Ada's annotation and Ben make two"
    link = claim_pair(seeded.database, 1, annotator_id=seeded.cyd, minutes=5)
    assert link is not None
    assert link.obstacle is not None
    assert link.obstacle.by == "Ben"


def people(database: Database, n: int) -> list[int]:
    return [ensure_annotator(database, f"Person {n}") for n in range(n)]


def work(
    seeded: Seeded, environment: dict[str, str], n_people: int, n_steps: int, *outcomes: str
) -> dict[int, list[tuple[float, float, int, str]]]:
    """Several processes at one queue; who was shown each pair from when to when."""
    url = seeded.database.url.render_as_string(hide_password=False)
    everybody = people(seeded.database, n_people)
    workers = [
        subprocess.Popen(
            [sys.executable, str(WORKER), url, str(person), str(n_steps), *outcomes],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for person in everybody
    ]
    go(workers)
    shown = defaultdict(list)
    for person, worker in zip(everybody, workers, strict=True):
        out, _ = worker.communicate(timeout=120)
        assert worker.returncode == 0
        for line in out.splitlines():
            pair_id, since, until, what = line.split()
            shown[int(pair_id)].append((float(since), float(until), person, what))
    return {pair_id: sorted(spans) for pair_id, spans in shown.items()}


def test_no_two_processes_are_shown_one_pair_at_a_time(
    seeded: Seeded, worker_environment: dict[str, str]
) -> None:
    shown = work(seeded, worker_environment, 4, 40, "skip", "leave", "pass")  # none drains it
    assert sum(len(spans) for spans in shown.values()) > 80
    for spans in shown.values():
        for (_, until, one, _), (since, _, other, _) in pairwise(spans):
            assert one == other or until <= since
    outcomes = {what for spans in shown.values() for *_, what in spans}
    assert outcomes == {"skip", "leave", "pass"}, "nothing was refused"


def test_with_an_overlap_no_more_people_than_that_are_on_a_pair(
    seeded: Seeded, worker_environment: dict[str, str]
) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    shown = work(seeded, worker_environment, 4, 30, "skip", "leave", "pass", "reject")
    for spans in shown.values():
        for since, _, person, _ in spans:
            on_it = {who for a, b, who, _ in spans if a <= since < b and who != person}
            assert len(on_it) < 2
    with seeded.database.read() as session:
        n_in = session.connection().execute(
            select(func.count())
            .where(col(Annotation.decision) != Decision.skip.value)
            .group_by(col(Annotation.pair_id))
        )
        assert all(n <= 2 for n in n_in.scalars())
