"""What people originally said: kept apart from rulings, from slips, and from copying."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from db.adjudication import adjudicate
from db.annotations import decide, write_question
from db.history import EventKind, add_event
from db.lifecycle import Decision, Ruling
from db.opinions import Step, original_opinions, replay
from db.pairs import get_card
from db.policy import Policy, set_policy
from db.undo import undo
from tests.db.seeding import Seeded

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def version(seeded: Seeded, pair_id: int) -> int:
    card = get_card(seeded.database, pair_id)
    assert card is not None
    return card.version


def say(seeded: Seeded, pair_id: int, person: int, decision: Decision) -> None:
    reason = "unsuitable" if decision is Decision.reject else None
    decide(
        seeded.database,
        pair_id,
        version=version(seeded, pair_id),
        annotator_id=person,
        decision=decision,
        reason=reason,
    )


def write(seeded: Seeded, pair_id: int, person: int, pattern: str = "color") -> None:
    write_question(
        seeded.database,
        pair_id,
        version=version(seeded, pair_id),
        annotator_id=person,
        text="Which colour has it?",
        option_a="Red",
        option_b="Blue",
        answer_first="a",
        answer_second="b",
        pattern=pattern,
    )


def accept(seeded: Seeded, pair_id: int, person: int, pattern: str = "color") -> None:
    say(seeded, pair_id, person, Decision.accept)
    write(seeded, pair_id, person, pattern)


def said(seeded: Seeded) -> set[tuple[int, str, str, str | None]]:
    found = original_opinions(seeded.database).found
    return {(one.pair_id, one.by, one.decision.value, one.pattern) for one in found}


def rule(seeded: Seeded, pair_id: int, person: int, ruling: Ruling, **more: object) -> None:
    adjudicate(
        seeded.database,
        pair_id,
        version=version(seeded, pair_id),
        annotator_id=person,
        ruling=ruling,
        reason="I looked.",
        **more,  # type: ignore[arg-type]
    )


def test_a_ruling_does_not_change_what_people_said(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    one, two, three = seeded.pair_ids[:3]
    for pair_id in (one, two, three):
        accept(seeded, pair_id, seeded.ada)
        say(seeded, pair_id, seeded.ben, Decision.reject)
    before = said(seeded)
    assert (one, "Ada", "accept", "color") in before
    assert (one, "Ben", "reject", None) in before
    rule(seeded, one, seeded.ben, Ruling.send_back)  # takes Ada's words away
    rule(seeded, two, seeded.ada, Ruling.reject)  # Ada rejects what she had accepted
    rule(seeded, three, seeded.cyd, Ruling.reject)
    assert said(seeded) == before
    write(seeded, one, seeded.ada, pattern="text")  # after the ruling: no longer her first word
    assert said(seeded) == before


def test_a_ruling_that_is_taken_back_is_as_if_it_had_not_been(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    pair_id = seeded.pair_ids[0]
    accept(seeded, pair_id, seeded.ada)
    say(seeded, pair_id, seeded.ben, Decision.reject)
    rule(seeded, pair_id, seeded.cyd, Ruling.reject)
    undo(seeded.database, annotator_id=seeded.cyd)
    undo(seeded.database, annotator_id=seeded.ben)  # his slip
    say(seeded, pair_id, seeded.ben, Decision.accept)
    write(seeded, pair_id, seeded.ben, pattern="state")
    assert said(seeded) == {
        (pair_id, "Ada", "accept", "color"),
        (pair_id, "Ben", "accept", "state"),
    }


def test_a_correction_of_somebody_elses_work_is_no_second_opinion(seeded: Seeded) -> None:
    pair_id, other = seeded.pair_ids[:2]
    accept(seeded, pair_id, seeded.ada)
    say(seeded, pair_id, seeded.ben, Decision.reject)  # by a link, with Ada's words in view
    assert said(seeded) == {(pair_id, "Ada", "accept", "color")}
    assert original_opinions(seeded.database).n_informed == 1
    set_policy(seeded.database, Policy(overlap=2))
    say(seeded, other, seeded.ada, Decision.reject)
    say(seeded, other, seeded.ben, Decision.skip)
    assert (other, "Ben", "skip", None) in said(seeded)


def test_who_has_finished_may_look_and_then_counts_no_more(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    pair_id = seeded.pair_ids[0]
    say(seeded, pair_id, seeded.ada, Decision.accept)
    accept(seeded, pair_id, seeded.ben)
    write(seeded, pair_id, seeded.ada, pattern="count")  # not finished before: still her own
    assert (pair_id, "Ada", "accept", "count") in said(seeded)
    write(seeded, pair_id, seeded.ada, pattern="color")  # now she could see Ben's
    assert (pair_id, "Ada", "accept", "count") in said(seeded)


def test_restoring_somebody_elses_version_is_a_ruling(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    pair_id = seeded.pair_ids[0]
    accept(seeded, pair_id, seeded.ada)
    say(seeded, pair_id, seeded.ben, Decision.reject)
    before = said(seeded)
    after = {"annotation": {"decision": "accept", "pattern": "state", "question": "Which?"}}
    data = {"overlap": 2, "before": {}, "after": after, "ruled": True}
    with seeded.database.write() as session:
        add_event(session, EventKind.restore, data, annotator_id=seeded.cyd, pair_id=pair_id)
    assert said(seeded) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["decision", "question", "adjudication", "undo"]),
        st.integers(1, 3),
        st.sampled_from(["accept", "reject", "skip"]),
        st.sampled_from([1, 2]),
    ),
    max_size=14,
)


@given(STEPS)
def test_what_follows_a_standing_ruling_changes_nothing(
    drawn: list[tuple[str, int, str, int]],
) -> None:
    steps: list[Step] = []
    undone: set[int] = set()
    for n, (kind, person, decision, overlap) in enumerate(drawn, 1):
        target = None
        if kind == "undo":
            mine = [s for s in steps if s.person == person and s.event_id not in undone]
            mine = [s for s in mine if s.kind != EventKind.undo]
            if not mine:
                continue
            target = mine[-1].event_id
            if mine[-1].kind == "adjudication" and any(
                s.event_id > target and s.event_id not in undone and s.kind != "undo" for s in steps
            ):
                continue  # a ruling can be taken back only while it is the last word
            undone.add(target)
        at = START + timedelta(minutes=n)
        written, ruling = kind == "question", kind == "adjudication"
        pattern = "x" if written else None
        steps.append(Step(n, kind, target, person, overlap, decision, pattern, written, ruling, at))
    whole = replay(steps)
    rulings = [s.event_id for s in steps if s.kind == "adjudication" and s.event_id not in undone]
    if rulings:
        cut = replay([s for s in steps if s.event_id < rulings[0]])
        assert whole.original == cut.original
        assert whole.latest == cut.latest
    assert all(step.kind != "adjudication" for step in whole.original.values())
    assert set(whole.original) <= set(whole.latest)
