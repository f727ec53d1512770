"""The one door: every route of the app, ours and Gradio's, by somebody who may not use it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from annotator.access import PUBLIC, role_of
from annotator.identity import COOKIE as NAME_COOKIE
from annotator.pages import PAGES
from annotator.server import create_app, create_routes
from annotator.sessions import COOKIE, Sessions
from annotator.settings import Settings
from annotator.studio import Studio
from db.accounts import disable, enable, set_role
from db.images import list_images
from db.roles import Role
from tests.annotator.people import BY_ROLE, PAGE, id_of, logged_in, open_shared

# Written out once more, so that nothing becomes public unnoticed.
OPEN_TO_ALL = {"/healthz", "/login", "/login/login.css", "/login/login.js", "/login/icon.svg"}
# What needs more than an annotator, whoever wrote the route: (methods, path, role).
NEEDED = [
    ({"GET", "POST", "PATCH"}, r"/api/people.*", Role.admin),
    ({"GET"}, r"/exports/.*", Role.reviewer),
    ({"PUT"}, r"/api/card", Role.admin),
    ({"GET"}, r"/api/card", Role.reviewer),
    ({"GET"}, r"/api/events", Role.reviewer),
    ({"POST", "DELETE"}, r"/api/jobs.*", Role.reviewer),
    ({"DELETE"}, r"/api/map/layouts/.*", Role.reviewer),
    ({"PUT"}, r"/api/queue", Role.admin),
    ({"GET", "POST"}, r"/api/adjudicate.*", Role.reviewer),
    ({"GET"}, r"/api/verify/(results|questions(\.csv)?)", Role.reviewer),
    ({"GET"}, r"/api/(agreement|annotations\.(csv|json))", Role.reviewer),
    ({"GET"}, r"/api/check", Role.reviewer),
    ({"GET", "POST"}, r"/api/problems.*", Role.reviewer),
    ({"GET", "POST"}, r"/api/results.*", Role.reviewer),
    ({"POST", "PATCH"}, r"/api/patterns.*", Role.reviewer),
    ({"GET", "POST", "DELETE"}, r"/api/found-patterns.*", Role.reviewer),
    ({"PUT", "DELETE"}, r"/api/guidelines/examples/.*", Role.reviewer),
    ({"PUT", "POST"}, r"/api/guidelines.*", Role.admin),
    ({"PUT"}, r"/api/verify/policy", Role.admin),
    ({"PUT"}, r"/api/writing/switch", Role.admin),
    ({"POST"}, r"/api/imported", Role.admin),
]
READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with open_shared(tmp_path_factory.mktemp("shared")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(studio: Studio) -> FastAPI:
    return create_app(studio)


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def routes_of(routes: list[Any]) -> Iterator[tuple[str, str, Role]]:
    """Method, address and role of every route, included routers and mounted apps as well."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if not hasattr(route, "methods") and inner is not None:
            yield from routes_of(getattr(inner, "routes", []))
        for method in sorted(getattr(route, "methods", None) or ()):
            path = re.sub(r"\{\w+:int\}", "1", route.path)
            yield method, re.sub(r"\{[^}]*_id\}", "1", path).replace("{name}", "x"), role_of(route)


def filled(path: str) -> str:
    """The address with every other placeholder filled in."""
    return re.sub(r"\{[^}]*\}", "x", path)


def test_the_walk_sees_our_routes_and_gradios(app: FastAPI) -> None:
    found = {(method, path) for method, path, _ in routes_of(app.routes)}
    assert len(found) > 80
    for known in [
        ("GET", "/images/1"),
        ("GET", "/thumbnails/1"),
        ("POST", "/api/pairs/1/decision"),
        ("GET", "/api/map.bin"),
        ("GET", "/widgets/{widget}/x"),
        ("GET", "/config"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/assets/{path:path}"),
        ("GET", "/api/openapi.json"),
        ("POST", "/logout"),
    ]:
        assert known in found


def test_every_route_refuses_a_stranger(app: FastAPI, stranger: TestClient) -> None:
    assert PUBLIC == OPEN_TO_ALL
    for method, path, _ in routes_of(app.routes):
        address = filled(path)
        if address in OPEN_TO_ALL:
            continue
        for headers in ({}, {"Authorization": "Bearer mmvp_none"}, {"Cookie": f"{COOKIE}=x"}):
            answer = stranger.request(method, address, headers=headers)
            assert answer.status_code == 401, (method, address)
            assert answer.headers["cache-control"] == "no-store"
        page = stranger.request(method, address, headers=PAGE)
        assert page.status_code in {303, 401}, (method, address)
        if page.status_code == 303:
            assert page.headers["location"].startswith("/login")


def test_every_page_sends_a_stranger_to_the_login(stranger: TestClient) -> None:
    for page in PAGES:
        answer = stranger.get(f"{page.href}?pair=7&x=%2F%2Fevil", headers=PAGE)
        assert answer.status_code == 303
        wanted = f"{page.href}?pair=7&x=%2F%2Fevil"
        assert stranger.get(answer.headers["location"]).text.count("&amp;x=%2F%2Fevil") == 1
        assert wanted.replace("&", "&amp;") in stranger.get(answer.headers["location"]).text


def test_public_addresses_answer(stranger: TestClient) -> None:
    for path in OPEN_TO_ALL:
        assert stranger.get(path).status_code == 200, path
    for near in ("/login/", "/login/other.css", "/login/%2e%2e/healthz", "//healthz", "/healthz/"):
        assert stranger.get(near).status_code in {401, 404}, near


def test_roles_are_where_they_were_decided(app: FastAPI) -> None:
    for method, path, role in routes_of(app.routes):
        wanted = [
            r for methods, form, r in NEEDED if method in methods and re.fullmatch(form, path)
        ]
        assert role == (wanted[0] if wanted else Role.annotator), (method, path)


def test_every_route_refuses_a_role_below_its_own(app: FastAPI) -> None:
    clients = {role: logged_in(app, name) for role, name in BY_ROLE.items()}
    refused = 0
    for method, path, needed in routes_of(app.routes):
        for role, client in clients.items():
            if not role.may(needed):
                answer = client.request(method, filled(path), json={})
                assert answer.status_code == 403, (method, path, role)
                assert needed.value in answer.json()["message"]
                refused += 1
    assert refused >= 10


def test_pages_are_for_their_roles(app: FastAPI) -> None:
    for role, name in BY_ROLE.items():
        client = logged_in(app, name)
        for page in PAGES:
            answer = client.get(page.href, headers=PAGE)
            assert answer.status_code == (200 if role.may(page.role) else 403), (role, page.title)
            if not role.may(page.role):
                assert "Not open to you" in answer.text
                assert client.get(f"{page.href}/", headers=PAGE).status_code == 403


def test_a_pages_events_are_for_its_role(app: FastAPI) -> None:
    """Gradio would run any event for whoever knows its number."""
    config = logged_in(app, "Ada").get("/config").json()
    names = {dependency["api_name"] for dependency in config["dependencies"]}
    assert {"count", "looked", "written"} <= names
    for role, name in BY_ROLE.items():
        client = logged_in(app, name)
        for event, needed, data in (
            ("count", Role.annotator, []),
            ("looked", Role.reviewer, [False, "", "current", "mmvp"]),
        ):
            answer = client.post(f"/gradio_api/run/{event}", json={"data": data})
            assert (answer.status_code == 200) is role.may(needed), (event, role, answer.text)
            if not role.may(needed):
                assert "data" not in answer.json()


def test_a_session_follows_its_account_at_once(app: FastAPI, studio: Studio) -> None:
    rita = id_of(studio, "Rita")
    client = logged_in(app, "Rita")
    assert client.get("/export", headers=PAGE).status_code == 200
    set_role(studio.database, rita, Role.annotator)
    assert client.get("/export", headers=PAGE).status_code == 403
    assert client.get("/api/me").json()["role"] == "annotator"
    set_role(studio.database, rita, Role.reviewer)
    assert client.get("/export", headers=PAGE).status_code == 200
    disable(studio.database, rita)
    image = list_images(studio.database)[0]
    for path in ("/api/me", f"/images/{image.id}", "/config", "/theme.css"):
        assert client.get(path).status_code == 401, path
    assert client.get("/", headers=PAGE).headers["location"] == "/login"
    enable(studio.database, rita)
    assert client.get("/api/me").status_code == 401  # the old session stays dead


def test_forged_cookies_open_nothing(app: FastAPI, studio: Studio, stranger: TestClient) -> None:
    ada = id_of(studio, "Ada")
    own = Sessions.of(studio.workspace, studio.settings)
    other = Sessions("somebody else's secret, as long", idle_seconds=1e6, absolute_seconds=1e6)
    right = own.to_cookie(own.start(ada, "Ada", 0))
    stranger.cookies.set(COOKIE, right)
    assert stranger.get("/api/me").json()["name"] == "Ada"
    stale = Sessions.of(studio.workspace, Settings(session_hours=1e-9))
    cookies = [
        other.to_cookie(other.start(ada, "Ada", 0)),
        own.to_cookie(own.start(ada, "Ada", 1)),
        own.to_cookie(own.start(ada, "Ann", 0)),
        own.to_cookie(own.start(10**6, "Ada", 0)),
        right[:-2],
    ]
    for cookie in cookies:
        stranger.cookies.set(COOKIE, cookie)
        assert stranger.get("/api/me").status_code == 401
    assert stale.read(right) is None


def test_with_accounts_the_name_is_no_choice(app: FastAPI) -> None:
    client = logged_in(app, "Ann")
    client.cookies.set(NAME_COOKIE, "Ada")
    assert client.get("/api/me").json() == {"name": "Ann", "role": "annotator", "has_account": True}
    answer = client.post("/api/me", json={"name": "Ada"})
    assert answer.status_code == 400
    pair = client.get("/api/review").json()["pair"]
    body = {"version": pair["version"], "decision": "skip"}
    client.post(f"/api/pairs/{pair['id']}/decision", json=body)
    shown = client.get("/api/review", params={"pair": pair["id"]}).json()["pair"]
    assert shown["annotation"]["annotator"] == "Ann"


def test_every_changing_route_refuses_other_sites(app: FastAPI) -> None:
    client = logged_in(app, "Ada")
    refused = 0
    foreign: list[dict[str, str]] = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ]
    for method, path, _ in routes_of(app.routes):
        if method in READING:
            continue
        for headers in foreign:
            answer = client.request(method, filled(path), headers=headers)
            assert answer.status_code == 403, (method, path, headers)
            assert answer.json()["message"] == "This request comes from another site."
            refused += 1
    assert refused > 100
    assert client.get("/api/me").json()["name"] == "Ada"  # nobody logged her out either


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/vibe-code",
    ],
)
def test_gradios_ways_to_files_are_closed(app: FastAPI, path: str) -> None:
    client = logged_in(app, "Ada")
    assert client.get(path).status_code == 404
    assert client.get(path.replace("gradio_api/", "gradio_api//")).status_code == 404


def test_uploads_are_closed_whatever_their_size(app: FastAPI) -> None:
    client = logged_in(app, "Ada")
    answer = client.post("/gradio_api/upload", files={"files": ("x.png", b"x" * 100)})
    assert answer.status_code == 404


TRAVERSALS = [
    "../mmvp.db",
    "..%2fmmvp.db",
    "%2e%2e/%2e%2e/.session-secret",
    "..%5c..%5cmmvp.db",
    "....//....//mmvp.db",
    "%2fetc%2fpasswd",
    "x%00.zip",
]


@pytest.mark.parametrize("prefix", ["/exports/", "/images/", "/widgets/embedding_map/", "/static/"])
def test_no_address_leaves_its_folder(app: FastAPI, prefix: str) -> None:
    client = logged_in(app, "Ada")
    for tail in TRAVERSALS:
        for ending in ("", ".zip"):
            answer = client.get(prefix + tail + ending)
            assert answer.status_code in {400, 403, 404, 422}, (prefix, tail, answer.status_code)
            assert b"SQLite format" not in answer.content
            assert b"root:" not in answer.content


def test_without_accounts_ones_own_machine_is_open(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("own")
    with Studio.open(root / "workspace", Settings(annotator="Zoë")) as own:
        client = TestClient(create_routes(own), follow_redirects=False)
        me = {"name": "Zoë", "role": "admin", "has_account": False}
        assert client.get("/api/me").json() == me
        assert client.get("/login?next=/explore").headers["location"] == "/explore"
        assert client.post("/api/tokens", json={"name": "x"}).status_code == 403
        refused = client.post("/api/people", json={"name": "Bob", "role": "annotator"})
        assert refused.status_code == 400
        assert "first account" in refused.json()["message"]
        made = client.post("/api/people", json={"name": "Zoë", "role": "admin"}).json()
        assert client.get("/api/me").status_code == 401  # at once, without a restart
        password = made["one_time_password"]
        assert logged_in(client.app, "Zoë", password)  # type: ignore[arg-type]


def test_where_others_can_reach_nobody_is_let_in_without_accounts(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """`serve` refuses to start like this; if it ever ran, it would be closed."""
    root = tmp_path_factory.mktemp("reachable")
    for given in ({"host": "0.0.0.0"}, {"behind_proxy": True}, {"public_hosts": "a.example"}):
        with Studio.open(root / "workspace", Settings(**given)) as reachable:  # type: ignore[arg-type]
            assert TestClient(create_routes(reachable)).get("/api/me").status_code == 401


def test_changes_by_another_process_count_within_a_second(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.credentials.REMEMBERED_SECONDS", 0.0)
    with open_shared(tmp_path_factory.mktemp("two")) as shared:
        client = logged_in(create_routes(shared), "Ann")
        assert client.get("/api/me").status_code == 200
        with Studio.open(shared.workspace.root, Settings()) as other:
            disable(other.database, id_of(other, "Ann"))
        assert client.get("/api/me").status_code == 401
