"""Found patterns over HTTP: shown to reviewers, put in order, taken over whole, taken back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.errors import AppError
from annotator.found_patterns import keep_found, kept_patterns, workspace_questions
from annotator.patterns import described_patterns
from annotator.server import create_routes
from annotator.studio import Studio
from db.ordering import written_pairs
from evaluation.discovery.by_clusters import discover_by_clusters
from evaluation.discovery.discovered import Discovery, Member, discovery
from tests.annotator.people import id_of, logged_in, open_shared
from tests.verifying import PATTERN, complete_all

PATH = "/api/found-patterns"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Five finished pairs, all of the same pattern."""
    with open_shared(tmp_path, n_pairs=5) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


@pytest.fixture
def rita(app: FastAPI) -> TestClient:
    return logged_in(app, "Rita")


def found(studio: Studio) -> Discovery:
    """Doors with four pairs of falling confidence, windows with one, and a pair of nothing."""
    asked = workspace_questions(studio)
    ids = [one.pair_id for one in asked]
    doors = [
        Member(pair_id=n, confidence=sure) for n, sure in zip(ids, (0.9, 0.7, 0.2), strict=False)
    ]
    return discovery(
        asked,
        [
            ("Doors", "Where a door is.", doors),
            ("Windows", "Where a window is.", [Member(pair_id=ids[3], confidence=0.8)]),
        ],
        benchmark="house",
        found_by="tiny",
    )


@pytest.fixture
def kept(studio: Studio) -> str:
    """A search that was kept; when it was made."""
    keep_found(studio, found(studio))
    stored = kept_patterns(studio)
    assert stored is not None
    return stored.at


def body(at: str, *groups: dict[str, Any], **given: object) -> dict[str, Any]:
    return {"at": at, "groups": list(groups), "least": 0.5, "only_unlabelled": False, **given}


DOORS = {"found": ["doors"], "name": "Doors and gates", "definition": "Where one goes in."}
WINDOWS = {"found": ["windows"], "name": "Windows", "definition": "Where one looks out."}


def test_nothing_was_looked_for(rita: TestClient) -> None:
    answer = rita.get(PATH).json()
    assert answer["found"] is None
    assert answer["model"] is None
    assert len(answer["patterns"]) == 9


def test_only_reviewers(app: FastAPI, kept: str) -> None:
    ann = logged_in(app, "Ann")
    assert ann.get(PATH).status_code == 403
    assert ann.post(f"{PATH}/adopt", json=body(kept, DOORS)).status_code == 403
    assert ann.delete(f"{PATH}/tags/doors").status_code == 403


def test_what_was_found_is_shown_with_pictures(rita: TestClient, kept: str, studio: Studio) -> None:
    shown = rita.get(PATH).json()["found"]
    assert (shown["at"], shown["found_by"], shown["n_unassigned"]) == (kept, "tiny", 1)
    doors, windows = shown["patterns"]
    assert [sure for _, sure, _ in doors["members"]] == [0.9, 0.7, 0.2]
    assert {now for _, _, now in doors["members"]} == {PATTERN}
    assert doors["now"] == [{"name": "Orientation and Direction", "n": 3}]
    assert "On which side" in doors["shown"][0]["question"]
    assert all(rita.get(src).status_code == 200 for src in doors["shown"][0]["images"])
    assert windows["into"] is None


def test_new_patterns_are_added_and_sure_pairs_tagged(
    rita: TestClient, kept: str, studio: Studio
) -> None:
    answer = rita.post(f"{PATH}/adopt", json=body(kept, DOORS, WINDOWS)).json()
    assert (answer["n_tagged"], answer["n_kept"]) == (3, 0)
    read = [one.pattern for one in written_pairs(studio.database)]
    assert sorted(read) == ["doors-and-gates"] * 2 + [PATTERN] * 2 + ["windows"]
    described = {one["slug"]: one for one in described_patterns(studio)}
    assert described["doors-and-gates"]["n_tagged"] == described["doors-and-gates"]["n_read"] == 2
    assert (described[PATTERN]["n_said"], described[PATTERN]["n_read"]) == (5, 2)
    again = rita.post(f"{PATH}/adopt", json=body(kept, {"found": ["doors"], "into": "windows"}))
    assert again.json()["n_tagged"] == 2
    back = rita.delete(f"{PATH}/tags/windows").json()
    assert back["n_taken_back"] == 3
    assert {one.pattern for one in written_pairs(studio.database)} == {PATTERN}


def test_two_become_one_of_the_set(rita: TestClient, kept: str, studio: Studio) -> None:
    group = {"found": ["doors", "windows"], "into": "state"}
    assert rita.post(f"{PATH}/adopt", json=body(kept, group, least=0)).json()["n_tagged"] == 4
    assert sorted(one.pattern for one in written_pairs(studio.database)) == [
        PATTERN,
        *["state"] * 4,
    ]


def test_pairs_that_have_a_pattern_are_left_alone(rita: TestClient, kept: str) -> None:
    answer = rita.post(f"{PATH}/adopt", json=body(kept, DOORS, only_unlabelled=True)).json()
    assert (answer["n_tagged"], answer["n_kept"]) == (0, 2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"groups": [DOORS | {"name": "Windows"}, WINDOWS]}, "has the name"),
        ({"groups": [DOORS | {"name": " "}]}, "name has 1 to"),
        ({"groups": [{"found": ["roofs"], "into": "state"}]}, "no such pattern was found"),
        ({"groups": [{"found": ["doors"], "into": "roofs"}]}, "no such visual pattern"),
        ({"at": "yesterday"}, "looked for again"),
    ],
)
def test_what_cannot_be_changes_nothing(
    rita: TestClient, kept: str, studio: Studio, given: dict[str, Any], told: str
) -> None:
    answer = rita.post(f"{PATH}/adopt", json=body(kept, DOORS) | given)
    assert answer.status_code == 400, answer.text
    assert told in answer.text
    assert len(described_patterns(studio)) == 9
    assert {one.pattern for one in written_pairs(studio.database)} == {PATTERN}


def test_a_damaged_file_is_named(studio: Studio, kept: str) -> None:
    file = studio.workspace.reports / "found-patterns.json"
    file.write_text(file.read_text()[:40])
    with pytest.raises(AppError, match="cannot be read") as refused:
        kept_patterns(studio)
    assert str(file) in str(refused.value)


def test_what_clusters_found_comes_back_the_same(studio: Studio) -> None:
    asked = workspace_questions(studio)
    different = [replace(one, question=f"{one.question} {n % 2}") for n, one in enumerate(asked)]
    made = discover_by_clusters(different, benchmark="house", n_patterns=2, seed=0)
    keep_found(studio, made)
    stored = kept_patterns(studio)
    assert stored is not None
    assert [(one.name, list(one.members)) for one in stored.patterns] == [
        (one.name, list(one.members)) for one in made.patterns
    ]
