"""API tokens: a script can do what its person can, and no more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.accounts import create_token
from annotator.server import create_routes
from annotator.studio import Studio
from db.account_tables import Token
from db.accounts import set_role
from db.history import events
from db.images import list_images
from db.roles import Role
from db.tokens import list_tokens
from tests.annotator.people import PAGE, id_of, logged_in, open_shared


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path) as opened:
        yield opened


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


def with_token(app: FastAPI, name: str) -> TestClient:
    """A script with a new token of this person, and no cookie."""
    made = logged_in(app, name).post("/api/tokens", json={"name": "script"})
    assert made.status_code == 200, made.text
    headers = {"Authorization": f"Bearer {made.json()['secret']}"}
    return TestClient(app, headers=headers, follow_redirects=False)


def test_a_script_reviews_as_its_person(app: FastAPI, studio: Studio) -> None:
    script = with_token(app, "Ann")
    assert script.get("/api/me").json()["name"] == "Ann"
    pair = script.get("/api/review").json()["pair"]
    assert script.get(pair["first"]["url"]).status_code == 200
    assert script.get(pair["first"]["thumbnail"]).status_code == 200
    body = {"version": pair["version"], "decision": "reject", "reason": "unsuitable"}
    other_site = {"Origin": "https://notebook.example"}  # no page sends such a header by itself
    decided = script.post(f"/api/pairs/{pair['id']}/decision", json=body, headers=other_site)
    assert decided.status_code == 200
    newest = events(studio.database, pair_id=pair["id"])[0]
    assert (newest.kind, newest.annotator) == ("decision", "Ann")
    assert list_tokens(studio.database)[0].last_used_at is not None


def test_a_token_opens_no_page_and_makes_no_token(app: FastAPI) -> None:
    script = with_token(app, "Ada")
    assert script.get("/", headers=PAGE).status_code == 303
    for path in ("/config", "/gradio_api/info", "/people", "/password", "/theme.css"):
        assert script.get(path).status_code == 401, path
    assert script.post("/gradio_api/queue/join", json={}).status_code == 401
    for path in ("/api/tokens", "/api/me/logout-elsewhere"):
        assert script.post(path, json={"name": "x"}).status_code == 403
    assert script.get("/api/people").status_code == 200
    assert script.get("/api/openapi.json").json()["paths"]["/api/people"]


def test_a_token_has_its_persons_role_of_the_moment(app: FastAPI, studio: Studio) -> None:
    script = with_token(app, "Rita")
    assert script.get("/api/people").status_code == 403
    assert script.get("/exports/none.zip").status_code == 404
    set_role(studio.database, id_of(studio, "Rita"), Role.annotator)
    assert script.get("/exports/none.zip").status_code == 403


def test_a_revoked_token_is_dead(app: FastAPI, studio: Studio) -> None:
    script = with_token(app, "Ann")
    (token,) = script.get("/api/tokens").json()
    assert "secret" not in token
    assert "digest" not in token
    rita = logged_in(app, "Rita")
    assert rita.delete(f"/api/tokens/{token['id']}").status_code == 404
    assert logged_in(app, "Ann").delete(f"/api/tokens/{token['id']}").status_code == 204
    image = list_images(studio.database)[0]
    refused = script.get("/api/me")
    assert (refused.status_code, "was revoked" in refused.json()["message"]) == (401, True)
    assert script.get(f"/images/{image.id}").status_code == 401


def test_an_expired_token_is_refused_in_words(app: FastAPI, studio: Studio) -> None:
    made = create_token(studio, id_of(studio, "Ann"), "for a day", days=1)
    script = TestClient(app, headers={"Authorization": f"Bearer {made.secret}"})
    assert script.get("/api/me").json()["name"] == "Ann"
    with studio.database.write() as session:
        token = session.get_one(Token, made.id)
        token.expires_at = token.created_at
        session.add(token)
    for path in ("/api/me", "/api/review", f"/images/{list_images(studio.database)[0].id}"):
        refused = script.get(path)
        assert refused.status_code == 401
        assert refused.json()["message"].startswith("This API token expired on 20")
    assert list_tokens(studio.database)[0].standing == "expired"
    answer = logged_in(app, "Ann").get("/api/tokens").json()[0]
    assert answer["expires_at"] == answer["created_at"]


def test_a_token_can_be_asked_for_with_an_end(app: FastAPI) -> None:
    ann = logged_in(app, "Ann")
    made = ann.post("/api/tokens", json={"name": "month", "days": 30}).json()["token"]
    kept = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert kept == timedelta(days=30)
    for days in (0, -1, 100_000, "soon"):
        assert ann.post("/api/tokens", json={"name": "x", "days": days}).status_code == 422


def test_a_bad_token_is_not_saved_by_a_good_cookie(app: FastAPI) -> None:
    """What carries a token passes the check for other sites, so no cookie may count there."""
    client = logged_in(app, "Ann")
    for scheme in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} mmvp_wrong", "Origin": "https://evil.example"}
        assert client.post("/api/review/undo", headers=headers).status_code == 401
    basic = {"Authorization": "Basic QW5uOng=", "Origin": "https://evil.example"}
    assert client.post("/api/review/undo", headers=basic).status_code == 403
    assert client.get("/api/me", headers={"Authorization": "Basic QW5uOng="}).status_code == 200


def test_the_secret_is_kept_nowhere(app: FastAPI, studio: Studio) -> None:
    script = with_token(app, "Ann")
    secret = script.headers["authorization"].removeprefix("Bearer ")
    assert secret.startswith("mmvp_")
    studio.database.close()
    for path in studio.workspace.root.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
