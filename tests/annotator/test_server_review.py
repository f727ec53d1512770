"""The review page's routes: what they answer to decisions, questions, drafts and stale pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from annotator.review import encoder_label
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.claims import claim_pair
from db.pairs import list_cards
from tests.seeding import seed

N_PAIRS = 4
QUESTION = {
    "text": "Is the door on the left or on the right?",
    "option_a": "left",
    "option_b": "right",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "position",
    "note": "",
}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    seed(tmp_path, n_pairs=N_PAIRS)
    with Studio.open(tmp_path / "workspace", Settings(annotator="Ann")) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


def decide(
    client: TestClient, pair: dict[str, Any], decision: str, reason: str | None = None
) -> Response:
    body = {"version": pair["version"], "decision": decision, "reason": reason}
    return client.post(f"/api/pairs/{pair['id']}/decision", json=body)


def leave(client: TestClient, desk: dict[str, Any]) -> None:
    """The page is closed, or its computer slept so long that its lease ran out."""
    body = {"pair_id": desk["pair"]["id"], "token": desk["lease"]["token"]}
    assert client.post("/api/review/leave", json=body).status_code == 204


def test_an_acceptance_that_is_sent_twice_keeps_the_pair(
    client: TestClient, studio: Studio
) -> None:
    pair = client.get("/api/review").json()["pair"]
    assert decide(client, pair, "accept").status_code == 200
    again = decide(client, pair, "accept")
    assert again.status_code == 409
    assert again.json()["pair"]["id"] == pair["id"]
    other = ensure_annotator(studio.database, "Ben")
    seen = claim_pair(studio.database, pair["id"], annotator_id=other, minutes=1)
    assert seen is not None
    assert seen.obstacle is not None
    assert seen.obstacle.by == "Ann"


def test_the_queue_from_first_to_last(client: TestClient) -> None:
    desk = client.get("/api/review").json()
    assert desk["pair"]["rank"] == 1
    assert desk["progress"]["queue"] == N_PAIRS
    assert [pair["rank"] for pair in desk["upcoming"]] == [2, 3, 4]
    accepted = decide(client, desk["pair"], "accept").json()
    assert accepted["pair"]["id"] == desk["pair"]["id"]
    assert accepted["pair"]["state"] == "accepted"
    body = {"version": accepted["pair"]["version"], **QUESTION}
    saved = client.post(f"/api/pairs/{accepted['pair']['id']}/question", json=body).json()
    assert saved["progress"]["complete"] == 1
    for reason in ("near_duplicate", "other: too dark", "unsuitable"):
        saved = decide(client, saved["pair"], "reject", reason=reason).json()
    assert (saved["pair"], saved["empty"], saved["progress"]["rejected"]) == (None, "all_done", 3)
    back = client.post("/api/review/undo").json()
    assert back["pair"]["state"] == "unreviewed"
    assert "Taken back" in back["message"]


def test_a_stale_page_is_told_and_moved_on(client: TestClient, studio: Studio) -> None:
    desk = client.get("/api/review").json()
    pair = desk["pair"]
    leave(client, desk)
    bob = TestClient(client.app)
    bob.post("/api/me", json={"name": "Bob"})
    assert decide(bob, pair, "reject", reason="unsuitable").status_code == 200
    answer = decide(client, pair, "accept")
    assert answer.status_code == 409
    assert answer.json()["message"] == (
        "Bob decided this pair a moment ago: rejected. Showing the next one."
    )
    assert answer.json()["pair"]["id"] != pair["id"]
    again = decide(bob, pair, "accept")
    assert again.json()["message"].startswith("You decided this pair a moment ago in another")
    bob.post("/api/review/undo")
    reopened = decide(client, pair, "accept")
    assert reopened.status_code == 409
    assert reopened.json()["pair"]["id"] == pair["id"]
    states = [card.state.value for card in list_cards(studio.database)]
    assert states == ["unreviewed"] * N_PAIRS


def test_a_question_written_for_a_changed_pair_is_kept(client: TestClient) -> None:
    desk = decide(client, client.get("/api/review").json()["pair"], "accept").json()
    pair = desk["pair"]
    leave(client, desk)
    bob = TestClient(client.app)
    bob.post("/api/me", json={"name": "Bob"})
    assert decide(bob, pair, "reject", reason="unsuitable").status_code == 200
    answer = client.post(
        f"/api/pairs/{pair['id']}/question", json={"version": pair["version"], **QUESTION}
    )
    assert answer.status_code == 409
    assert "Your text is kept as a draft" in answer.json()["message"]
    assert answer.json()["pair"]["state"] == "rejected"
    assert answer.json()["draft"]["text"] == QUESTION["text"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("text", " ", "question"),
        ("option_b", "left", "option"),
        ("answer_second", "a", "answer"),
        ("option_a", "left (of us)", "parentheses"),
        ("pattern", "nonsense", "pattern"),
    ],
)
def test_a_bad_question_is_not_saved(
    client: TestClient, field: str, value: str, complaint: str
) -> None:
    pair = decide(client, client.get("/api/review").json()["pair"], "accept").json()["pair"]
    body = {"version": pair["version"], **QUESTION, field: value}
    answer = client.post(f"/api/pairs/{pair['id']}/question", json=body)
    assert answer.status_code == 422
    assert complaint in answer.json()["message"].lower()
    assert answer.json()["findings"][0]["level"] == "error"
    assert client.get("/api/review").json()["progress"]["complete"] == 0


def test_drafts_are_private(client: TestClient) -> None:
    pair = decide(client, client.get("/api/review").json()["pair"], "accept").json()["pair"]
    kept = client.put(f"/api/pairs/{pair['id']}/draft", json={"fields": {"text": "Is"}})
    assert kept.status_code == 200
    query = {"pair": str(pair["id"])}
    assert client.get("/api/review", params=query).json()["draft"]["text"] == "Is"
    bob = TestClient(client.app)
    bob.post("/api/me", json={"name": "Bob"})
    assert bob.get("/api/review", params=query).json()["draft"] == {}
    assert client.put("/api/pairs/9999/draft", json={"fields": {}}).status_code == 404


def test_requests_that_make_no_sense_change_nothing(client: TestClient, studio: Studio) -> None:
    pair = client.get("/api/review").json()["pair"]
    assert decide(client, pair, "reject").status_code == 422
    assert decide(client, pair, "reject", reason="because").status_code == 422
    assert decide(client, pair, "maybe").status_code == 422
    assert decide(client, {"id": 9999, "version": 1}, "accept").status_code == 400
    assert decide(client, {"id": 10**30, "version": 1}, "accept").status_code == 422
    assert client.post("/api/review/undo").json() == {"message": "There is nothing to take back."}
    states = {(card.state.value, card.version) for card in list_cards(studio.database)}
    assert states == {("unreviewed", pair["version"])}


@pytest.mark.parametrize("wanted", ["999", "abc", "-1", "1e3", "٣", str(10**30), ""])
def test_a_link_to_no_pair_shows_the_next(client: TestClient, wanted: str) -> None:
    desk = client.get("/api/review", params={"pair": wanted}).json()
    assert desk["pair"]["rank"] == 1
    assert desk["message"].endswith("Showing the next one.")


def test_an_empty_workspace_says_why(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "new", Settings(annotator="Ann")) as studio:
        desk = TestClient(create_routes(studio)).get("/api/review").json()
    assert (desk["pair"], desk["empty"]) == (None, "no_images")


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        ("open_clip:ViT-L-14-336/openai", "ViT-L-14-336/openai"),
        ("open_clip:local-dir:/data/models/clip", "clip"),
        ("hf:facebook/dinov2-large", "dinov2-large"),
        ("hf:/data/models/dino/", "dino"),
        ("timm:vit_small", "vit_small"),
        ("odd", "odd"),
    ],
)
def test_encoders_have_short_names(spec: str, label: str) -> None:
    assert encoder_label(spec) == label
