"""Help while writing, over the routes: lints among others, suggestions, the switch, the rates."""

import asyncio
import base64
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydantic import HttpUrl, SecretStr
from starlette.requests import Request

from annotator.identity import Person
from annotator.routes.writing import PairBody, WritingRoutes
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.studio import Studio
from db.history import events
from db.pairs import list_cards
from db.roles import Role
from tests.fake_endpoint import QUESTION, FakeEndpoint, completion
from tests.seeding import seed
from tests.serving import free_port

FIELDS = {
    "text": QUESTION["question"],
    "option_a": "Left",
    "option_b": "Right",
    "pattern": "position",
}


@pytest.fixture
def fake() -> Iterator[FakeEndpoint]:
    started = FakeEndpoint()
    yield started
    started.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("houses")
    seed(folder, n_pairs=3)
    return folder / "workspace"


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    return shutil.copytree(template, tmp_path / "workspace")


def open_with(root: Path, url: str, *, model: str = "vlm", seconds: float = 20) -> Studio:
    settings = Settings(
        annotator="Ann",
        llm_base_url=HttpUrl(url),
        llm_model=model,
        llm_api_key=SecretStr("s3cret"),
        llm_seconds=seconds,
    )
    return Studio.open(root, settings)


@pytest.fixture
def studio(root: Path, fake: FakeEndpoint) -> Iterator[Studio]:
    with open_with(root, fake.url) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


def turn_on(client: TestClient) -> None:
    assert client.put("/api/writing/switch", json={"enabled": True}).json()["enabled"]


def suggest(client: TestClient, pair_id: int = 1) -> tuple[int, dict[str, Any]]:
    answer = client.post("/api/writing/question", json={"pair_id": pair_id})
    return answer.status_code, answer.json()


def finish(client: TestClient, pair_id: int, **changes: str) -> None:
    desk = client.get(f"/api/review?pair={pair_id}").json()
    body = {"version": desk["pair"]["version"], "decision": "accept"}
    desk = client.post(f"/api/pairs/{pair_id}/decision", json=body).json()
    question = {**FIELDS, "answer_first": "a", "answer_second": "b", **changes}
    body = {"version": desk["pair"]["version"], **question}
    assert client.post(f"/api/pairs/{pair_id}/question", json=body).status_code == 200


def test_nothing_is_sent_before_an_admin_says_so(client: TestClient, fake: FakeEndpoint) -> None:
    state = client.get("/api/writing").json()
    assert (state["configured"], state["enabled"], state["last"]) == (True, False, None)
    status, answer = suggest(client)
    assert (status, fake.requests) == (403, [])
    assert answer["message"] == (
        "Suggestions are off: images stay on this machine. An admin can allow them."
    )


def test_what_is_sent_and_what_comes_back(
    client: TestClient, fake: FakeEndpoint, studio: Studio
) -> None:
    turn_on(client)
    status, answer = suggest(client)
    assert (status, answer["source"], answer["fields"]) == (200, "vlm", FIELDS)
    (sent,) = fake.requests
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["Authorization"] == "Bearer s3cret"
    assert sent["body"]["model"] == "vlm"
    content = sent["body"]["messages"][1]["content"]
    pictures = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    assert len(pictures) == 2
    for picture in pictures:
        kind, _, data = picture.partition(",")
        assert kind == "data:image/jpeg;base64"
        with Image.open(io.BytesIO(base64.b64decode(data))) as shown:
            assert max(shown.size) <= 768
            assert not shown.getexif()
    words = json.dumps(sent["body"]).replace(pictures[0], "").replace(pictures[1], "")
    card = list_cards(studio.database)[0]
    assert card.first.file_name not in words
    assert "house" not in words
    assert "Ann" not in words
    (event,) = [one for one in events(studio.database) if one.kind == "suggesting"]
    assert (event.annotator, event.data["enabled"]) == ("Ann", True)


def test_the_consent_is_for_one_server_and_model(root: Path, fake: FakeEndpoint) -> None:
    with open_with(root, fake.url) as studio:
        turn_on(TestClient(create_routes(studio)))
    with open_with(root, fake.url, model="other") as studio:
        client = TestClient(create_routes(studio))
        assert client.get("/api/writing").json()["last"]["model"] == "vlm"
        assert suggest(client)[0] == 403
    assert fake.requests == []


def test_without_a_model_it_cannot_be_turned_on(root: Path) -> None:
    with Studio.open(root, Settings(annotator="Ann")) as studio:
        client = TestClient(create_routes(studio))
        answer = client.put("/api/writing/switch", json={"enabled": True})
        assert answer.status_code == 403
        assert "Set MMVP_LLM_BASE_URL and MMVP_LLM_MODEL" in answer.json()["message"]


def test_a_server_that_knows_no_schemas_is_asked_without(
    client: TestClient, fake: FakeEndpoint
) -> None:
    turn_on(client)
    fake.knows_schemas = False
    fake.body = completion(f"Sure!\n```json\n{json.dumps(QUESTION)}\n```")
    assert suggest(client)[1]["fields"] == FIELDS
    assert ["response_format" in one["body"] for one in fake.requests] == [True, False]


def test_what_the_model_says_becomes_plain_lines(client: TestClient, fake: FakeEndpoint) -> None:
    turn_on(client)
    fake.body = completion({**QUESTION, "question": " Is the\n\tdoor\u0000 \u200bleft?"})
    assert suggest(client)[1]["fields"]["text"] == "Is the door left?"


def test_a_pattern_that_the_set_does_not_have_is_left_out(
    client: TestClient, fake: FakeEndpoint
) -> None:
    turn_on(client)
    fake.body = completion({**QUESTION, "pattern": "<b>smell</b>"})
    assert "pattern" not in suggest(client)[1]["fields"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        completion("I would ask about the door."),
        completion({"question": "Is it?"}),
        completion({**QUESTION, "option_a": ["Left"]}),
        completion({**QUESTION, "question": "x" * 5000}),
        completion({**QUESTION, "option_b": " left "}),
        completion({**QUESTION, "option_b": "  "}),
        b'{"choices": "' + b"x" * 1_100_000 + b'"}',
    ],
)
def test_garbage_is_refused_in_words(client: TestClient, fake: FakeEndpoint, body: bytes) -> None:
    turn_on(client)
    fake.body = body
    status, answer = suggest(client)
    assert status == 502
    assert answer["message"].startswith("The model")
    assert answer["message"].endswith("Ask again, or write it yourself.")
    assert client.get("/api/writing/rates").json()["rates"] == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "does not accept the key. An admin can check MMVP_LLM_API_KEY"),
        (429, "too much to do or its quota is used up. Try again later"),
        (404, "does not know this model"),
        (500, "refused (status 500)"),
        (302, "refused (status 302)"),
    ],
)
def test_refusals_are_explained(
    client: TestClient, fake: FakeEndpoint, status: int, said: str
) -> None:
    turn_on(client)
    elsewhere = FakeEndpoint()
    fake.status, fake.location = status, elsewhere.url
    got, answer = suggest(client)
    assert got == 502
    assert said in answer["message"]
    assert "s3cret" not in answer["message"]
    assert elsewhere.requests == [], "pictures go nowhere but where they may"
    elsewhere.close()


def test_a_slow_server_is_given_up(root: Path, fake: FakeEndpoint) -> None:
    fake.holds = Event()
    with open_with(root, fake.url, seconds=0.2) as studio:
        client = TestClient(create_routes(studio))
        turn_on(client)
        status, answer = suggest(client)
    assert status == 502
    assert "did not answer within 0.2 seconds" in answer["message"]


def test_a_server_that_is_not_there_is_named_without_its_password(root: Path) -> None:
    with open_with(root, f"http://user:hidden@127.0.0.1:{free_port()}/v1") as studio:
        client = TestClient(create_routes(studio))
        turn_on(client)
        status, answer = suggest(client)
    assert status == 502
    assert "cannot be reached" in answer["message"]
    assert "hidden" not in json.dumps([answer, client.get("/api/writing").json()])


def test_who_leaves_the_page_cancels(studio: Studio, fake: FakeEndpoint) -> None:
    turn_on(TestClient(create_routes(studio)))
    fake.holds = Event()

    async def gone() -> dict[str, Any]:
        if not fake.arrived.is_set():
            await asyncio.sleep(60)  # the page is still there
        return {"type": "http.disconnect"}

    person = Person("Ann", Role.admin)
    scope = {"type": "http", "headers": [], "state": {"person": person}}

    async def ask() -> int:
        handle = WritingRoutes(studio)
        return (await handle.suggest(PairBody(pair_id=1), Request(scope, gone))).status_code

    assert asyncio.run(ask()) == 499
    assert len(fake.requests) == 1


def test_what_became_of_them_is_counted(client: TestClient) -> None:
    turn_on(client)
    for pair_id, changes in ((1, {}), (2, {"option_a": "At the left"})):
        shown = suggest(client, pair_id)[1]["id"]
        answer = client.put(f"/api/writing/suggestions/{shown}", json={"outcome": "accepted"})
        assert answer.status_code == 204
        finish(client, pair_id, **changes)
    dismissed = suggest(client, 3)[1]["id"]
    client.put(f"/api/writing/suggestions/{dismissed}", json={"outcome": "dismissed"})
    (rate,) = client.get("/api/writing/rates").json()["rates"]
    assert rate == {
        "kind": "question",
        "source": "vlm",
        "shown": 3,
        "accepted": 1,
        "edited": 1,
        "dismissed": 1,
        "open": 0,
    }
    assert client.put("/api/writing/suggestions/99", json={"outcome": None}).status_code == 400


def test_clear_words_suggest_a_pattern_and_unclear_ones_none(client: TestClient) -> None:
    body = {"pair_id": 1, "text": "How many eggs are in the bowl?", "option_a": "2"}
    found = client.post("/api/writing/pattern", json={**body, "option_b": "3"}).json()
    assert found["suggestion"]["fields"] == {"pattern": "quantity"}
    for text in ("", "Qwx zzk?"):
        again = client.post("/api/writing/pattern", json={"pair_id": 1, "text": text}).json()
        assert again == {"suggestion": None}
    assert client.post("/api/writing/pattern", json={"pair_id": 99}).status_code == 404


def test_lints_know_the_other_pairs_but_not_the_own(client: TestClient) -> None:
    finish(client, 1)
    again = {**FIELDS, "text": "Is the door on the left or on the right"}

    def pairs_named(pair_id: int) -> list[int]:
        body = {**again, "pair_id": pair_id}
        found = client.post("/api/lint", json=body).json()["findings"]
        return [one["pair_id"] for one in found if one["pair_id"]]

    assert pairs_named(2) == [1]
    assert pairs_named(1) == []


def test_fixes_come_as_field_values(client: TestClient) -> None:
    body = {**FIELDS, "option_a": "Left (side)", "answer_first": "a", "answer_second": "b"}
    found = client.post("/api/lint", json=body).json()["findings"]
    fix = next(one["fix"] for one in found if one["field"] == "option_a")
    assert fix == {"label": "Write “Left, side”", "fields": {"option_a": "Left, side"}}


def test_without_vectors_the_meter_says_why(client: TestClient) -> None:
    found = client.post("/api/writing/meter", json={**FIELDS, "pair_id": 1}).json()
    assert (found["state"], found["lasting"]) == ("absent", False)
    assert "nothing is embedded" in found["reason"]
