"""The dataset card of a workspace: filled in by an admin, in every export from then on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.card import TITLES, card_facts
from annotator.exchange import export_benchmark, to_benchmark
from annotator.history import listed_events
from annotator.server import create_routes
from annotator.studio import Studio
from db.card_fields import get_card_fields
from evaluation.card_facts import CARD_FIELDS, HumanStudy
from tests.annotator.people import id_of, logged_in, open_shared
from tests.annotator.test_adjudicate_routes import see_all
from tests.annotator.tiny_studio import Mmvp
from tests.verifying import complete_all, switch_on


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path, n_pairs=3) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


@pytest.fixture
def admin(app: FastAPI) -> TestClient:
    return logged_in(app, "Ada")


def put(client: TestClient, version: int = 0, **fields: str) -> tuple[int, dict[str, object]]:
    answer = client.put("/api/card", json={"version": version, "fields": fields})
    return answer.status_code, answer.json()


def values(content: dict[str, object]) -> dict[str, str]:
    fields = content["fields"]
    assert isinstance(fields, list)
    return {one["name"]: one["value"] for one in fields if one["value"]}


def test_every_field_has_a_name_for_people() -> None:
    assert tuple(TITLES) == CARD_FIELDS


def test_an_admin_fills_it_in_and_exports_carry_it(
    studio: Studio, admin: TestClient, tmp_path: Path
) -> None:
    assert to_benchmark(studio, name="n").card is None
    status, content = put(admin, licence=" CC-BY-4.0 ", contact="a@b.c")
    assert (status, content["version"]) == (200, 1)
    assert values(content) == {"licence": "CC-BY-4.0", "contact": "a@b.c"}
    status, content = put(admin, 1, contact="", languages="en")
    assert values(content) == {"licence": "CC-BY-4.0", "languages": "en"}
    report = export_benchmark(studio, "mmvp", tmp_path / "out")
    card = (report.folder / "README.md").read_text(encoding="utf-8")
    assert 'license: cc-by-4.0\nlanguage:\n- "en"\n' in card
    assert "- Questions and answers: CC-BY-4.0\n- Images: not stated" in card
    told = [one["about"] for one in listed_events(studio, limit=9) if one["kind"] == "card"]
    assert told == ["changed the dataset card"] * 2


def test_what_changed_meanwhile_is_not_overwritten(studio: Studio, admin: TestClient) -> None:
    put(admin, licence="MIT")
    status, content = put(admin, 0, licence="CC0-1.0")
    assert status == 409
    assert "changed in the meantime" in str(content["message"])
    assert values(content) == {"licence": "MIT"}
    assert get_card_fields(studio.database).version == 1


@pytest.mark.parametrize("fields", [{"languages": "english"}, {"nose": "long"}])
def test_what_does_not_fit_is_refused(
    studio: Studio, admin: TestClient, fields: dict[str, str]
) -> None:
    status, content = put(admin, **fields)
    assert status == 422
    assert next(iter(fields)) in str(content["message"]).casefold()
    assert get_card_fields(studio.database).version == 0


def test_reviewers_read_and_annotators_do_not(app: FastAPI) -> None:
    found = logged_in(app, "Rita").get("/api/card").json()
    assert (found["may_edit"], found["version"]) == (False, 0)
    assert put(logged_in(app, "Rita"), licence="MIT")[0] == 403
    assert logged_in(app, "Ann").get("/api/card").status_code == 403


def test_how_people_did_is_counted_over_the_exported_pairs(studio: Studio) -> None:
    switch_on(studio.database)
    see_all(studio, "Rita")
    exported = {pair.pair_id for pair in to_benchmark(studio, name="n", unverified=True).pairs}
    facts = card_facts(studio, exported)
    assert facts is not None
    assert facts.human == HumanStudy(
        n_people=1, n_answers=6, n_right=6, n_pairs_seen=3, n_pairs_right=3
    )
    fewer = card_facts(studio, {min(exported)})
    assert fewer is not None
    assert fewer.human is not None
    assert fewer.human.n_pairs_seen == 1
    assert card_facts(studio, set()) is None


def test_the_command_line_shows_and_sets(mmvp: Mmvp, tmp_path: Path) -> None:
    open_shared(tmp_path).close()
    root = tmp_path / "workspace"
    assert "licence        not stated\n" in mmvp("card", "-w", root).out
    done = mmvp("card", "--set", "licence=CC-BY-4.0", "--set", "contact=a=b", "-w", root, "--json")
    assert (done.code, done.json["licence"], done.json["contact"]) == (0, "CC-BY-4.0", "a=b")
    assert mmvp("card", "--set", "contact=", "-w", root, "--json").json["contact"] == ""
    assert mmvp("card", "--set", "licence", "-w", root).code == 2
    unknown = mmvp("card", "--set", "nose=long", "-w", root)
    assert (unknown.code, "Fields: licence, " in unknown.err) == (1, True)
