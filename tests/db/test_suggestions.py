"""Suggestions: the switch in the history, what was shown, what became of it."""

import pytest

from db.errors import DatabaseError
from db.history import events
from db.suggestion_tables import Outcome, SuggestionKind
from db.suggestions import (
    get_switch,
    record_suggestion,
    set_outcome,
    set_switch,
    settle_suggestions,
    tally_suggestions,
)
from tests.db.seeding import Seeded

FIELDS = {"text": "Is it up or down?", "option_a": "Up", "option_b": "Down", "pattern": "state"}


def show(
    seeded: Seeded,
    kind: SuggestionKind = SuggestionKind.question,
    fields: dict[str, str] | None = None,
    by: int | None = None,
) -> int:
    return record_suggestion(
        seeded.database,
        seeded.pair_ids[0],
        annotator_id=by or seeded.ada,
        kind=kind,
        source="m",
        fields=fields or FIELDS,
    )


def tally(seeded: Seeded) -> dict[str, tuple[int, ...]]:
    found = tally_suggestions(seeded.database)
    return {
        one.kind.value: (one.shown, one.accepted, one.edited, one.dismissed, one.open)
        for one in found
    }


def save(seeded: Seeded, **changes: str) -> None:
    pair_id = seeded.pair_ids[0]
    settle_suggestions(
        seeded.database, pair_id, annotator_id=seeded.ada, saved={**FIELDS, **changes}
    )


def test_the_switch_is_the_newest_event_and_none_is_lost(seeded: Seeded) -> None:
    assert get_switch(seeded.database) is None
    for enabled in (True, False, True):
        set_switch(
            seeded.database, enabled=enabled, endpoint="http://x/v1", model="m", annotator_id=1
        )
    switch = get_switch(seeded.database)
    assert switch is not None
    assert (switch.enabled, switch.endpoint, switch.model) == (True, "http://x/v1", "m")
    kept = [event for event in events(seeded.database) if event.kind == "suggesting"]
    assert [event.data["enabled"] for event in kept] == [True, False, True]
    assert {event.annotator for event in kept} == {switch.by}


@pytest.mark.parametrize(
    ("outcome", "changes", "counted"),
    [
        (Outcome.accepted, {}, (1, 1, 0, 0, 0)),
        (Outcome.accepted, {"text": " Is it up or down? "}, (1, 1, 0, 0, 0)),
        (Outcome.accepted, {"option_b": "Below"}, (1, 0, 1, 0, 0)),
        (Outcome.dismissed, {}, (1, 0, 0, 1, 0)),
        (None, {}, (1, 0, 0, 1, 0)),
    ],
)
def test_a_question_is_compared_with_what_is_saved(
    seeded: Seeded,
    outcome: Outcome | None,
    changes: dict[str, str],
    counted: tuple[int, ...],
) -> None:
    shown = show(seeded)
    assert tally(seeded) == {"question": (1, 0, 0, 0, 1)}
    set_outcome(seeded.database, shown, annotator_id=seeded.ada, outcome=outcome)
    save(seeded, **changes)
    assert tally(seeded) == {"question": counted}
    with pytest.raises(DatabaseError, match="no open suggestion"):
        set_outcome(seeded.database, shown, annotator_id=seeded.ada, outcome=Outcome.accepted)


@pytest.mark.parametrize(
    ("saved", "counted"), [("state", (1, 1, 0, 0, 0)), ("color", (1, 0, 0, 1, 0))]
)
def test_a_pattern_is_accepted_if_it_is_the_one_that_is_saved(
    seeded: Seeded, saved: str, counted: tuple[int, ...]
) -> None:
    show(seeded, SuggestionKind.pattern, {"pattern": "state"})
    save(seeded, pattern=saved)
    assert tally(seeded) == {"pattern": counted}


def test_the_same_one_again_is_one_and_after_saving_a_new_one(seeded: Seeded) -> None:
    shown = show(seeded)
    assert show(seeded) == shown
    assert show(seeded, by=seeded.ben) != shown
    save(seeded)
    assert show(seeded) not in {0, shown}
    assert tally(seeded)["question"] == (3, 0, 0, 1, 2)


def test_nobody_else_settles_it_and_there_must_be_a_pair(seeded: Seeded) -> None:
    shown = show(seeded)
    with pytest.raises(DatabaseError, match="no open suggestion"):
        set_outcome(seeded.database, shown, annotator_id=seeded.ben, outcome=Outcome.accepted)
    with pytest.raises(DatabaseError, match="no pair 999"):
        record_suggestion(
            seeded.database,
            999,
            annotator_id=1,
            kind=SuggestionKind.question,
            source="m",
            fields={},
        )
