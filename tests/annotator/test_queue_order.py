"""The order step on a real workspace, the policy's command, and the routes of the queue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from annotator import pipeline
from annotator.pipeline import ordering
from annotator.pipeline.vectors import embedded_images
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.ordering import pairs_of_run
from db.pairs import current_run, list_cards
from db.policy import get_policy
from db.queue import upcoming
from embeddings.ordering import contents, farthest_first
from tests.annotator.tiny_studio import Mmvp
from tests.mapped_workspace import complete
from tests.seeding import seed

N_PAIRS = 5


@pytest.fixture
def mined(workspace: Path) -> Iterator[Studio]:
    with Studio.open(workspace) as opened:
        yield opened


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    seed(tmp_path, n_pairs=N_PAIRS)
    with Studio.open(tmp_path / "workspace", Settings(annotator="Ann")) as studio:
        yield TestClient(create_routes(studio))


def other(client: TestClient, name: str) -> TestClient:
    someone = TestClient(client.app)
    someone.post("/api/me", json={"name": name})
    return someone


def test_mining_leaves_an_order_of_novelty(mined: Studio) -> None:
    run = current_run(mined.database)
    assert run is not None
    assert run.n_ordered == min(run.n_pairs, ordering.MOST_ORDERED) > 2
    report = pipeline.order(mined)
    assert report is not None
    assert (report.n_ordered, report.n_likely) == (run.n_ordered, 0)
    roles = pipeline.EncoderRoles(run.blind_encoder, run.reference_encoder)
    embedded = embedded_images(mined, roles)
    row = {image.id: n for n, image in enumerate(embedded.images)}
    pairs = pairs_of_run(mined.database, run.id)
    sides = [[row[p.first_image_id] for p in pairs], [row[p.second_image_id] for p in pairs]]
    spaces = [embedded.vectors(store) for store in (embedded.blind, embedded.reference)]
    features = contents(*((space[sides[0]], space[sides[1]]) for space in spaces))
    expected = [pairs[n].id for n in farthest_first(features, len(pairs))]
    mined_by = ensure_annotator(mined.database, "Ada")
    client = TestClient(create_routes(mined))
    assert client.put("/api/queue", json={"order": "novelty"}).json()["order"] == "novelty"
    queue = [card.id for card in upcoming(mined.database, mined_by, n=len(pairs))]
    assert queue == expected[: len(queue)]
    assert queue != [pair.id for pair in pairs]


def test_likely_patterns_need_examples(mined: Studio) -> None:
    cards = list_cards(mined.database)
    for n, card in enumerate(cards[: ordering.FEWEST_WRITTEN]):
        complete(mined, card, text=f"Question {n}?", pattern=("state", "color")[n % 2])
    report = pipeline.order(mined)
    assert report is not None
    assert report.n_written == ordering.FEWEST_WRITTEN
    assert report.n_likely == report.n_pairs == len(cards)
    assert 0 <= report.n_right <= report.n_written
    assert report.n_commonest == report.n_written // 2


def test_the_policy_from_the_command_line(mined: Studio, workspace: Path, mmvp: Mmvp) -> None:
    where = ("--workspace", workspace)
    options = ("--overlap", 2, "--order", "novelty", "--quota", 15, "--quota-of", "state=20")
    done = mmvp("queue", "set", *options, *where, "--json")
    assert done.code == 0
    assert done.json == {
        "overlap": 2,
        "order": "novelty",
        "quota": 15,
        "quotas": {"state": 20},
        "n_pairs_changed": 0,
    }
    assert get_policy(mined.database).target("state") == 20
    shown = [line.split() for line in mmvp("queue", "show", *where).out.splitlines()]
    assert ["annotations", "per", "pair", "2"] in shown
    assert ["quota", "of", "state", "20"] in shown
    assert mmvp("queue", "set", "--quota-of", "nonsense=3", *where).code == 1
    assert mmvp("queue", "set", "--quota-of", "state", *where).code == 2
    assert mmvp("queue", "set", "--no-quota", *where, "--json").json["quotas"] == {}
    assert mmvp("queue", "order", *where, "--json").json["n_ordered"] > 2


def test_a_selection_from_making_to_deleting(client: TestClient) -> None:
    ids = [pair["id"] for pair in client.get("/api/review").json()["upcoming"]]
    body = {"name": "Doors", "pair_ids": ids[:2]}
    made = client.post("/api/selections", json=body)
    assert made.status_code == 201
    view = made.json()
    assert (view["name"], view["n_pairs"], view["n_left"]) == ("Doors", 2, 2)
    assert client.post("/api/selections", json=body).status_code == 409
    assert client.post("/api/selections", json={"name": "x", "pair_ids": []}).status_code == 422
    assert client.post("/api/selections", json={"name": "x", "pair_ids": [-1]}).status_code == 422
    assert [one["id"] for one in client.get("/api/selections").json()] == [view["id"]]
    whole = client.get(f"/api/selections/{view['id']}").json()
    assert whole["pair_ids"] == ids[:2]
    assert len(whole["image_ids"]) >= 2
    by_image = {"name": "By image", "image_ids": whole["image_ids"][:1]}
    touching = client.post("/api/selections", json=by_image).json()
    assert touching["n_pairs"] >= 1
    again = client.get(f"/api/selections/{touching['id']}").json()
    assert again["image_ids"] == by_image["image_ids"]
    assert len(again["pair_ids"]) == touching["n_pairs"]

    filtered = client.put("/api/queue/filter", json={"selection_id": view["id"]})
    assert filtered.json()["filter"]["name"] == "Doors"
    desk = client.get("/api/review").json()
    assert desk["filter"] == {"id": view["id"], "name": "Doors", "n_left": 2}
    assert desk["pair"]["id"] == ids[0]
    assert other(client, "Bob").get("/api/review").json()["filter"] is None
    assert client.put("/api/queue/filter", json={"selection_id": 999}).status_code == 404
    assert client.delete(f"/api/selections/{view['id']}").status_code == 204
    assert client.get("/api/review").json()["filter"] is None
    for call in (client.get, client.delete):
        assert call(f"/api/selections/{view['id']}").status_code == 404


def test_leases_over_http(client: TestClient) -> None:
    bob = other(client, "Bob")
    mine, theirs = client.get("/api/review").json(), bob.get("/api/review").json()
    assert mine["pair"]["id"] != theirs["pair"]["id"]
    assert mine["lease"]["beat_seconds"] == 60
    pair_id, token = mine["pair"]["id"], mine["lease"]["token"]
    look = bob.get("/api/review", params={"pair": str(pair_id)}).json()
    assert (look["lease"], look["obstacle"]["by"]) == (None, "Ann")
    refused = bob.post(f"/api/pairs/{pair_id}/decision", json={"version": 0, "decision": "accept"})
    assert refused.status_code == 409
    assert "Ann is on pair" in refused.json()["message"]
    body = {"pair_id": pair_id, "token": token}
    assert client.post("/api/review/lease", json=body).json()["until"] is not None
    assert bob.post("/api/review/lease", json=body).json()["obstacle"]["by"] == "Ann"
    assert client.post("/api/review/leave", json=body).status_code == 204
    assert bob.get("/api/review", params={"pair": str(pair_id)}).json()["obstacle"] is None
    lost = client.post("/api/review/lease", json=body).json()
    assert (lost["until"], lost["obstacle"]["by"]) == (None, "Bob")


def test_with_two_annotations_a_pair_nothing_of_the_other_is_told(client: TestClient) -> None:
    changed = client.put("/api/queue", json={"overlap": 2, "quota": 15}).json()
    assert (changed["overlap"], changed["quota"]) == (2, 15)
    assert client.put("/api/queue", json={"overlap": 0}).status_code == 422
    assert client.put("/api/queue", json={"quotas": {"nonsense": 3}}).status_code == 400
    pair = client.get("/api/review").json()["pair"]
    body = {"version": pair["version"], "decision": "reject", "reason": "other: ann-secret"}
    client.post(f"/api/pairs/{pair['id']}/decision", json=body)
    bob = other(client, "Bob")
    for answer in (
        bob.get("/api/review"),
        bob.get("/api/review", params={"pair": str(pair["id"])}),
        bob.post(f"/api/pairs/{pair['id']}/decision", json={"version": 0, "decision": "accept"}),
    ):
        assert answer.status_code == 200
        assert "ann-secret" not in answer.text
        assert answer.json()["pair"]["id"] == pair["id"]
    assert answer.json()["pair"]["state"] == "accepted"
    assert answer.json()["quotas"]["state"] == {"n": 0, "target": 15}


def test_an_empty_desk_says_why(client: TestClient) -> None:
    desk = client.get("/api/review").json()
    body = {"name": "one", "pair_ids": [desk["pair"]["id"]]}
    made = client.post("/api/selections", json=body).json()
    bob = other(client, "Bob")
    bob.put("/api/queue/filter", json={"selection_id": made["id"]})
    assert bob.get("/api/review").json()["empty"] == "held"
    client.put("/api/queue/filter", json={"selection_id": made["id"]})
    decided = {"version": desk["pair"]["version"], "decision": "reject", "reason": "unsuitable"}
    done = client.post(f"/api/pairs/{desk['pair']['id']}/decision", json=decided).json()
    assert (done["pair"], done["empty"], done["filter"]["n_left"]) == (None, "filter_done", 0)
    client.put("/api/queue/filter", json={"selection_id": None})
    assert client.get("/api/review").json()["pair"] is not None
