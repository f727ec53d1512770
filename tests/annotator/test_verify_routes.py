"""/api/verify over HTTP: what it tells and what not, the order, answers, results, the policy."""

import csv
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.exchange import Choice, export_benchmark
from annotator.exports import plan
from annotator.server import create_routes
from annotator.studio import Studio
from db.pairs import list_cards
from db.verdicts import get_verification_policy
from tests.annotator.people import id_of, logged_in, open_shared
from tests.verifying import LEFT, PATTERN, QUESTION, RIGHT, complete_all, state_of, switch_on

N_PAIRS = 6
Json = dict[str, Any]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Six complete pairs by Ann, two answers about each image asked for."""
    with open_shared(tmp_path, n_pairs=N_PAIRS) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        switch_on(opened.database)
        yield opened


@pytest.fixture
def rita(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Rita")


@pytest.fixture
def ada(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Ada")


def image_of(picture: Json) -> int:
    found = re.fullmatch(r"/images/(\d+)\?v=[0-9a-f]{8}", picture["url"])
    assert found
    return int(found[1])


def sides(studio: Studio) -> dict[int, tuple[int, str]]:
    """Image id to its pair and the option that is right for it."""
    cards = list_cards(studio.database)
    left = {card.first.id: (card.id, LEFT) for card in cards}
    return left | {card.second.id: (card.id, RIGHT) for card in cards}


def reply(client: TestClient, studio: Studio, desk: Json, *, right: bool = True) -> Json:
    """Answers with or against the key; the next desk."""
    question = desk["question"]
    _, truth = sides(studio)[image_of(question["image"])]
    place = question["options"].index(truth) + 1 if right else 2 - question["options"].index(truth)
    body = {"token": question["token"], "answer": str(place), "seconds": 1.5}
    answer = client.post("/api/verify/answer", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def assert_tells_nothing(desk: Json, studio: Studio) -> None:
    """Exactly the fields that a person needs, and in none of them a word of the rest."""
    assert set(desk) == {
        "question", "ahead", "answered", "left", "waiting", "again_at", "message"
    }  # fmt: skip
    question, ahead = desk["question"], desk["ahead"]
    assert set(question) == {"token", "image", "text", "options"}
    for picture in filter(None, (question["image"], ahead)):
        assert set(picture) == {"url", "width", "height"}
    shown = image_of(question["image"])
    pair_id = sides(studio)[shown][0]
    card = next(card for card in list_cards(studio.database) if card.id == pair_id)
    other = card.second if card.first.id == shown else card.first
    assert ahead is None or sides(studio)[image_of(ahead)][0] != pair_id
    told = json.dumps({**desk, "question": {**question, "token": ""}})
    secrets = [
        *(f'"/images/{other.id}?', other.sha256[:8]),
        *(image.file_name for image in (card.first, card.second)),
        *(image.file_name.removesuffix(".jpg") for image in (card.first, card.second)),
        *(image.sha256 for image in (card.first, card.second)),
        *(str(card.blind_cosine), str(card.reference_cosine)),
        *("Ann", PATTERN, "pattern", "first", "second", "key", "pair"),
    ]
    assert [secret for secret in secrets if secret in told] == []


def test_no_answer_tells_the_key_the_other_image_or_the_author(
    studio: Studio, rita: TestClient
) -> None:
    desk = rita.get("/api/verify").json()
    n = 0
    while desk["question"]:
        assert_tells_nothing(desk, studio)
        if n == 3:
            back = rita.post("/api/verify/take-back").json()
            assert_tells_nothing(back, studio)
            assert back["answered"] == n - 1
            desk = reply(rita, studio, back)
            assert_tells_nothing(desk, studio)
        desk = reply(rita, studio, desk)
        n += 1
    assert n == 2 * N_PAIRS
    assert desk["waiting"] == "nothing"


def test_the_image_itself_comes_without_its_name(studio: Studio, rita: TestClient) -> None:
    question = rita.get("/api/verify").json()["question"]
    answer = rita.get(question["image"]["url"])
    assert answer.status_code == 200
    assert "house" not in str(answer.headers)
    assert "content-disposition" not in answer.headers


def test_refusals_tell_no_more(studio: Studio, rita: TestClient) -> None:
    desk = rita.get("/api/verify").json()
    body = {"token": desk["question"]["token"], "answer": "bad_question"}
    unexplained = rita.post("/api/verify/answer", json=body)
    assert unexplained.status_code in {400, 422}
    assert set(unexplained.json()) == {"message"}
    stale = rita.post("/api/verify/answer", json={"token": "no such", "answer": "1"})
    assert stale.status_code == 409
    assert "no longer yours" in stale.json()["message"]
    assert stale.json()["question"] == desk["question"]
    assert_tells_nothing({**stale.json(), "message": ""}, studio)


def test_the_page_is_the_same_whatever_the_key(tmp_path: Path) -> None:
    pages = []
    for first in "ab":
        with open_shared(tmp_path / first, n_pairs=N_PAIRS) as studio:
            complete_all(studio.database, id_of(studio, "Ann"), first=first)
            switch_on(studio.database)
            client = logged_in(create_routes(studio), "Rita")
            seen = []
            for _ in range(2 * N_PAIRS):
                question = client.get("/api/verify").json()["question"]
                body = {"token": question.pop("token"), "answer": "cannot_tell"}
                seen.append(question)
                client.post("/api/verify/answer", json=body)
            pages.append(seen)
    assert pages[0] == pages[1]
    assert len({tuple(question["options"]) for question in pages[0]}) == 2


def test_never_both_images_of_a_pair_in_a_row(studio: Studio, rita: TestClient) -> None:
    desk = rita.get("/api/verify").json()
    pairs = []
    while desk["question"]:
        shown, ahead = desk["question"]["image"], desk["ahead"]
        pairs.append(sides(studio)[image_of(shown)][0])
        desk = reply(rita, studio, desk)
        if ahead:
            assert desk["question"]["image"] == ahead
    assert len(pairs) == 2 * N_PAIRS
    assert all(one != following for one, following in itertools.pairwise(pairs))


def test_nobody_is_asked_about_their_own_pairs(studio: Studio) -> None:
    desk = logged_in(create_routes(studio), "Ann").get("/api/verify").json()
    assert (desk["question"], desk["left"], desk["waiting"]) == (None, 0, "nothing")


def test_two_people_make_the_pairs_final_and_the_results_count_them(
    studio: Studio, rita: TestClient, ada: TestClient
) -> None:
    for client in (rita, ada):
        desk = client.get("/api/verify").json()
        while desk["question"]:
            wrong = client is ada and desk["answered"] == 0
            desk = reply(client, studio, desk, right=not wrong)
    states = [state_of(studio.database, card.id) for card in list_cards(studio.database)]
    assert sorted(states) == ["contested"] + ["final"] * (N_PAIRS - 1)
    found = rita.get("/api/verify/results").json()
    assert found["published"]["accuracy"] == 0.957
    assert found["states"] == {"complete": 0, "final": N_PAIRS - 1, "contested": 1}
    n = 2 * 2 * N_PAIRS
    assert (found["total"]["single"]["n"], found["total"]["single"]["total"]) == (n - 1, n)
    pair = found["total"]["pair"]
    assert (pair["n"], pair["total"]) == (2 * N_PAIRS - 1, 2 * N_PAIRS)
    assert pair["low"] < pair["value"] < pair["high"]
    assert [one["slug"] for one in found["patterns"]] == [PATTERN]
    people = {one["name"]: one["single"]["n"] for one in found["people"]}
    assert people == {"Ada": n // 2 - 1, "Rita": n // 2}
    assert len(found["missed"]) == 1
    assert sum(one["n"] for one in found["missed"][0]["by_image"].values()) == 3


def test_the_export_holds_final_pairs_unless_the_others_are_asked_for(
    studio: Studio, rita: TestClient, tmp_path: Path
) -> None:
    switch_on(studio.database, 1, 1)
    desk = rita.get("/api/verify").json()
    for _ in range(2 * N_PAIRS - 2):
        desk = reply(rita, studio, desk)
    states = {card.id: card.state.value for card in list_cards(studio.database)}
    final = sorted(pair_id for pair_id, state in states.items() if state == "final")
    assert 0 < len(final) < N_PAIRS
    for unverified, ids in ((False, final), (True, sorted(states))):
        found = plan(studio, Choice(unverified=unverified))
        assert (found["n_complete"], found["n_verified"]) == (N_PAIRS, len(final))
        assert found["n_exported"] == len(ids)
        out = tmp_path / f"out {unverified}"
        export_benchmark(studio, "mmvp", out, choice=Choice(unverified=unverified))
        with (out / "Questions.csv").open(encoding="utf-8", newline="") as file:
            texts = {row["Question"] for row in csv.DictReader(file)}
        assert texts == {f"{pair_id}: {QUESTION}" for pair_id in ids}


def test_the_policy_is_an_admins(studio: Studio, rita: TestClient, ada: TestClient) -> None:
    off = {"enabled": False, "answers": 3, "agreements": 2}
    assert rita.put("/api/verify/policy", json=off).status_code == 403
    assert rita.get("/api/verify/policy").json()["enabled"] is True
    too_many = {"enabled": True, "answers": 1, "agreements": 2}
    assert ada.put("/api/verify/policy", json=too_many).status_code == 400
    assert ada.put("/api/verify/policy", json=off).json() == {**off, "n_pairs_changed": 0}
    assert not get_verification_policy(studio.database).enabled
    assert rita.get("/api/verify").json()["waiting"] == "off"
    one = {"enabled": True, "answers": 1, "agreements": 1}
    ada.put("/api/verify/policy", json=one)
    for _ in range(2 * N_PAIRS):
        reply(rita, studio, rita.get("/api/verify").json())
    moved = ada.put("/api/verify/policy", json={**one, "answers": 2, "agreements": 2}).json()
    assert moved["n_pairs_changed"] == N_PAIRS
