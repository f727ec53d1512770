"""Redo, a pair's history, restoring, both texts of a stale write, and the list of events."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from annotator.cli import app as commands
from annotator.exchange import export_benchmark
from annotator.server import create_routes
from annotator.studio import Studio
from db.history import EventKind, events
from db.policy import Policy, set_policy
from tests.annotator.people import PASSWORDS, id_of, logged_in, open_shared
from tests.annotator.test_adjudicate_routes import rule, see_all
from tests.verifying import complete_all, switch_on

Json = dict[str, Any]
QUESTION = {
    "text": "Is the door on the left or on the right?",
    "option_a": "left",
    "option_b": "right",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "position",
    "note": "",
}
NO_STATEMENTS = {"statement_first": "", "statement_second": ""}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path, n_pairs=3) as opened:
        yield opened


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


@pytest.fixture
def ann(app: FastAPI) -> TestClient:
    return logged_in(app, "Ann")


def decide(client: TestClient, pair: Json, decision: str, **more: object) -> Json:
    body = {"version": pair["version"], "decision": decision, "reason": "unsuitable", **more}
    answer = client.post(f"/api/pairs/{pair['id']}/decision", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def write(client: TestClient, pair: Json, **changed: object) -> Any:  # noqa: ANN401
    body = {"version": pair["version"], **QUESTION, **changed}
    return client.post(f"/api/pairs/{pair['id']}/question", json=body)


def history(client: TestClient, pair_id: int = 1) -> Json:
    found: Json = client.get(f"/api/pairs/{pair_id}/history").json()
    return found


def pair_of(client: TestClient, pair_id: int = 1) -> Json:
    found: Json = client.get("/api/review", params={"pair": str(pair_id)}).json()["pair"]
    return found


def test_redo_follows_undo(ann: TestClient) -> None:
    desk = ann.get("/api/review").json()
    assert desk["redo"] is False
    first = desk["pair"]["id"]
    decide(ann, desk["pair"], "reject")
    back = ann.post("/api/review/undo").json()
    assert (back["pair"]["state"], back["redo"]) == ("unreviewed", True)
    again = ann.post("/api/review/redo").json()
    assert (again["pair"]["id"], again["pair"]["state"]) == (first, "rejected")
    assert again["message"] == f"Done again: pair {first} is rejected again."
    assert again["redo"] is False
    assert ann.post("/api/review/redo").json() == {"message": "There is nothing to do again."}


def test_redo_tells_who_changed_the_pair_since(app: FastAPI, ann: TestClient) -> None:
    decide(ann, pair_of(ann), "skip")
    ann.post("/api/review/undo")
    ann.get("/api/review", params={"after": 1})
    rita = logged_in(app, "Rita")
    decide(rita, pair_of(rita), "reject")
    refused = ann.post("/api/review/redo")
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("Rita decided this pair a moment ago: rejected.")
    assert refused.json()["message"].endswith("It cannot be done again.")


def test_a_pairs_history_shows_words_and_brings_them_back(app: FastAPI, ann: TestClient) -> None:
    desk = decide(ann, pair_of(ann), "accept")
    assert write(ann, desk["pair"]).status_code == 200
    rita = logged_in(app, "Rita")
    assert write(rita, pair_of(rita), text="Is the door on the left or in the middle?").is_success
    told = history(ann)
    assert [(one["by"], one["what"]) for one in told["entries"]] == [
        ("Rita", "rewrote the question"),
        ("Ann", "wrote the question"),
        ("Ann", "accepted it"),
    ]
    newest, mine, accepted = told["entries"]
    marked = [piece["kind"] for piece in newest["question"]["diff"]["text"]]
    assert marked == ["same", "removed", "added", "same", "removed", "added", "same"]
    assert (newest["is_current"], mine["restorable"], accepted["restorable"]) == (True, True, False)
    assert newest["question"]["pattern_name"] == "Positional and Relational Context"
    body = {"version": told["version"], "event_id": mine["id"]}
    back = ann.post("/api/pairs/1/restore", json=body)
    assert back.json()["pair"]["question"]["text"] == QUESTION["text"]
    assert back.json()["message"] == "Restored. Undo takes it back."
    assert history(ann)["entries"][0]["what"] == "restored an earlier version: its question"
    assert ann.post("/api/pairs/1/restore", json=body).status_code == 409
    body = {"version": told["version"] + 1, "event_id": accepted["id"]}
    assert ann.post("/api/pairs/1/restore", json=body).status_code == 422
    assert ann.post("/api/pairs/1/restore", json={**body, "event_id": 1}).status_code == 404
    ann.get("/api/review", params={"after": 1})
    done = rita.post("/api/pairs/1/restore", json=body)
    assert (done.status_code, done.json()["pair"]["state"]) == (200, "accepted")
    assert ann.get("/api/pairs/99/history").status_code == 404


def test_blind_answers_are_kept_from_whom_they_could_sway(studio: Studio, app: FastAPI) -> None:
    complete_all(studio.database, id_of(studio, "Ann"), first="b")
    switch_on(studio.database, 1, 1)
    see_all(studio, "Rita")
    ann, rita, ada = (logged_in(app, name) for name in ("Ann", "Rita", "Ada"))
    author = history(ann)
    assert author["n_hidden"] == 0
    answers = [one for one in author["entries"] if one["kind"] == "verification"]
    assert {(one["by"], one["answer"]["side"], one["answer"]["said"]) for one in answers} == {
        ("Rita", "first", "To its left"),
        ("Rita", "second", "To its right"),
    }
    own = history(rita)
    assert (own["n_hidden"], [one["by"] for one in own["entries"]].count("Rita")) == (0, 2)
    rule(rita, 1, "keep")
    told = history(ada)
    assert told["n_hidden"] == 2
    assert not [one for one in told["entries"] if one["kind"] == "verification"]
    assert {one["state"] for one in told["entries"]} <= {"accepted", "complete"}
    assert told["entries"][0]["what"] == "ruled that it stays as it is"
    assert told["entries"][0]["why"] == ""
    assert history(ann)["entries"][0]["why"] == "I looked at both images."
    listed = ada.get("/api/events", params={"pair": 1}).json()["events"]
    assert "To its" not in json.dumps(listed)
    assert [one["about"] for one in listed].count("answered it blind") == 2


def test_with_several_a_pair_nobody_reads_what_the_others_wrote(
    studio: Studio, app: FastAPI, ann: TestClient
) -> None:
    set_policy(studio.database, Policy(overlap=2))
    desk = decide(ann, pair_of(ann), "accept")
    write(ann, desk["pair"])
    rita = logged_in(app, "Rita")
    told = history(rita)
    assert (told["entries"], told["only_own"]) == ([], True)
    decide(rita, pair_of(rita), "accept")
    assert [one["by"] for one in history(rita)["entries"]] == ["Rita"]


def test_a_stale_question_comes_back_beside_the_saved_one(app: FastAPI, ann: TestClient) -> None:
    desk = decide(ann, pair_of(ann), "accept")
    ann.get("/api/review", params={"after": 1})
    rita = logged_in(app, "Rita")
    theirs = {"text": "Is the door on the left or in the middle?", "option_b": "middle"}
    assert write(rita, pair_of(rita), **theirs).status_code == 200
    refused = write(ann, desk["pair"], note="<b>mine</b>")
    assert refused.status_code == 409
    body = refused.json()
    found = body["conflict"]
    assert (found["by"], found["is_me"]) == ("Rita", False)
    assert found["mine"] == {**QUESTION, "note": "<b>mine</b>", **NO_STATEMENTS}
    assert found["theirs"]["text"] == theirs["text"]
    assert found["diff"]["option_b"] == [
        {"kind": "removed", "text": "middle"},
        {"kind": "added", "text": "right"},
    ]
    assert found["patterns"] == {"position": "Positional and Relational Context"}
    assert body["draft"] == found["mine"]
    assert write(ann, body["pair"]).status_code == 200, "mine, on the new version"
    assert pair_of(rita)["question"]["text"] == QUESTION["text"]


def test_two_windows_of_one_person_meet_the_same_way(app: FastAPI, ann: TestClient) -> None:
    desk = decide(ann, pair_of(ann), "accept")
    other = logged_in(app, "Ann")
    assert write(other, desk["pair"], text="Is the door left or right?").status_code == 200
    found = write(ann, desk["pair"]).json()["conflict"]
    assert (found["by"], found["is_me"]) == ("Ann", True)
    assert found["told"].startswith("You decided this pair a moment ago in another window")


@pytest.mark.parametrize("seconds", [-1, 86401, "NaN", "soon", [3]])
def test_seconds_out_of_range_are_refused(ann: TestClient, seconds: object) -> None:
    pair = pair_of(ann)
    body = {"version": pair["version"], "decision": "skip", "active_seconds": seconds}
    assert ann.post("/api/pairs/1/decision", json=body).status_code == 422
    assert pair_of(ann)["version"] == pair["version"]


def test_active_seconds_reach_the_benchmark_and_not_the_table(
    studio: Studio, ann: TestClient, tmp_path: Path
) -> None:
    desk = decide(ann, pair_of(ann), "accept", active_seconds=7.5)
    ann.post("/api/review/undo")
    desk = decide(ann, pair_of(ann), "accept", active_seconds=2)
    assert write(ann, desk["pair"], active_seconds=30.25).status_code == 200
    desk = decide(ann, pair_of(ann, 2), "accept")
    write(ann, desk["pair"], text="Is the door on the left or right?")
    by = id_of(studio, "Ann")
    export_benchmark(studio, "mmvp", tmp_path / "out", by=by)
    document = json.loads((tmp_path / "out" / "benchmark.json").read_text(encoding="utf-8"))
    assert [one["active_seconds"] for one in document["pairs"]] == [39.75, None]
    header = (tmp_path / "out" / "Questions.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "seconds" not in header.lower()
    (left, *_) = events(studio.database)
    assert (left.kind, left.annotator, left.data["n_pairs"]) == (EventKind.export, "Ann", 2)
    listed = logged_in(create_routes(studio), "Rita").get("/api/events").json()["events"]
    assert listed[0]["about"] == f"exported 2 pairs as mmvp to {tmp_path / 'out'}"


def test_events_are_paged_and_accounts_are_for_admins(app: FastAPI, ann: TestClient) -> None:
    assert ann.get("/api/events").status_code == 403
    assert TestClient(app).post("/login", data={"name": "Ann", "password": "no"}).status_code == 401
    ada, rita = logged_in(app, "Ada"), logged_in(app, "Rita")
    ann_id = next(one["id"] for one in ada.get("/api/people").json() if one["name"] == "Ann")
    ada.patch(f"/api/people/{ann_id}", json={"role": "reviewer"})
    found = ada.get("/api/events").json()["events"]
    told = [(one["by"], one["about"]) for one in found[:4]]
    assert told == [
        ("Ada", "made Ann reviewer, who was annotator before"),
        ("Rita", "logged in from testclient"),
        ("Ada", "logged in from testclient"),
        ("Ann", "failed to log in from testclient"),
    ]
    assert any(one["about"].startswith("mined run 1: 3 pairs of") for one in found)
    kinds = {one["kind"] for one in rita.get("/api/events").json()["events"]}
    assert "run" in kinds
    assert not kinds & {"login", "login_failed", "role", "account"}
    paged, before = [], None
    while before is not None or not paged:
        query = {"limit": 3} | ({"before": before} if before else {})
        page = ada.get("/api/events", params=query).json()
        paged += page["events"]
        before = page["before"]
    assert [one["id"] for one in paged] == [one["id"] for one in found]
    assert PASSWORDS["Ann"] not in json.dumps(paged)
    assert ada.get("/api/events", params={"limit": 0}).status_code == 422


def test_the_command_prints_what_happened(studio: Studio, ann: TestClient) -> None:
    decide(ann, pair_of(ann), "reject")
    ann.post("/api/review/undo")
    root = ["-w", str(studio.workspace.root)]
    done = CliRunner().invoke(commands, ["history", "--pair", "1", *root])
    lines = done.stdout.splitlines()
    assert [line.split("  ", 2)[-1].split("Ann: ")[-1] for line in lines] == [
        "pair 1: took back the decision",
        "pair 1: rejected it: unsuitable content",
    ]
    as_json = CliRunner().invoke(commands, ["history", "--json", "--limit", "1", *root])
    assert json.loads(as_json.stdout)["events"][0]["about"] == "took back the decision"
    older = json.loads(as_json.stdout)["events"][0]["id"]
    rest = CliRunner().invoke(commands, ["history", "--before", str(older), "--json", *root])
    assert json.loads(rest.stdout)["events"][0]["kind"] == "decision"
    nothing = CliRunner().invoke(commands, ["history", "--pair", "3", *root])
    assert nothing.stdout == "Nothing happened yet.\n"


def test_every_kind_of_event_says_something(studio: Studio, app: FastAPI) -> None:
    database = studio.database
    complete_all(database, id_of(studio, "Ann"))
    set_policy(database, Policy(quota=3), annotator_id=id_of(studio, "Ada"))
    switch_on(database)
    ada = logged_in(app, "Ada")
    ada.post("/api/selections", json={"name": "Doors", "pair_ids": [1, 2]})
    told = {one["kind"]: one["about"] for one in ada.get("/api/events?limit=500").json()["events"]}
    assert told["selection"] == "made the selection Doors"
    assert told["policy"].startswith("changed the policy of ")
    assert told["encoder"].startswith("used the encoder ")
    assert told["scan"].startswith("indexed ")
    assert " an account as " in told["account"]
    assert all(about and "_" not in about.split(" ")[0] for about in told.values())
