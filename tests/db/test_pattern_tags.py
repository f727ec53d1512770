"""Tags: taken over for many pairs at once, read instead of what people said, taken back whole."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from db.annotations import decide, write_question
from db.database import Database
from db.disputes import get_dispute
from db.history import events
from db.lifecycle import Decision
from db.migrate import open_database
from db.ordering import written_pairs
from db.pairs import get_card, list_cards
from db.pattern_fields import PatternError, PatternFields
from db.pattern_tags import (
    HoldingTag,
    Tagged,
    WantedTag,
    adopt_patterns,
    count_said,
    count_tagged,
    holding_tag,
    take_back_tags,
)
from db.patterns import list_patterns, merge_pattern, restore_pattern, retire_pattern
from db.progress import progress
from db.shortage import count_complete
from tests.db.seeding import Seeded

SHIPPED = [PatternFields(slug, slug.title(), f"{slug}.") for slug in ("state", "text", "color")]
MIRROR = PatternFields("mirror", "Reflections", "What a mirror shows.")
WRITTEN = 3


def write(seeded: Seeded, pair_id: int, pattern: str) -> None:
    card = get_card(seeded.database, pair_id)
    assert card is not None
    if card.annotation is None:
        who = {"annotator_id": seeded.ada}
        decide(seeded.database, pair_id, version=card.version, decision=Decision.accept, **who)
    card = get_card(seeded.database, pair_id)
    assert card is not None
    write_question(
        seeded.database,
        pair_id,
        version=card.version,
        annotator_id=seeded.ada,
        text="Is the door open?",
        option_a="Open",
        option_b="Shut",
        answer_first="a",
        answer_second="b",
        pattern=pattern,
    )


def read(database: Database) -> list[str]:
    return [one.pattern for one in written_pairs(database)]


@pytest.fixture
def written(seeded: Seeded) -> Seeded:
    """Three finished pairs that say `state`, `state` and `text`."""
    for pair_id, pattern in zip(seeded.pair_ids, ("state", "state", "text"), strict=False):
        write(seeded, pair_id, pattern)
    return seeded


def adopt(
    seeded: Seeded,
    *,
    sure: float = 0.9,
    slug: str = "mirror",
    added: Sequence[PatternFields] = (MIRROR,),
    only_if_said: set[str] | None = None,
) -> Tagged:
    return adopt_patterns(
        seeded.database,
        added,
        {pair_id: WantedTag(slug, sure) for pair_id in seeded.pair_ids[1:4]},
        found_by="gpt",
        shipped=SHIPPED,
        only_if_said=only_if_said,
        annotator_id=seeded.ada,
    )


def test_tags_are_read_everywhere_and_nothing_said_is_lost(written: Seeded) -> None:
    database = written.database
    done = adopt(written)
    assert (done.n_tagged, done.n_same, done.n_kept, done.n_without_question) == (2, 0, 0, 1)
    assert read(database) == ["state", "mirror", "mirror"]
    assert progress(database).by_pattern == {"state": 1, "mirror": 2}
    assert count_said(database) == {"state": 2, "text": 1}
    assert sorted(count_tagged(database)) == [("state", "mirror", 1), ("text", "mirror", 1)]
    quotas = {"state": 9, "mirror": 9, "text": 9}
    assert count_complete(database, quotas) == {"state": 1, "mirror": 2, "text": 0}
    assert count_complete(database, {"mirror": 1}) == {"mirror": 1}
    dispute = get_dispute(database, written.pair_ids[1])
    assert dispute is not None
    assert [one.is_current for one in dispute.versions] == [True]


def test_the_history_tells_what_was_tagged_and_taken_back(written: Seeded) -> None:
    database = written.database
    adopt(written)
    added = events(database, limit=2)
    assert [event.data["action"] for event in added] == ["tag", "add"]
    assert [one["pair_id"] for one in added[0].data["after"]] == written.pair_ids[1:3]
    assert {(one["found_by"], one["confidence"]) for one in added[0].data["after"]} == {
        ("gpt", 0.9)
    }
    assert take_back_tags(database, "mirror") == 2
    assert read(database) == ["state", "state", "text"]
    (last, *_) = events(database)
    assert (last.data["action"], len(last.data["before"])) == ("untag", 2)
    with pytest.raises(PatternError, match="No pair"):
        take_back_tags(database, "mirror")


def test_whoever_writes_another_pattern_later_is_believed(written: Seeded) -> None:
    adopt(written)
    holding = HoldingTag("state", "mirror", 0.9, "gpt")
    assert holding_tag(written.database, written.pair_ids[0]) is None
    assert holding_tag(written.database, written.pair_ids[1]) == holding
    write(written, written.pair_ids[1], "color")
    assert read(written.database) == ["state", "color", "mirror"]
    assert holding_tag(written.database, written.pair_ids[1]) is None
    write(written, written.pair_ids[1], "state")
    assert read(written.database) == ["state", "mirror", "mirror"], "the words that were tagged"


def test_tags_and_merges_follow_each_other(written: Seeded) -> None:
    database = written.database
    adopt(written)
    merge_pattern(database, "mirror", "color", shipped=SHIPPED)
    assert read(database) == ["state", "color", "color"]
    assert count_complete(database, {"color": 9}) == {"color": 2}
    restore_pattern(database, "mirror", shipped=SHIPPED)
    assert read(database) == ["state", "mirror", "mirror"]


def test_only_pairs_without_a_pattern(written: Seeded) -> None:
    done = adopt(written, only_if_said={"text"})
    assert (done.n_tagged, done.n_kept) == (1, 1)
    assert read(written.database) == ["state", "state", "mirror"]
    same = adopt(written, added=[], slug="state")
    assert (same.n_tagged, same.n_same) == (1, 1)
    assert read(written.database) == ["state", "state", "state"], "the newer tag holds"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"added": [MIRROR, MIRROR]}, "already"),
        ({"added": [MIRROR, PatternFields("x", "State", "x")]}, "has the name"),
        ({"slug": "nothing"}, "no such visual pattern"),
        ({"added": []}, "no such visual pattern"),
    ],
)
def test_all_or_nothing(written: Seeded, given: dict[str, Any], told: str) -> None:
    before = len(events(written.database, limit=999))
    with pytest.raises(PatternError, match=told):
        adopt(written, **given)
    assert list_patterns(written.database) == []
    assert read(written.database) == ["state", "state", "text"]
    assert len(events(written.database, limit=999)) == before


def test_what_is_out_of_use_tags_nothing(written: Seeded) -> None:
    retire_pattern(written.database, "color", shipped=SHIPPED)
    with pytest.raises(PatternError, match="no such visual pattern in use"):
        adopt(written, added=[], slug="color")


class Tagging(RuleBasedStateMachine):
    """Writing, tagging and taking back in any order, against a dictionary."""

    source: tuple[Path, Seeded]

    @initialize()
    def opened(self) -> None:
        file, stored = self.source
        self.folder = TemporaryDirectory()
        copy = shutil.copy(file, Path(self.folder.name) / "mmvp.db")
        self.seeded = replace(stored, database=open_database(f"sqlite:///{copy}"))
        self.said: dict[int, str] = {}
        self.tags: dict[int, tuple[str, str]] = {}
        for pair_id in self.seeded.pair_ids:
            self.write(self.seeded.pair_ids.index(pair_id), "state")

    @rule(n=st.integers(0, WRITTEN - 1), pattern=st.sampled_from(["state", "text", "color"]))
    def write(self, n: int, pattern: str) -> None:
        write(self.seeded, self.seeded.pair_ids[n], pattern)
        self.said[self.seeded.pair_ids[n]] = pattern

    @rule(
        some=st.sets(st.integers(0, WRITTEN - 1)),
        slug=st.sampled_from(["state", "text", "color"]),
        only=st.sampled_from([None, {"state"}]),
    )
    def tag(self, some: set[int], slug: str, only: set[str] | None) -> None:
        ids = [self.seeded.pair_ids[n] for n in some]
        before = {pair_id: self.read_as(pair_id) for pair_id in ids}
        done = adopt_patterns(
            self.seeded.database,
            [],
            {pair_id: WantedTag(slug, 0.5) for pair_id in ids},
            found_by="words",
            shipped=SHIPPED,
            only_if_said=only,
        )
        chosen = [
            one for one in ids if before[one] != slug and (only is None or before[one] in only)
        ]
        assert done.n_tagged == len(chosen)
        self.tags |= {pair_id: (self.said[pair_id], slug) for pair_id in chosen}

    @rule(slug=st.sampled_from(["state", "text", "color"]))
    def take_back(self, slug: str) -> None:
        tagged = [pair_id for pair_id, (_, tag) in self.tags.items() if tag == slug]
        if tagged:
            assert take_back_tags(self.seeded.database, slug) == len(tagged)
        self.tags = {pair_id: tag for pair_id, tag in self.tags.items() if pair_id not in tagged}

    def read_as(self, pair_id: int) -> str:
        said, slug = self.tags.get(pair_id, ("", ""))
        return slug if said == self.said[pair_id] else self.said[pair_id]

    @invariant()
    def read_alike(self) -> None:
        if hasattr(self, "said"):
            cards = {card.id: card for card in list_cards(self.seeded.database)}
            for pair_id in self.said:
                annotation = cards[pair_id].annotation
                assert annotation is not None
                assert annotation.question is not None
                assert annotation.question.pattern == self.read_as(pair_id)

    def teardown(self) -> None:
        if hasattr(self, "seeded"):
            self.seeded.database.close()
            self.folder.cleanup()


def test_in_any_order(three_pairs: tuple[Path, Seeded]) -> None:
    class Here(Tagging):
        source = three_pairs

    run_state_machine_as_test(
        Here, settings=settings(max_examples=12, stateful_step_count=8, deadline=None)
    )
