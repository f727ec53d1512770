"""Time that work took, and the pairs that people could not agree on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from db.blind_questions import ask
from db.history import EventKind, add_event
from db.lifecycle import Decision, Ruling, VerificationPolicy
from db.policy import Policy, set_policy
from db.trouble import Troubled, list_troubled
from db.verdicts import set_verification_policy
from db.verification import Given, answer
from db.work import MOST_SECONDS, list_work, time_between
from tests.db.seeding import Seeded
from tests.db.test_opinions import accept, rule, say, undo

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 10_000)), max_size=30))
def test_time_runs_from_a_persons_last_step_and_stops_after_five_minutes(
    drawn: list[tuple[int, int]],
) -> None:
    rows, at = [], START
    for n, (person, passed) in enumerate(drawn):
        at += timedelta(seconds=passed)
        rows.append((n, person, at))
    found = time_between(rows)
    for n, (_, person, when) in enumerate(rows):
        before = [earlier for _, other, earlier in rows[:n] if other == person]
        wanted = min(MOST_SECONDS, (when - before[-1]).total_seconds()) if before else None
        assert found.get(n) == wanted


def test_decisions_and_questions_are_work_also_when_taken_back(seeded: Seeded) -> None:
    one, two = seeded.pair_ids[:2]
    accept(seeded, one, seeded.ada)
    say(seeded, two, seeded.ben, Decision.reject)
    undo(seeded.database, annotator_id=seeded.ben)
    found = list_work(seeded.database)
    assert [(w.pair_id, w.by, w.kind.value, w.decision.value, w.was_undone) for w in found] == [
        (one, "Ada", "decision", "accept", False),
        (one, "Ada", "question", "accept", False),
        (two, "Ben", "decision", "reject", True),
    ]
    assert [w.seconds is None for w in found] == [False, False, False]  # they were added before


def test_measured_time_counts_before_the_time_between_events(seeded: Seeded) -> None:
    accept(seeded, seeded.pair_ids[0], seeded.ada)
    data = {"after": {"annotation": {"decision": "reject"}}, "active_seconds": 412.5}
    with seeded.database.write() as session:
        add_event(session, EventKind.decision, data, annotator_id=seeded.ada, pair_id=2)
    *derived, measured = list_work(seeded.database)
    assert measured.seconds == 412.5
    assert all(one.seconds is not None and one.seconds <= MOST_SECONDS for one in derived)


def by_pair(seeded: Seeded) -> dict[int, Troubled]:
    return {one.pair_id: one for one in list_troubled(seeded.database)}


def test_disputes_count_after_they_are_settled_and_slips_do_not(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    settled, agreed, slip, half = seeded.pair_ids[:4]
    for pair_id in (settled, agreed, slip, half):
        accept(seeded, pair_id, seeded.ada, "text")
    say(seeded, settled, seeded.ben, Decision.reject)
    rule(seeded, settled, seeded.cyd, Ruling.reject)
    accept(seeded, agreed, seeded.ben, "color")
    say(seeded, slip, seeded.ben, Decision.reject)
    undo(seeded.database, annotator_id=seeded.ben)
    accept(seeded, slip, seeded.ben, "text")
    found = by_pair(seeded)
    assert set(found) == {settled, agreed, slip}  # of the fourth only one person knows
    assert found[settled].was_disputed
    assert not found[agreed].is_hot
    assert not found[slip].is_hot
    assert found[agreed].patterns == {"text", "color"}
    assert abs(found[settled].gap - 0.89) < 0.01


def test_a_change_of_mind_and_blind_answers_against_the_key_are_trouble(seeded: Seeded) -> None:
    mind, blind = seeded.pair_ids[:2]
    accept(seeded, mind, seeded.ada)
    say(seeded, mind, seeded.ben, Decision.reject)
    accept(seeded, blind, seeded.ada)
    set_verification_policy(seeded.database, VerificationPolicy(True, 1, 1))
    for person in (seeded.ben, seeded.cyd):
        question = ask(seeded.database, person).question
        if question is not None:
            token = question.token
            answer(seeded.database, annotator_id=person, token=token, given=Given.cannot_tell)
    found = by_pair(seeded)
    assert (found[mind].was_overturned, found[mind].was_disputed) == (True, False)
    assert found[blind].was_contested
