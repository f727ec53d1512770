"""Logging in and out, passwords, and how long a guesser has to wait."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from annotator.accounts import FREE_PER_ADDRESS, FREE_PER_NAME, local_path, reset_password
from annotator.server import create_routes
from annotator.sessions import COOKIE
from annotator.settings import Settings
from annotator.studio import Studio
from db.account_tables import LoginAttempt
from db.history import events
from tests.annotator.people import PAGE, PASSWORDS, id_of, logged_in, open_shared


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_shared(tmp_path) as opened:
        yield opened


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


def later(studio: Studio, by: timedelta) -> None:
    """As if all attempts so far had been made earlier."""
    with studio.database.write() as session:
        for row in session.exec(select(LoginAttempt)):
            row.last_at -= by


def test_the_login_returns_to_the_deep_link(browser: TestClient) -> None:
    login = browser.get("/explore?layout=2&pair=7", headers=PAGE).headers["location"]
    page = browser.get(login)
    assert 'name="next" value="/explore?layout=2&amp;pair=7"' in page.text
    form = {"name": "Ann", "password": PASSWORDS["Ann"], "next": "/explore?layout=2&pair=7"}
    answer = browser.post("/login", data=form)
    assert answer.headers["location"] == "/explore?layout=2&pair=7"
    assert browser.get("/api/me").json()["name"] == "Ann"
    assert browser.get("/login?next=/progress").headers["location"] == "/progress"


def test_the_cookie_is_out_of_reach(browser: TestClient) -> None:
    form = {"name": "Ann", "password": PASSWORDS["Ann"]}
    cookie = SimpleCookie(browser.post("/login", data=form).headers["set-cookie"])[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert not cookie["secure"]
    assert 0 < int(cookie["max-age"]) <= 24 * 3600
    assert "Ann" not in cookie.value  # nor anything else in the clear


def test_behind_a_proxy_and_over_https_cookies_are_for_https(tmp_path: Path) -> None:
    form = {"name": "Ann", "password": PASSWORDS["Ann"]}
    with open_shared(tmp_path, behind_proxy=True, public_hosts="mmvp.example.org") as studio:
        app = create_routes(studio)
        own = TestClient(app, base_url="http://mmvp.example.org", follow_redirects=False)
        headers = {"Origin": "https://mmvp.example.org"}
        answer = own.post("/login", data=form, headers=headers)
        assert answer.status_code == 303
        assert "; Secure" in answer.headers["set-cookie"]
        other = TestClient(app, base_url="http://else.example.org")
        refused = other.get("/healthz")
        assert refused.status_code == 403
        assert "--public-host" in refused.json()["message"]
    with Studio.open(tmp_path / "workspace", Settings()) as studio:
        https = TestClient(
            create_routes(studio), base_url="https://localhost", follow_redirects=False
        )
        assert "; Secure" in https.post("/login", data=form).headers["set-cookie"]


def test_what_proxies_say_is_ignored_further_in(browser: TestClient) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    form = {"name": "Ann", "password": PASSWORDS["Ann"]}
    answer = browser.post("/login", data=form, headers=spoofed)
    assert "; Secure" not in answer.headers["set-cookie"]
    assert "evil" not in str(answer.headers)


def test_numbers_are_answered_where_others_can_reach(tmp_path: Path) -> None:
    with open_shared(tmp_path, host="0.0.0.0") as studio:
        app = create_routes(studio)
        for host, status in (("192.168.1.5:7860", 200), ("[fe80::1]", 200), ("evil.example", 403)):
            answer = TestClient(app).get("/healthz", headers={"Host": host})
            assert answer.status_code == status, host


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ann", "wrong password"),
        ("Nobody", "annotate all day"),
        ("ann", PASSWORDS["Ann"]),
        ("", ""),
        ("Ann", ""),
        ("x" * 3000, "y" * 3000),
        ("\x00", "\x00"),
        ("Ann' OR 1=1 --", "x"),
    ],
)
def test_wrong_name_and_wrong_password_read_the_same(
    browser: TestClient, name: str, password: str
) -> None:
    answer = browser.post("/login", data={"name": name, "password": password, "next": "/export"})
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert 'value="/export"' in answer.text
    assert "set-cookie" not in answer.headers
    assert password not in answer.text or len(password) < 2


def test_a_guesser_has_to_wait_longer_and_longer(
    app: FastAPI, browser: TestClient, studio: Studio
) -> None:
    def guess(password: str = "guess") -> tuple[int, int]:
        answer = browser.post("/login", data={"name": "Ann", "password": password})
        return answer.status_code, int(answer.headers.get("retry-after", 0))

    assert {guess() for _ in range(FREE_PER_NAME)} == {(401, 0)}
    status, first = guess(PASSWORDS["Ann"])  # even the right one is not looked at
    assert (status, 0 < first <= 5) == (429, True)
    with Studio.open(studio.workspace.root) as restarted:  # and a restart does not help
        again = TestClient(create_routes(restarted), follow_redirects=False)
        form = {"name": "Ann", "password": PASSWORDS["Ann"]}
        waiting = again.post("/login", data=form)
        assert waiting.status_code == 429
        assert "Try again in" in waiting.text
        assert f'data-wait="{waiting.headers["retry-after"]}"' in waiting.text
    waits = []
    for _ in range(4):
        later(studio, timedelta(minutes=16))
        assert guess() == (401, 0)
        waits.append(guess()[1])
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]
    assert logged_in(app, "Rita")  # others are not held up
    reset_password(studio, id_of(studio, "Ann"), "Ann", PASSWORDS["Ann"])
    assert guess(PASSWORDS["Ann"])[0] == 303


def test_an_address_that_tries_many_names_has_to_wait(browser: TestClient) -> None:
    for number in range(FREE_PER_ADDRESS):
        form = {"name": f"name {number}", "password": "x"}
        assert browser.post("/login", data=form).status_code == 401
    form = {"name": "Ann", "password": PASSWORDS["Ann"]}
    assert browser.post("/login", data=form).status_code == 429


def test_guesses_at_once_are_all_counted(app: FastAPI) -> None:
    def guess(_: int) -> int:
        form = {"name": "Ann", "password": "guess"}
        return TestClient(app).post("/login", data=form).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(guess, range(24)))
    assert statuses.count(401) == FREE_PER_NAME
    assert statuses.count(429) == 24 - FREE_PER_NAME


def test_logging_in_and_out_is_history_without_secrets(
    app: FastAPI, browser: TestClient, studio: Studio
) -> None:
    browser.post("/login", data={"name": "Ann", "password": "my other password"})
    browser.post("/login", data={"name": "annotate all day", "password": "x"})
    assert logged_in(app, "Ann").post("/logout").headers["location"] == "/login"
    told = [(e.kind, e.annotator) for e in events(studio.database, limit=4)]
    assert told == [
        ("logout", "Ann"),
        ("login", "Ann"),
        ("login_failed", None),
        ("login_failed", "Ann"),
    ]
    kept = str([event.data for event in events(studio.database)])
    for secret in ("my other password", "annotate all day", "argon2"):
        assert secret not in kept


def test_a_logged_out_cookie_is_dead_even_as_a_copy(app: FastAPI) -> None:
    client = logged_in(app, "Ann")
    thief = TestClient(app)
    thief.cookies.set(COOKIE, client.cookies[COOKIE])
    other = logged_in(app, "Ann")
    assert thief.get("/api/me").status_code == 200
    assert client.get("/logout").headers["location"] == "/account"
    assert thief.get("/api/me").status_code == 200  # a link cannot log anybody out
    client.post("/logout")
    assert thief.get("/api/me").status_code == client.get("/api/me").status_code == 401
    assert other.get("/api/me").status_code == 200


def test_logging_out_everywhere_else(app: FastAPI) -> None:
    here, there = logged_in(app, "Ann"), logged_in(app, "Ann")
    assert here.post("/api/me/logout-elsewhere").status_code == 200
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401


def test_changing_ones_password(app: FastAPI) -> None:
    here, there = logged_in(app, "Ann"), logged_in(app, "Ann")
    old, new = PASSWORDS["Ann"], "a better password"
    for form, status, told in [
        ({"current": old, "new": new, "again": "else"}, 422, "not the same"),
        ({"current": "guess", "new": new, "again": new}, 401, "current password is wrong"),
        ({"current": old, "new": "short", "again": "short"}, 422, "at least 10"),
        ({"current": old, "new": old, "again": old}, 422, "is the current one"),
    ]:
        answer = here.post("/password", data=form)
        assert (answer.status_code, told in answer.text) == (status, True)
        assert new not in answer.text
    form = {"current": old, "new": new, "again": new, "next": "/account"}
    assert here.post("/password", data=form).headers["location"] == "/account"
    assert here.get("/api/me").status_code == 200
    assert there.get("/api/me").status_code == 401
    assert logged_in(app, "Ann", new)
    assert TestClient(app).post("/login", data={"name": "Ann", "password": old}).status_code == 401


def test_the_current_password_cannot_be_guessed_either(app: FastAPI) -> None:
    client = logged_in(app, "Ann")
    form = {"current": "guess", "new": "another password", "again": "another password"}
    statuses = [client.post("/password", data=form).status_code for _ in range(FREE_PER_NAME + 1)]
    assert statuses == [401] * FREE_PER_NAME + [429]


def test_a_one_time_password_is_changed_before_anything_else(app: FastAPI, studio: Studio) -> None:
    once = reset_password(studio, id_of(studio, "Ann"), "Ann")
    client = logged_in(app, "Ann", once)
    assert (
        client.get("/?pair=2", headers=PAGE).headers["location"] == "/password?next=%2F%3Fpair%3D2"
    )
    refused = client.get("/api/review")
    assert refused.status_code == 403
    assert "Choose a password" in refused.json()["message"]
    assert "Choose a password" in client.get("/password").text
    form = {"current": once, "new": "my own words", "again": "my own words", "next": "/?pair=2"}
    assert client.post("/password", data=form).headers["location"] == "/?pair=2"
    assert client.get("/api/review").status_code == 200


def test_work_keeps_a_session_alive(
    app: FastAPI, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(app, "Ann")
    assert "set-cookie" not in client.get("/api/me").headers
    monkeypatch.setattr("annotator.sessions.REFRESH_SECONDS", -1)
    renewed = client.get("/api/me").headers["set-cookie"]
    assert renewed.startswith(f"{COOKIE}=")
    assert "HttpOnly" in renewed
    assert COOKIE not in client.post("/logout").headers["set-cookie"].replace(f'{COOKIE}="";', "")


ODD = [
    "/",
    "//",
    "\\",
    "/\\",
    "\t",
    "\n",
    "\r",
    " ",
    "\x00",
    "\x7f",
    "@",
    ":",
    "?",
    "#",
    "%2f",
    "..",
]
WORDS = ["evil.example", "http:", "https:", "javascript:alert(1)", "explore", "login", "", "[::1]"]


@given(st.lists(st.sampled_from(ODD + WORDS), max_size=6).map("".join) | st.text(max_size=40))
def test_one_returns_to_this_server_only(wanted: str) -> None:
    """Browsers drop tabs and newlines and read backslashes as slashes; so does the oracle."""
    path = local_path(wanted)
    as_read = "".join(c for c in path if c not in "\t\r\n").strip().replace("\\", "/")
    assert as_read.startswith("/")
    target = urlsplit(urljoin("http://studio.example/login", as_read))
    assert (target.scheme, target.netloc) == ("http", "studio.example")
    assert target.path not in {"/login", "/logout", "/password"}
    assert path in {wanted, "/"}


def test_ordinary_deep_links_are_kept() -> None:
    for wanted in ("/", "/?pair=7", "/explore?blind=a&layout=2#x", "/people", "/loginx", "/a//b"):
        assert local_path(wanted) == wanted
    for parts in itertools.permutations(["/", "/", "evil.example"]):
        assert urlsplit(local_path("".join(parts))).netloc == ""
