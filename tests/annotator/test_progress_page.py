"""Progress: the board says what the database counts."""

from pathlib import Path

from annotator.dashboards import summary
from db.lifecycle import PairState
from db.pairs import list_cards
from db.policy import Policy
from db.progress import progress
from evaluation.patterns import load_patterns
from tests.mapped_workspace import accept, complete, open_mapped, seed_mapped


def test_the_board_counts_what_was_done(tmp_path: Path) -> None:
    with open_mapped(seed_mapped(tmp_path, n_pairs=5)) as studio:
        cards = list_cards(studio.database)
        complete(studio, cards[0], text="Where is the door?", pattern="position")
        complete(studio, cards[1], text="What is the wall's colour?", pattern="color")
        accept(studio, cards[2], "Bo")
        shown = summary(progress(studio.database, target_pairs=20), Policy())
    assert (shown["complete"], shown["waiting"], shown["open"]) == (2, 1, 2)
    assert (shown["target"], shown["n_pairs"], shown["n_images"]) == (20, 5, 10)
    assert shown["even"] == 3  # 20 over nine patterns, rounded up
    counted = {one["slug"]: one["n"] for one in shown["patterns"]}
    assert tuple(counted) == load_patterns().slugs
    assert {slug for slug, n in counted.items() if n} == {"position", "color"}
    states = {one["state"]: one["n"] for one in shown["states"]}
    assert set(states) == {state.value for state in PairState} - {
        "partial",
        "disputed",
        "final",
        "contested",
    }  # of many people only
    assert sum(states.values()) == 5
    assert shown["run"]["blind_min"] == 0.95


def test_an_empty_workspace_counts_to_nothing(tmp_path: Path) -> None:
    with open_mapped(tmp_path / "empty") as studio:
        shown = summary(progress(studio.database), Policy())
    assert shown["n_pairs"] == shown["complete"] == 0
    assert shown["run"] is None
    assert len(shown["patterns"]) == 9
