"""Statements for MMVP-VLM over the routes: checked, saved, shown, measured and exported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.exchange import to_benchmark
from annotator.meter import Words
from annotator.server import create_routes
from annotator.studio import Studio
from db.pairs import get_card
from tests.annotator.people import logged_in, open_shared
from tests.annotator.test_history_routes import QUESTION, decide, pair_of, write

FOLLOWING = ("the door left", "the door right")
ASKED = {**QUESTION, "text": "Is the door left or right?"}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path, n_pairs=3) as opened:
        yield opened


@pytest.fixture
def ann(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Ann")


def stored(studio: Studio) -> tuple[str | None, str | None]:
    card = get_card(studio.database, 1)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    return card.annotation.question.statement_first, card.annotation.question.statement_second


def save(ann: TestClient, **changed: str) -> Any:  # noqa: ANN401
    desk = decide(ann, pair_of(ann), "accept")
    return write(ann, desk["pair"], text=ASKED["text"], **changed)


def test_the_check_says_what_follows_from_the_question(ann: TestClient) -> None:
    found = ann.post("/api/lint", json={**ASKED, "statement_second": "a door"}).json()
    images = found["statements"]
    assert images["first"] == {
        "text": FOLLOWING[0],
        "suggested": FOLLOWING[0],
        "tokens": 8,
        "limit": 77,
    }
    assert (images["second"]["text"], images["second"]["suggested"]) == ("a door", FOLLOWING[1])
    assert [one["field"] for one in found["findings"]] == ["statement_second"]
    assert ann.post("/api/lint", json={"text": "Is it?"}).json()["statements"] == {}


def test_untouched_statements_are_not_stored(studio: Studio, ann: TestClient) -> None:
    assert save(ann).status_code == 200
    assert stored(studio) == (None, None)
    assert to_benchmark(studio, name="n").pairs[0].statement_first is None


def test_one_by_hand_stores_both_and_exports_them(studio: Studio, ann: TestClient) -> None:
    assert save(ann, statement_second="a door at the right edge").status_code == 200
    assert stored(studio) == (FOLLOWING[0], "a door at the right edge")
    pair = to_benchmark(studio, name="n").pairs[0]
    assert (pair.statement_first, pair.statement_second) == stored(studio)
    shown = pair_of(ann)["question"]
    assert (shown["statement_first"], shown["statement_second"]) == (
        "",
        "a door at the right edge",
    )


@pytest.mark.parametrize("bad", ["right " * 80, FOLLOWING[0], "a right\ndoor"])
def test_one_that_cannot_work_is_refused(studio: Studio, ann: TestClient, bad: str) -> None:
    refused = save(ann, statement_second=bad)
    assert refused.status_code == 422
    assert refused.json()["findings"][0]["field"] == "statement_second"
    card = get_card(studio.database, 1)
    assert card is not None
    assert card.state == "accepted"


def test_both_texts_and_the_history_show_them(studio: Studio, ann: TestClient) -> None:
    desk = decide(ann, pair_of(ann), "accept")
    other = logged_in(create_routes(studio), "Ann")
    first = write(other, desk["pair"], text=ASKED["text"], statement_first="a door at the left")
    assert first.status_code == 200
    found = write(ann, desk["pair"], text=ASKED["text"]).json()["conflict"]
    assert found["theirs"]["statement_first"] == "a door at the left"
    assert found["mine"]["statement_first"] == ""
    assert found["diff"]["statement_second"] == [{"kind": "removed", "text": FOLLOWING[1]}]
    entry = ann.get("/api/pairs/1/history").json()["entries"][0]
    assert entry["question"]["statement_second"] == FOLLOWING[1]


def test_the_meter_reads_what_a_person_wrote_for_the_image_of_each_option() -> None:
    asked = (ASKED["text"], "left", "right")
    own = ("", "a door at the right edge")
    read = ("a photo of the door left", "a photo of a door at the right edge")
    assert Words(*asked, "a", own).statements == read
    assert Words(*asked, "b", own).statements == (
        "a photo of a door at the right edge",
        "a photo of the door right",
    )
    assert Words(*asked, "", own).statements == (read[0], "a photo of the door right")
