"""Redo, restoring earlier versions, the timeline of a pair and active time."""

from collections.abc import Callable
from typing import Any

import pytest

from db.active_time import active_seconds
from db.adjudication import adjudicate
from db.annotations import (
    InvalidDecision,
    StaleVersion,
    decide,
    load_draft,
    save_draft,
    write_question,
)
from db.claims import claim_pair
from db.history import EventKind, events
from db.leases import NotFree
from db.lifecycle import Decision, PairState, Ruling
from db.migrate import open_database
from db.pairs import get_card
from db.policy import Policy, set_policy
from db.restore import NoSuchVersion, Restorer, restore
from db.timeline import Timeline, TimelineEntry, pair_timeline
from db.undo import can_redo, redo, undo
from db.views import PairCard
from tests.db.seeding import Seeded

QUESTION = {
    "text": "Is the door open?",
    "option_a": "Open",
    "option_b": "Shut",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "state",
}


def version_of(seeded: Seeded, pair_id: int = 1) -> int:
    card = get_card(seeded.database, pair_id)
    assert card is not None
    return card.version


def do(seeded: Seeded, decision: str, who: int | None = None, **more: Any) -> PairCard:  # noqa: ANN401
    pair_id = more.pop("pair_id", 1)
    reason = "unsuitable" if decision == "reject" else None
    return decide(
        seeded.database,
        pair_id,
        version=version_of(seeded, pair_id),
        annotator_id=who or seeded.ada,
        decision=Decision(decision),
        **{"reason": reason, **more},
    )


def write(seeded: Seeded, who: int | None = None, **changed: Any) -> PairCard:  # noqa: ANN401
    return write_question(
        seeded.database,
        1,
        version=version_of(seeded),
        annotator_id=who or seeded.ada,
        **{**QUESTION, **changed},
    )


def everything(seeded: Seeded) -> dict[str, Any]:
    """All that undo and redo must bring back: the pair, every annotation, every draft."""
    with seeded.database.read() as session:
        connection = session.connection()
        return {
            table: [
                {
                    name: value
                    for name, value in row.items()
                    if name != "updated_at" or table != "draft"
                }
                for row in connection.exec_driver_sql(
                    f"SELECT * FROM {table} ORDER BY 1, 2"
                ).mappings()
            ]
            for table in ("annotation", "draft")
        } | {
            "pair": connection.exec_driver_sql(
                "SELECT id, state, decided_by, adjudicated_by, answers_after"
                " FROM candidate_pair ORDER BY id"
            ).all()
        }


def telling(seeded: Seeded, who: int, *, is_reviewer: bool = False) -> Timeline:
    found = pair_timeline(seeded.database, 1, reader=Restorer(who, is_reviewer))
    assert found is not None
    return found


def test_undo_and_redo_any_number_of_steps(seeded: Seeded) -> None:
    states = [everything(seeded)]
    steps: tuple[Callable[[], object], ...] = (
        lambda: do(seeded, "accept"),
        lambda: save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is"}),
        lambda: write(seeded),
        lambda: write(seeded, text="Is the gate open?"),
        lambda: do(seeded, "reject", pair_id=2),
        lambda: do(seeded, "reject"),
    )
    for n, step in enumerate(steps):
        step()
        if n == 1:
            states[-1] = everything(seeded)  # typing is no step
        else:
            states.append(everything(seeded))
    n_steps = len(states) - 1
    for _ in range(2):
        for state in reversed(states[:-1]):
            assert can_redo(seeded.database, annotator_id=seeded.ada) is (state is not states[-2])
            undo(seeded.database, annotator_id=seeded.ada)
            if state is not states[0]:
                assert everything(seeded) == state
        assert get_card(seeded.database, 1).state is PairState.unreviewed  # type: ignore[union-attr]
        assert undo(seeded.database, annotator_id=seeded.ada) is None
        for state in states[1:]:
            assert redo(seeded.database, annotator_id=seeded.ada) is not None
            assert without_drafts(everything(seeded)) == without_drafts(state)
        assert redo(seeded.database, annotator_id=seeded.ada) is None
    assert len(events(seeded.database, pair_id=1)) == version_of(seeded)
    assert n_steps == 5


def without_drafts(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "draft"}


def test_redo_of_a_question_takes_the_draft_and_undo_gives_it_back(seeded: Seeded) -> None:
    do(seeded, "accept")
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is"})
    write(seeded)
    undo(seeded.database, annotator_id=seeded.ada)
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is the gate"})
    redo(seeded.database, annotator_id=seeded.ada)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {}
    undo(seeded.database, annotator_id=seeded.ada)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {"text": "Is the gate"}


def test_a_new_change_ends_the_chain_of_that_person_only(seeded: Seeded) -> None:
    do(seeded, "accept")
    do(seeded, "skip", seeded.ben, pair_id=2)
    undo(seeded.database, annotator_id=seeded.ada)
    undo(seeded.database, annotator_id=seeded.ben)
    do(seeded, "reject", pair_id=3)
    assert redo(seeded.database, annotator_id=seeded.ada) is None
    assert not can_redo(seeded.database, annotator_id=seeded.ada)
    again = redo(seeded.database, annotator_id=seeded.ben)
    assert again is not None
    assert (again.id, again.state) == (2, PairState.skipped)


def test_redo_is_refused_once_somebody_else_changed_the_pair(seeded: Seeded) -> None:
    do(seeded, "accept")
    undo(seeded.database, annotator_id=seeded.ada)
    theirs = do(seeded, "reject", seeded.ben)
    with pytest.raises(StaleVersion) as stale:
        redo(seeded.database, annotator_id=seeded.ada)
    assert stale.value.current == theirs
    undo(seeded.database, annotator_id=seeded.ben)  # now it is as it was left
    again = redo(seeded.database, annotator_id=seeded.ada)
    assert again is not None
    assert again.state is PairState.accepted


def test_a_refusal_leaves_nothing_open_in_the_database(seeded: Seeded) -> None:
    do(seeded, "accept")
    with pytest.raises(StaleVersion) as refused:
        decide(seeded.database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    other = open_database(seeded.database.url.render_as_string(hide_password=False))
    decide(other, 2, version=0, annotator_id=seeded.ben, decision=Decision.skip)
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is"})
    assert refused.value.current.id == 1
    other.close()


def test_redo_waits_while_somebody_else_is_on_the_pair(seeded: Seeded) -> None:
    do(seeded, "reject")
    undo(seeded.database, annotator_id=seeded.ada)
    claim_pair(seeded.database, 1, annotator_id=seeded.ben, minutes=5)
    with pytest.raises(NotFree):
        redo(seeded.database, annotator_id=seeded.ada)


def test_with_several_a_pair_redo_is_ones_own(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    do(seeded, "accept")
    write(seeded)
    before = everything(seeded)
    undo(seeded.database, annotator_id=seeded.ada)
    do(seeded, "reject", seeded.ben)
    again = redo(seeded.database, annotator_id=seeded.ada)
    assert again is not None
    assert again.annotation is not None
    assert again.annotation.question is not None
    undo(seeded.database, annotator_id=seeded.ben)
    assert without_drafts(everything(seeded)) | {"annotation": 0} == without_drafts(before) | {
        "annotation": 0
    }


def test_a_ruling_is_taken_back_and_made_again(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    for who in (seeded.ada, seeded.ben):
        do(seeded, "accept", who)
        write(seeded, who, text=f"Question of {who}?")
    for ruling in (Ruling.send_back, Ruling.keep, Ruling.reject):
        begun = everything(seeded)
        adjudicate(
            seeded.database,
            1,
            version=version_of(seeded),
            annotator_id=seeded.cyd,
            ruling=ruling,
            reason="so",
        )
        ruled = everything(seeded)
        undo(seeded.database, annotator_id=seeded.cyd, only=EventKind.adjudication)
        assert without_drafts(everything(seeded)) == without_drafts(begun)
        redo(seeded.database, annotator_id=seeded.cyd, only=EventKind.adjudication)
        assert everything(seeded) == ruled
        undo(seeded.database, annotator_id=seeded.cyd, only=EventKind.adjudication)
        assert without_drafts(everything(seeded)) == without_drafts(begun)
    do(seeded, "reject", seeded.cyd, pair_id=2)
    undo(seeded.database, annotator_id=seeded.cyd)
    nothing = redo(seeded.database, annotator_id=seeded.cyd, only=EventKind.adjudication)
    assert nothing is None


def entry_of(told: Timeline, kind: EventKind, n: int = 0) -> TimelineEntry:
    return [entry for entry in told.entries if entry.kind is kind][n]


def test_an_earlier_question_is_restored_as_a_change_of_its_own(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded, note="mine")
    write(seeded, seeded.ben, text="Is the gate open?")
    told = telling(seeded, seeded.cyd)
    assert [entry.kind.value for entry in told.entries] == ["question", "question", "decision"]
    newest, first = told.entries[0], told.entries[1]
    assert (newest.is_current, newest.restorable) == (True, False)
    assert newest.previous is not None
    assert newest.previous.question is not None
    assert newest.previous.question.text == "Is the door open?"
    assert first.restorable
    assert not told.entries[2].restorable, "an annotator cannot unwrite a question"
    save_draft(seeded.database, 1, annotator_id=seeded.cyd, fields={"text": "Is"})
    before = everything(seeded)
    card = restore(
        seeded.database,
        1,
        version=told.pair_version,
        event_id=first.id,
        restorer=Restorer(seeded.cyd),
    )
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert card.annotation.question.text == "Is the door open?"
    assert (card.annotation.annotator, card.annotation.note) == ("Cyd", "mine")
    assert card.state is PairState.complete
    newest = telling(seeded, seeded.cyd).entries[0]
    assert (newest.kind, newest.about, newest.is_current) == (EventKind.restore, first.id, True)
    undo(seeded.database, annotator_id=seeded.cyd)
    assert everything(seeded) == before
    redo(seeded.database, annotator_id=seeded.cyd)
    assert get_card(seeded.database, 1).annotation.note == "mine"  # type: ignore[union-attr]


def test_what_may_be_restored(seeded: Seeded) -> None:
    do(seeded, "skip")
    do(seeded, "accept")
    write(seeded)
    do(seeded, "reject", pair_id=2)
    skipped, accepted, written = sorted(
        (entry for entry in telling(seeded, seeded.ada).entries), key=lambda entry: entry.id
    )
    other = events(seeded.database, pair_id=2)[0].id
    ada, chief = Restorer(seeded.ada), Restorer(seeded.ben, is_reviewer=True)

    def bring_back(event_id: int, who: Restorer, version: int | None = None) -> PairCard:
        version = version_of(seeded) if version is None else version
        return restore(seeded.database, 1, version=version, event_id=event_id, restorer=who)

    for event_id in (skipped.id, accepted.id):
        with pytest.raises(InvalidDecision, match="only a reviewer"):
            bring_back(event_id, ada)
    for event_id in (other, 10**6):
        with pytest.raises(NoSuchVersion):
            bring_back(event_id, chief)
    with pytest.raises(StaleVersion):
        bring_back(skipped.id, chief, version=1)
    claim_pair(seeded.database, 1, annotator_id=seeded.cyd, minutes=5)
    with pytest.raises(NotFree):
        bring_back(skipped.id, chief)
    with seeded.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM lease")
    assert bring_back(skipped.id, chief).state is PairState.skipped
    assert bring_back(written.id, ada).state is PairState.complete
    assert bring_back(accepted.id, chief).state is PairState.accepted
    undone = undo(seeded.database, annotator_id=seeded.ben)
    assert undone is not None
    with pytest.raises(NoSuchVersion):
        bring_back(events(seeded.database, pair_id=1)[0].id, chief)


def test_with_several_a_pair_each_sees_and_restores_their_own(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    do(seeded, "accept")
    write(seeded)
    do(seeded, "accept", seeded.ben)
    mine = telling(seeded, seeded.ben, is_reviewer=True)
    assert (mine.only_own, [entry.by for entry in mine.entries]) == (True, ["Ben"])
    write(seeded, seeded.ben, text="Is the gate open?")
    told = telling(seeded, seeded.ben)
    assert {entry.by for entry in told.entries} == {"Ben"}
    theirs = next(e for e in events(seeded.database, pair_id=1) if e.annotator == "Ada")
    call = {"version": version_of(seeded), "event_id": theirs.id}
    with pytest.raises(InvalidDecision, match="somebody else's"):
        restore(seeded.database, 1, restorer=Restorer(seeded.ben), **call)
    before = everything(seeded)
    assert get_card(seeded.database, 1).state is PairState.complete  # type: ignore[union-attr]
    all_told = telling(seeded, seeded.cyd, is_reviewer=True)
    assert {entry.by for entry in all_told.entries} == {"Ada", "Ben"}
    restore(seeded.database, 1, restorer=Restorer(seeded.cyd, is_reviewer=True), **call)
    card = get_card(seeded.database, 1)
    assert card is not None
    assert card.annotation is not None
    assert (card.annotation.annotator, card.state) == ("Cyd", PairState.complete)
    undo(seeded.database, annotator_id=seeded.cyd)
    assert everything(seeded) == before
    redo(seeded.database, annotator_id=seeded.cyd)
    again = get_card(seeded.database, 1)
    assert again is not None
    assert (again.annotation, again.state) == (card.annotation, card.state)


def test_what_was_taken_back_is_marked(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded)
    undo(seeded.database, annotator_id=seeded.ada)
    told = telling(seeded, seeded.ada)
    undone, question, accepted = told.entries
    assert (undone.kind, undone.of, undone.about) == (
        EventKind.undo,
        EventKind.question,
        question.id,
    )
    assert undone.state is PairState.accepted
    assert (question.stands, accepted.stands) == (False, True)
    assert question.restorable
    redo(seeded.database, annotator_id=seeded.ada)
    told = telling(seeded, seeded.ada)
    assert told.entries[0].of is EventKind.question
    assert entry_of(told, EventKind.question).stands
    assert pair_timeline(seeded.database, 999, reader=Restorer(seeded.ada)) is None


def test_active_time_is_summed_over_visits_and_undo_loses_none(seeded: Seeded) -> None:
    do(seeded, "accept", active_seconds=10.0)
    write(seeded, active_seconds=30.0)
    for _ in range(2):
        undo(seeded.database, annotator_id=seeded.ada)
    do(seeded, "accept", active_seconds=5.004)
    do(seeded, "skip", pair_id=2)
    assert active_seconds(seeded.database, [1, 2, 3]) == {1: 45.0}
    do(seeded, "reject", seeded.ben, active_seconds=3.0)
    do(seeded, "reject", seeded.cyd, active_seconds=10**9)
    assert active_seconds(seeded.database, [1]) == {1: 45.0}
    redo(seeded.database, annotator_id=seeded.cyd)
    assert active_seconds(seeded.database, [1]) == {1: 45.0}


def test_an_annotation_comes_back_although_its_number_is_somebody_elses(seeded: Seeded) -> None:
    do(seeded, "accept")
    undo(seeded.database, annotator_id=seeded.ada)
    do(seeded, "accept", who=seeded.ben, pair_id=2)
    back = redo(seeded.database, annotator_id=seeded.ada)
    assert back is not None
    assert back.state is PairState.accepted
    other = get_card(seeded.database, 2)
    assert other is not None
    assert other.annotation is not None
    assert other.annotation.annotator == "Ben"
