"""The workspace's own patterns: changes of the set, and how older questions are read by it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.annotations import decide, write_question
from db.database import Database
from db.disputes import get_dispute
from db.history import events
from db.lifecycle import Decision
from db.migrate import open_database
from db.ordering import written_pairs
from db.pairs import get_card, pair_links
from db.pattern_tags import count_said
from db.patterns import (
    PatternError,
    PatternFields,
    add_pattern,
    list_patterns,
    merge_pattern,
    read_as,
    rename_pattern,
    restore_pattern,
    retire_pattern,
)
from db.policy import Policy
from db.progress import progress
from db.shortage import count_complete, patterns_by_shortage
from db.workspace import Workspace
from tests.db.seeding import Seeded

SHIPPED = [
    PatternFields("state", "State", "What condition something is in."),
    PatternFields("texts", "Texts", "What is written."),
    PatternFields("color", "Color", "Which color."),
]
NEW = PatternFields("mirror", "Reflections", "What a mirror shows.", example={})


def slugs(database: Database) -> list[str]:
    return [one.fields.slug for one in list_patterns(database) if one.is_active]


def test_nothing_is_stored_until_somebody_changes_the_set(database: Database) -> None:
    assert list_patterns(database) == []
    add_pattern(database, NEW, shipped=SHIPPED)
    assert slugs(database) == ["state", "texts", "color", "mirror"]
    (event, *_) = events(database)
    assert event.kind == "pattern"
    assert event.data["action"] == "add"
    assert event.data["after"]["name"] == "Reflections"


def test_a_new_name_keeps_the_slug(database: Database) -> None:
    renamed = rename_pattern(database, "texts", shipped=SHIPPED, name="  Letters \n and signs ")
    assert (renamed.fields.slug, renamed.fields.name) == ("texts", "Letters and signs")
    assert renamed.fields.definition == "What is written."


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"slug": "state"}, "already"),
        ({"slug": "No Slug"}, "slug"),
        ({"slug": "x" * 41}, "slug"),
        ({"name": " "}, "name"),
        ({"name": "state"}, "has the name"),
        ({"definition": "d" * 401}, "definition"),
        ({"example": {"question": "Q?", "option_a": "yes"}}, "both options"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(
    database: Database, change: dict[str, object], told: str
) -> None:
    with pytest.raises(PatternError, match=told):
        add_pattern(database, replace(NEW, **change), shipped=SHIPPED)
    assert list_patterns(database) == []


def test_merges_follow_each_other_and_can_be_taken_back(database: Database) -> None:
    merge_pattern(database, "texts", "state", shipped=SHIPPED)
    merge_pattern(database, "state", "color", shipped=SHIPPED)
    assert {one.fields.slug: one.counts_as for one in list_patterns(database)} == {
        "state": "color",
        "texts": "color",
        "color": "color",
    }
    with pytest.raises(PatternError, match="out of use"):
        merge_pattern(database, "color", "state", shipped=SHIPPED)
    with pytest.raises(PatternError, match="already"):
        merge_pattern(database, "texts", "color", shipped=SHIPPED)
    restore_pattern(database, "state", shipped=SHIPPED)
    assert {one.counts_as for one in list_patterns(database)} == {"state", "color"}


def test_one_pattern_stays_in_use(database: Database) -> None:
    retire_pattern(database, "state", shipped=SHIPPED)
    retire_pattern(database, "texts", shipped=SHIPPED)
    with pytest.raises(PatternError, match="at least"):
        retire_pattern(database, "color", shipped=SHIPPED)
    assert slugs(database) == ["color"]
    with pytest.raises(PatternError, match="itself"):
        merge_pattern(database, "color", "color", shipped=SHIPPED)


def complete_pair(seeded: Seeded) -> int:
    """The number of a pair whose question has the pattern `state`."""
    pair_id = seeded.pair_ids[0]
    who = {"annotator_id": seeded.ada}
    decide(seeded.database, pair_id, version=0, decision=Decision.accept, **who)
    write_question(
        seeded.database,
        pair_id,
        version=1,
        text="Is the door open?",
        option_a="Open",
        option_b="Shut",
        answer_first="a",
        answer_second="b",
        pattern="state",
        **who,
    )
    return pair_id


def test_a_question_is_read_through_the_merge_and_stays_as_it_was_said(seeded: Seeded) -> None:
    database, pair_id = seeded.database, complete_pair(seeded)
    merge_pattern(database, "state", "color", shipped=SHIPPED)
    card = get_card(database, pair_id)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert card.annotation.question.pattern == "color"
    assert count_said(database) == {"state": 1}
    assert progress(database).by_pattern == {"color": 1}
    assert [one.pattern for one in written_pairs(database)] == ["color"]
    assert {one.pattern for one in pair_links(database) if one.id == pair_id} == {"color"}
    assert count_complete(database, {"color": 15, "texts": 15}) == {"color": 1, "texts": 0}
    dispute = get_dispute(database, pair_id)
    assert dispute is not None
    assert [one.is_current for one in dispute.versions] == [True]
    restore_pattern(database, "state", shipped=SHIPPED)
    assert progress(database).by_pattern == {"state": 1}


def test_scarce_patterns_come_first_by_what_they_count_as(seeded: Seeded) -> None:
    from sqlalchemy import text

    database = seeded.database
    complete_pair(seeded)
    with database.write() as session:
        for guess in ("state", "texts", "color"):
            session.connection().execute(
                text(
                    "UPDATE candidate_pair SET likely_pattern = :guess WHERE id = (SELECT min(id) "
                    "FROM candidate_pair WHERE state = 'unreviewed' AND likely_pattern IS NULL)"
                ),
                {"guess": guess},
            )
    policy = Policy(quota=1)

    def order() -> list[str]:
        with database.read() as session:
            return patterns_by_shortage(session, policy, unknown="")

    assert order() == ["color", "texts", "", "state"]
    merge_pattern(database, "texts", "state", shipped=SHIPPED)
    assert order() == ["color", "", "state", "texts"]
    retire_pattern(database, "color", shipped=SHIPPED)
    assert order() == ["", "color", "state", "texts"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=12))
def test_whatever_is_merged_counts_as_something_in_use(steps: list[tuple[str, str]]) -> None:
    merged: dict[str, str | None] = dict.fromkeys("abcde")
    for slug, into in steps:  # the same rule as merge_pattern and restore_pattern
        if slug == into:
            merged[slug] = None
        elif merged[slug] is None and merged[into] is None:
            merged[slug] = into
    found = read_as(merged)
    assert set(found) == set(merged)
    assert all(merged[end] is None for end in found.values())
    assert all(found[found[slug]] == found[slug] for slug in found)


def test_a_circle_is_refused() -> None:
    with pytest.raises(PatternError, match="circle"):
        read_as({"a": "b", "b": "a"})


def test_a_set_survives_being_opened_again(workspace: Workspace) -> None:
    first = open_database(workspace.database_url)
    merge_pattern(first, "texts", "color", shipped=SHIPPED)
    first.close()
    again = open_database(workspace.database_url)
    assert slugs(again) == ["state", "color"]
    again.close()
