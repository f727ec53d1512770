"""/api/problems over HTTP: reported by anybody, also blind; resolved by reviewers; exported."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from annotator.exchange import export_benchmark
from annotator.server import create_routes
from annotator.studio import Studio
from assets import asset
from db.history import events
from db.roles import Role
from evaluation.benchmark import Benchmark
from evaluation.formats import ExportOptions
from tests.annotator.people import BY_ROLE, id_of, logged_in, open_shared
from tests.verifying import complete_all, switch_on

Json = dict[str, Any]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Two pairs with Ann's questions."""
    with open_shared(tmp_path, n_pairs=2) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


@pytest.fixture
def people(studio: Studio) -> dict[Role, TestClient]:
    app = create_routes(studio)
    return {role: logged_in(app, name) for role, name in BY_ROLE.items()}


def report(client: TestClient, pair_id: int, kind: str = "wrong_key") -> Any:  # noqa: ANN401
    body = {"kind": kind, "words": "It faces the other way.", "seen_on": "review"}
    return client.post(f"/api/pairs/{pair_id}/problems", json=body)


def put_right(client: TestClient, pair_id: int, **other: str) -> Any:  # noqa: ANN401
    """Corrects the question of a reported pair as it stands."""
    (pair,) = [one for one in client.get("/api/problems").json()["pairs"] if one["can_fix"]]
    body = {
        "version": pair["version"],
        "question": pair["question"] | other,
        "reason": "Seen in full size.",
    }
    return client.post(f"/api/problems/pairs/{pair_id}/fix", json=body)


def test_a_report_is_put_right_and_shows_what_changed(people: dict[Role, TestClient]) -> None:
    ann, rita = people[Role.annotator], people[Role.reviewer]
    assert report(ann, 1).status_code == 201
    assert rita.get("/api/problems/count").json() == {"n_open": 1}
    (pair,) = rita.get("/api/problems").json()["pairs"]
    assert pair["reports"][0]["by"] == "Ann"
    assert pair["reports"][0]["was_other"] is False
    edited = pair["question"] | {"question": pair["question"]["question"] + " Look well?"}
    compared = rita.post("/api/problems/pairs/1/compare", json={"question": edited}).json()
    assert compared["problem"] == ""
    assert [p["text"] for p in compared["diff"]["question"] if p["kind"] == "added"] == [
        " Look well?"
    ]
    done = put_right(rita, 1, answer_first="b", answer_second="a")
    assert done.status_code == 200, done.text
    (resolved,) = done.json()["resolved"]
    assert (resolved["outcome"], resolved["resolved_by"]) == ("fixed", "Rita")
    assert resolved["changes"]["other_key"] is True
    assert done.json()["n_open"] == 0
    shown = ann.get("/api/review?pair=1").json()["pair"]["question"]
    assert shown["answer_first"] == "b"


def test_no_fault_leaves_the_question(people: dict[Role, TestClient]) -> None:
    ann, rita = people[Role.annotator], people[Role.reviewer]
    number = report(ann, 2).json()["id"]
    assert rita.post(f"/api/problems/{number}/close", json={"reason": " "}).status_code == 422
    done = rita.post(f"/api/problems/{number}/close", json={"reason": "It is right."}).json()
    assert (done["n_open"], done["resolved"][0]["outcome"]) == (0, "no_fault")
    assert rita.post(f"/api/problems/{number}/close", json={"reason": "x"}).status_code == 404


def test_who_may_what(people: dict[Role, TestClient]) -> None:
    ann, rita = people[Role.annotator], people[Role.reviewer]
    for path in ("/api/problems", "/api/problems/count"):
        assert ann.get(path).status_code == 403
    assert ann.post("/api/problems/1/close", json={"reason": "x"}).status_code == 403
    assert report(ann, 99).status_code == 404
    assert report(ann, 1, kind="boring").status_code == 422
    stale = {"version": 0, "question": _words(), "reason": "x"}
    assert rita.post("/api/problems/pairs/1/fix", json=stale).status_code == 404
    report(ann, 1)
    refused = rita.post("/api/problems/pairs/1/fix", json=stale)
    assert refused.status_code == 409
    assert "Your words are still here" in refused.json()["message"]


def _words() -> Json:
    return {
        "question": "Which way?",
        "option_a": "Left",
        "option_b": "Right",
        "answer_first": "a",
        "answer_second": "b",
        "pattern": "orientation",
    }


def test_a_verifier_reports_blind(studio: Studio, people: dict[Role, TestClient]) -> None:
    switch_on(studio.database, 1, 1)
    rita, ada = people[Role.reviewer], people[Role.admin]
    asked = rita.get("/api/verify").json()["question"]
    body = {"token": asked["token"], "kind": "image", "words": "The image is cut off."}
    foreign = ada.post("/api/verify/problem", json=body)
    assert foreign.status_code == 404
    answer = rita.post("/api/verify/problem", json=body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"message"}
    assert not any(character.isdigit() for character in answer.text)
    again = rita.get("/api/verify").json()["question"]
    assert (again["text"], again["image"]) == (asked["text"], asked["image"])
    (pair,) = rita.get("/api/problems").json()["pairs"]
    assert pair["reports"][0]["seen_on"] == "verify"
    assert pair["reports"][0]["side"] in ("first", "second")
    newest = events(studio.database)[0]
    assert (newest.kind, newest.pair_id, newest.data["pair_id"]) == (
        "problem",
        None,
        pair["pair_id"],
    )


def test_who_reports_with_the_key_in_view_is_not_asked_blind(
    studio: Studio, people: dict[Role, TestClient]
) -> None:
    switch_on(studio.database, 1, 1)
    rita = people[Role.reviewer]
    before = rita.get("/api/verify").json()["left"]
    report(rita, 1)
    assert rita.get("/api/verify").json()["left"] == before - 2


def test_an_export_lists_what_was_put_right(
    studio: Studio, people: dict[Role, TestClient], tmp_path: Path
) -> None:
    kept = ExportOptions(key_order="kept")
    plain = export_benchmark(studio, "mmvp", tmp_path / "plain", options=kept)
    assert {"ERRATA.md", "errata.json"}.isdisjoint(path.name for path in plain.files)
    assert "errata" not in json.loads((tmp_path / "plain" / "benchmark.json").read_text())
    ann, rita = people[Role.annotator], people[Role.reviewer]
    report(ann, 1)
    assert put_right(rita, 1, answer_first="b", answer_second="a").status_code == 200
    export_benchmark(studio, "mmvp", tmp_path / "out")
    text = (tmp_path / "out" / "benchmark.json").read_text()
    document = json.loads(text)
    schema = json.loads((asset("schema") / "benchmark.json").read_text())
    jsonschema.validate(document, schema)
    (erratum,) = document["errata"]
    assert erratum["pair_id"] == 1
    assert erratum["kinds"] == ["wrong_key"]
    assert erratum["before"]["answer_first"] == "a"
    assert erratum["after"]["answer_first"] == "b"
    assert erratum["reason"] == "Seen in full size."
    assert Benchmark.from_json(text).to_json() == text
    assert json.loads((tmp_path / "out" / "errata.json").read_text()) == document["errata"]
    told = (tmp_path / "out" / "ERRATA.md").read_text()
    assert "## Pair 1" in told
    assert "The answers were swapped" in told
    header, *_ = (tmp_path / "out" / "Questions.csv").read_text().splitlines()
    assert header == "lndex,Question,Options,Correct Answer,Index"
    export_benchmark(studio, "mmvp", tmp_path / "out", force=True)


def test_an_export_says_how_custom_patterns_are_written(
    studio: Studio, people: dict[Role, TestClient], tmp_path: Path
) -> None:
    kept = ExportOptions(key_order="kept")
    plain = export_benchmark(studio, "mmvp", tmp_path / "plain", options=kept)
    assert plain.notes == ()
    rita = people[Role.reviewer]
    new = {"slug": "mirrors", "name": "Reflections", "definition": "What a mirror shows."}
    rita.post("/api/patterns", json=new)
    rita.post("/api/patterns/orientation/merge", json={"into": "mirrors"})
    report = export_benchmark(studio, "mmvp", tmp_path / "out", options=kept)
    document = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    jsonschema.validate(document, json.loads((asset("schema") / "benchmark.json").read_text()))
    assert {pair["pattern"] for pair in document["pairs"]} == {"mirrors"}
    assert document["patterns"][-1] == new
    assert "orientation" not in [one["slug"] for one in document["patterns"]]
    (note,) = report.notes
    assert "Reflections" in note
    assert note in (tmp_path / "out" / "README.md").read_text()
    assert (tmp_path / "out" / "Questions.csv").read_bytes() == (
        tmp_path / "plain" / "Questions.csv"
    ).read_bytes()
