"""/api/guidelines and /api/patterns over HTTP, and how a custom set reaches everything else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.exports import plan
from annotator.guidelines import shipped_text
from annotator.server import create_routes
from annotator.studio import Studio
from db.roles import Role
from evaluation.patterns import load_patterns
from tests.annotator.people import BY_ROLE, id_of, logged_in, open_shared
from tests.verifying import complete_all, switch_on

MIRRORS = {"slug": "mirrors", "name": "Reflections", "definition": "What a mirror shows."}


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Two pairs with Ann's questions about orientation."""
    with open_shared(tmp_path, n_pairs=2) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


@pytest.fixture
def people(studio: Studio) -> dict[Role, TestClient]:
    app = create_routes(studio)
    return {role: logged_in(app, name) for role, name in BY_ROLE.items()}


Json = dict[str, Any]


def test_everybody_reads_and_only_admins_write(people: dict[Role, TestClient]) -> None:
    ann, rita, ada = (people[role] for role in Role)
    shown = ann.get("/api/guidelines").json()
    assert shown["version"] == 0
    assert "<h1>How to judge pairs" in shown["html"]
    assert [one["slug"] for one in shown["patterns"]] == list(load_patterns().slugs)
    body = {"version": 0, "text": "# Ours\n\n<script>alert(1)</script>"}
    for client in (ann, rita):
        assert client.put("/api/guidelines", json=body).status_code == 403
        assert client.post("/api/guidelines/preview", json={"text": "x"}).status_code == 403
    saved = ada.put("/api/guidelines", json=body)
    assert (saved.status_code, saved.json()["version"], saved.json()["by"]) == (200, 1, "Ada")
    assert "<script>" not in ann.get("/api/guidelines").text
    assert (
        ada.post("/api/guidelines/preview", json={"text": "*x*"})
        .json()["html"]
        .startswith("<p><em>x</em>")
    )


def test_versions_can_be_compared_and_brought_back(people: dict[Role, TestClient]) -> None:
    ada = people[Role.admin]
    for n, text in enumerate(["One house.", "Two houses."]):
        assert ada.put("/api/guidelines", json={"version": n, "text": text}).status_code == 200
    late = ada.put("/api/guidelines", json={"version": 1, "text": "Lost?"})
    assert (late.status_code, late.json()["version"]) == (409, 2)
    assert "Ada saved version 2" in late.json()["message"]
    second = ada.get("/api/guidelines/versions/2").json()
    assert [p["text"] for p in second["diff"] if p["kind"] == "added"] == ["Two", "houses"]
    assert "".join(p["text"] for p in second["diff"] if p["kind"] != "added") == "One house.\n"
    back = ada.post("/api/guidelines/versions/1/restore", json={"version": 2})
    assert (back.json()["version"], back.json()["restores"]) == (3, 1)
    assert [one["version"] for one in ada.get("/api/guidelines/versions").json()] == [3, 2, 1, 0]
    assert ada.get("/api/guidelines/versions/0").json()["text"] == shipped_text()
    assert ada.get("/api/guidelines/versions/9").status_code == 404
    assert ada.get("/api/guidelines/versions/3?against=1").json()["diff"] == [
        {"kind": "same", "text": "One house.\n"}
    ]


def test_examples_are_for_those_who_may_see_the_key(people: dict[Role, TestClient]) -> None:
    ann, rita, ada = (people[role] for role in Role)
    body = {"is_good": False, "why": "The door is not the point."}
    assert ann.put("/api/guidelines/examples/1", json=body).status_code == 403
    (shown,) = rita.put("/api/guidelines/examples/1", json=body).json()["examples"]
    assert (shown["pair_id"], shown["why"], shown["by"]) == (1, body["why"], "Rita")
    assert len(shown["images"]) == 2
    ada.put("/api/guidelines", json={"version": 0, "text": "See ![it](/images/1)."})
    blind = ann.get("/api/guidelines?blind=true").json()
    assert blind["examples"] == []
    assert "<img" not in blind["html"]
    assert "<img" in ann.get("/api/guidelines").json()["html"]
    assert rita.put("/api/guidelines/examples/99", json=body).status_code == 400
    assert rita.delete("/api/guidelines/examples/1").json()["examples"] == []


def test_an_example_does_not_tell_a_key_that_people_are_asked_for(
    studio: Studio, people: dict[Role, TestClient]
) -> None:
    rita, body = people[Role.reviewer], {"is_good": True, "why": "Clear."}
    assert len(rita.put("/api/guidelines/examples/1", json=body).json()["examples"]) == 1
    switch_on(studio.database, 1, 1)
    assert rita.get("/api/guidelines").json()["examples"] == []
    refused = rita.put("/api/guidelines/examples/2", json=body)
    assert refused.status_code == 400
    assert "not final" in refused.json()["message"]


def test_only_reviewers_change_the_set(people: dict[Role, TestClient]) -> None:
    ann, rita = people[Role.annotator], people[Role.reviewer]
    assert ann.post("/api/patterns", json=MIRRORS).status_code == 403
    assert ann.post("/api/patterns/text/retire").status_code == 403
    found = rita.post("/api/patterns", json=MIRRORS).json()["patterns"]
    assert [one["slug"] for one in found] == [*load_patterns().slugs, "mirrors"]
    again = rita.post("/api/patterns", json=MIRRORS)
    assert again.status_code == 400
    assert "already" in again.json()["message"]
    renamed = rita.patch("/api/patterns/mirrors", json={"name": "Mirrors"}).json()["patterns"]
    assert (renamed[-1]["name"], renamed[-1]["definition"]) == ("Mirrors", MIRRORS["definition"])


def test_a_custom_set_is_what_everything_uses(
    studio: Studio, people: dict[Role, TestClient]
) -> None:
    ann, rita = people[Role.annotator], people[Role.reviewer]
    rita.post("/api/patterns", json=MIRRORS)
    rita.post("/api/patterns/orientation/merge", json={"into": "mirrors"})
    rita.post("/api/patterns/text/retire")
    listed = {one["slug"]: one for one in ann.get("/api/patterns").json()["patterns"]}
    assert listed["orientation"]["status"] == "merged"
    assert (listed["orientation"]["n_said"], listed["mirrors"]["n_read"]) == (2, 2)
    desk = ann.get("/api/review?pair=1").json()
    assert desk["pair"]["question"]["pattern"] == "mirrors"

    def lint(slug: str) -> list[str]:
        question: Json = {
            "text": "Which way?",
            "option_a": "Left",
            "option_b": "Right",
            "answer_first": "a",
            "answer_second": "b",
        }
        found = ann.post("/api/lint", json=question | {"pattern": slug}).json()["findings"]
        return [one["message"] for one in found if one["level"] == "error"]

    assert lint("mirrors") == []
    assert "out of use" in lint("text")[0]
    assert "out of use" in lint("orientation")[0]
    assert {one["slug"]: one["n"] for one in plan(studio)["patterns"]}["mirrors"] == 2
    bench = rita.get("/api/adjudicate?pair=1").json()
    assert bench["patterns"][-1] == {"slug": "mirrors", "name": "Reflections"}
    assert [one["is_current"] for one in bench["dispute"]["versions"]] == [True]
    body = {
        "version": desk["pair"]["version"],
        **{name: desk["pair"]["question"][name] for name in ("text", "option_a", "option_b")},
        "answer_first": "a",
        "answer_second": "b",
    }
    refused = ann.post("/api/pairs/1/question", json=body | {"pattern": "orientation"})
    assert refused.status_code == 422
    saved = ann.post("/api/pairs/1/question", json=body | {"pattern": "mirrors"})
    assert saved.status_code == 200


def test_a_retired_pattern_is_still_read_and_exported(
    studio: Studio, people: dict[Role, TestClient]
) -> None:
    people[Role.reviewer].post("/api/patterns/orientation/retire")
    found = {one["slug"]: one["n"] for one in plan(studio)["patterns"]}
    assert found["orientation"] == 2
    assert people[Role.annotator].get("/api/review?pair=1").json()["pair"]["question"][
        "pattern"
    ] == ("orientation")
