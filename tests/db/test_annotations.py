"""Decisions, questions, undo and drafts."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from db.annotations import (
    InvalidDecision,
    InvalidQuestion,
    StaleVersion,
    decide,
    load_draft,
    save_draft,
    write_question,
)
from db.errors import DatabaseError
from db.history import events
from db.lifecycle import Decision, PairState
from db.pairs import get_card, link_of
from db.undo import undo
from db.views import PairCard, QuestionView
from tests.db.seeding import Seeded

QUESTION = {
    "text": "Is the door open?",
    "option_a": "Open",
    "option_b": "Shut",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "state",
}


def do(
    seeded: Seeded, version: int, decision: str, who: int | None = None, reason: str | None = None
) -> PairCard:
    """Decide pair 1, as Ada unless told."""
    return decide(
        seeded.database,
        1,
        version=version,
        annotator_id=who or seeded.ada,
        decision=Decision(decision),
        reason=reason,
    )


def write(seeded: Seeded, version: int, who: int | None = None, **changed: str) -> PairCard:
    """Write the question of pair 1, as Ada unless told."""
    fields: Mapping[str, Any] = {**QUESTION, **changed}
    return write_question(
        seeded.database, 1, version=version, annotator_id=who or seeded.ada, **fields
    )


def question_of(card: PairCard) -> QuestionView | None:
    return card.annotation.question if card.annotation else None


def stored_answers(seeded: Seeded) -> list[tuple[int, str, str | None]]:
    """All annotations as they lie in the database."""
    query = text("SELECT annotator_id, decision, question FROM annotation ORDER BY id")
    with seeded.database.read() as session:
        return [(row[0], row[1], row[2]) for row in session.connection().execute(query)]


def test_accept_then_write_completes_a_pair(seeded: Seeded) -> None:
    card = do(seeded, 0, "accept")
    assert (card.state, card.version) == (PairState.accepted, 1)
    assert card.annotation is not None
    assert (card.annotation.annotator, card.annotation.decision) == ("Ada", Decision.accept)
    assert question_of(card) is None
    card = write(seeded, 1, text="  Is the door open?\n", note=" brass handle ")
    assert (card.state, card.version) == (PairState.complete, 2)
    assert question_of(card) == QuestionView(**QUESTION)
    assert card.annotation is not None
    assert card.annotation.note == "brass handle"
    assert get_card(seeded.database, 1) == card
    link = link_of(seeded.database, 1)
    assert link is not None
    assert (link.state, link.pattern) == (PairState.complete, "state")


def test_a_double_key_press_decides_once(seeded: Seeded) -> None:
    card = do(seeded, 0, "accept")
    with pytest.raises(StaleVersion, match="changed in the meantime by Ada") as stale:
        do(seeded, 0, "accept")
    assert stale.value.current == card
    assert [event.kind for event in events(seeded.database, pair_id=1)] == ["decision"]


def test_a_stale_page_overwrites_nothing(seeded: Seeded) -> None:
    card = do(seeded, 0, "reject", seeded.ben, "near_duplicate")
    for attempt in (lambda: do(seeded, 0, "skip"), lambda: write(seeded, 0)):
        with pytest.raises(StaleVersion) as stale:
            attempt()
        assert stale.value.current == card
    assert get_card(seeded.database, 1) == card


@pytest.mark.parametrize("reason", [None, "", "  ", "just so"])
def test_a_rejection_needs_a_known_reason(seeded: Seeded, reason: str | None) -> None:
    with pytest.raises(InvalidDecision, match="needs a reason"):
        do(seeded, 0, "reject", reason=reason)
    assert events(seeded.database, pair_id=1) == []


def test_a_rejection_keeps_its_reason(seeded: Seeded) -> None:
    card = do(seeded, 0, "reject", reason="other:  too dark ")
    assert card.annotation is not None
    assert card.annotation.reason == "other: too dark"
    card = do(seeded, 1, "reject", reason="unsuitable")
    assert card.annotation is not None
    assert card.annotation.reason == "unsuitable"


def test_a_reason_given_with_another_decision_is_not_kept(seeded: Seeded) -> None:
    card = do(seeded, 0, "accept", reason="unsuitable")
    assert card.annotation is not None
    assert card.annotation.reason is None


@pytest.mark.parametrize(("before", "then"), [("accept", "accept"), ("reject", "skip")])
def test_what_the_state_does_not_allow(seeded: Seeded, before: str, then: str) -> None:
    do(seeded, 0, before, reason="unsuitable")
    with pytest.raises(InvalidDecision, match="not possible"):
        do(seeded, 1, then)


def test_a_finished_pair_is_neither_skipped_nor_accepted_again(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    write(seeded, 1)
    for decision in ("skip", "accept"):
        with pytest.raises(InvalidDecision):
            do(seeded, 2, decision)


@pytest.mark.parametrize("decision", [None, "reject", "skip"])
def test_only_an_accepted_pair_gets_a_question(seeded: Seeded, decision: str | None) -> None:
    if decision:
        do(seeded, 0, decision, reason="unsuitable")
    with pytest.raises(InvalidDecision, match="Accept it before writing"):
        write(seeded, int(decision is not None))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"text": " "}, "The question is empty."),
        ({"option_a": ""}, "Option a is empty."),
        ({"option_b": "\n"}, "Option b is empty."),
        ({"option_b": " OPEN"}, "The two options are the same."),
        ({"answer_second": "a"}, "The right answer must differ between the two images."),
        ({"answer_first": "c"}, "The right answer for the first image must be a or b."),
        ({"answer_second": ""}, "The right answer for the second image must be a or b."),
        ({"pattern": ""}, "Choose a visual pattern."),
    ],
)
def test_faults_of_a_question_are_named(
    seeded: Seeded, changed: dict[str, str], problem: str
) -> None:
    do(seeded, 0, "accept")
    with pytest.raises(InvalidQuestion) as invalid:
        write(seeded, 1, **changed)
    assert invalid.value.problems == [problem]
    assert problem in str(invalid.value)


def test_all_faults_are_named_at_once(seeded: Seeded) -> None:
    with pytest.raises(InvalidQuestion) as invalid:
        write(seeded, 0, **dict.fromkeys(QUESTION, ""))
    assert len(invalid.value.problems) == 6


def test_an_edit_replaces_the_question(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    write(seeded, 1)
    card = write(seeded, 2, text="Is the gate open?")
    assert (card.state, card.version) == (PairState.complete, 3)
    newest = events(seeded.database, pair_id=1)[0]
    texts = [newest.data[when]["annotation"]["question"] for when in ("before", "after")]
    assert texts == ["Is the door open?", "Is the gate open?"]


def test_an_edit_by_another_keeps_the_first_authors_words(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    write(seeded, 1)
    card = write(seeded, 2, seeded.ben, text="Is the gate open?")
    assert card.annotation is not None
    assert card.annotation.annotator == "Ben"
    assert stored_answers(seeded) == [
        (seeded.ada, "accept", "Is the door open?"),
        (seeded.ben, "accept", "Is the gate open?"),
    ]


@pytest.mark.parametrize("rejecter", ["ada", "ben"])
@pytest.mark.parametrize("accepter", ["ada", "ben", "cyd"])
def test_a_question_survives_rejection_and_returns(
    seeded: Seeded, rejecter: str, accepter: str
) -> None:
    do(seeded, 0, "accept")
    write(seeded, 1)
    card = do(seeded, 2, "reject", getattr(seeded, rejecter), "unsuitable")
    assert card.state is PairState.rejected
    assert stored_answers(seeded)[0][2] == "Is the door open?"
    card = do(seeded, 3, "accept", getattr(seeded, accepter))
    assert card.state is PairState.complete
    assert question_of(card) == QuestionView(**QUESTION)
    assert card.annotation is not None
    assert card.annotation.annotator.lower() == accepter


def test_unknown_pairs_and_people(seeded: Seeded) -> None:
    with pytest.raises(DatabaseError, match="no pair 99"):
        decide(seeded.database, 99, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    with pytest.raises(DatabaseError, match="no annotator 99"):
        do(seeded, 0, "accept", 99)


def without_version(card: PairCard | None) -> dict[str, object]:
    """What undo must bring back exactly: all but the version and the annotation's row number."""
    assert card is not None
    return {**vars(card), "version": None}


def test_undo_goes_back_step_by_step(seeded: Seeded) -> None:
    states = [without_version(get_card(seeded.database, 1))]
    states.append(without_version(do(seeded, 0, "accept")))
    states.append(without_version(write(seeded, 1)))
    states.append(without_version(do(seeded, 2, "reject", reason="unsuitable")))
    for n, state in enumerate(reversed(states[:-1]), start=4):
        card = undo(seeded.database, annotator_id=seeded.ada)
        assert without_version(card) == state
        assert card is not None
        assert card.version == n
    assert undo(seeded.database, annotator_id=seeded.ada) is None
    kinds = [event.kind for event in events(seeded.database, pair_id=1)]
    assert kinds == ["undo"] * 3 + ["decision", "question", "decision"]
    assert stored_answers(seeded) == []


def test_after_an_undo_work_goes_on(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    undo(seeded.database, annotator_id=seeded.ada)
    do(seeded, 2, "skip")
    card = undo(seeded.database, annotator_id=seeded.ada)
    assert card is not None
    assert (card.state, card.version) == (PairState.unreviewed, 4)
    assert undo(seeded.database, annotator_id=seeded.ada) is None


def test_undo_takes_the_last_pair_first(seeded: Seeded) -> None:
    for pair_id in (2, 1):
        decide(
            seeded.database,
            pair_id,
            version=0,
            annotator_id=seeded.ada,
            decision=Decision.accept,
        )
    undone = [undo(seeded.database, annotator_id=seeded.ada) for _ in range(2)]
    assert [card.id for card in undone if card] == [1, 2]


def test_undo_is_ones_own(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    assert undo(seeded.database, annotator_id=seeded.ben) is None


def test_undo_overwrites_nobody_else(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    card = do(seeded, 1, "reject", seeded.ben, "unsuitable")
    with pytest.raises(StaleVersion) as stale:
        undo(seeded.database, annotator_id=seeded.ada)
    assert stale.value.current == card
    assert get_card(seeded.database, 1) == card
    undo(seeded.database, annotator_id=seeded.ben)
    back = undo(seeded.database, annotator_id=seeded.ada)
    assert back is not None
    assert back.state is PairState.unreviewed


def test_undo_of_a_takeover_gives_the_pair_back(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    mine = write(seeded, 1)
    write(seeded, 2, seeded.ben, text="Is the gate open?")
    card = undo(seeded.database, annotator_id=seeded.ben)
    assert without_version(card) == without_version(mine)
    assert len(stored_answers(seeded)) == 1


def test_drafts_are_private_and_change_no_version(seeded: Seeded) -> None:
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is the"})
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is the door"})
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {"text": "Is the door"}
    assert load_draft(seeded.database, 1, annotator_id=seeded.ben) == {}
    assert load_draft(seeded.database, 2, annotator_id=seeded.ada) == {}
    card = get_card(seeded.database, 1)
    assert card is not None
    assert card.version == 0
    assert events(seeded.database, pair_id=1) == []


def test_a_saved_question_ends_its_draft_and_undo_returns_it(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    for who in (seeded.ada, seeded.ben):
        save_draft(seeded.database, 1, annotator_id=who, fields={"text": "Is the door"})
    write(seeded, 1)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {}
    assert load_draft(seeded.database, 1, annotator_id=seeded.ben) == {"text": "Is the door"}
    undo(seeded.database, annotator_id=seeded.ada)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {"text": "Is the door"}


def test_a_refused_question_leaves_the_draft(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "Is the door"})
    with pytest.raises(StaleVersion):
        write(seeded, 0)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {"text": "Is the door"}


def test_undo_does_not_replace_a_newer_draft(seeded: Seeded) -> None:
    do(seeded, 0, "accept")
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "old"})
    write(seeded, 1)
    save_draft(seeded.database, 1, annotator_id=seeded.ada, fields={"text": "new"})
    undo(seeded.database, annotator_id=seeded.ada)
    assert load_draft(seeded.database, 1, annotator_id=seeded.ada) == {"text": "new"}
