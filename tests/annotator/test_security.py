"""Ways in, tried on every route of the app, Gradio's own included."""

import io
import itertools
import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotator.accounts import create_token, reset_password
from annotator.backup import back_up
from annotator.server import create_app
from annotator.sessions import COOKIE, SECRET_FILE, Sessions
from annotator.settings import Settings
from annotator.studio import Studio
from db.accounts import disable, end_sessions
from db.history import events
from db.images import list_images
from db.pairs import list_cards
from tests.annotator.people import PAGE, PASSWORDS, id_of, logged_in, open_shared
from tests.annotator.test_access import OPEN_TO_ALL, filled, routes_of

Requests = list[tuple[str, str]]
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with open_shared(tmp_path_factory.mktemp("secure")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(studio: Studio) -> FastAPI:
    return create_app(studio)


@pytest.fixture(scope="module")
def requests(app: FastAPI) -> Requests:
    """Method and address of everything that is not open to all."""
    every = {(method, filled(path)) for method, path, _ in routes_of(app.routes)}
    return sorted(one for one in every if one[1] not in OPEN_TO_ALL)


def waits(address: str) -> bool:
    """Gradio's connections for news of an event: they last, or end when there is no such event."""
    return any(part in address for part in ("heartbeat", "stream", "/call/", "queue/data"))


def client_with(app: FastAPI, cookie: str) -> TestClient:
    client = TestClient(app, follow_redirects=False)
    client.cookies.set(COOKIE, cookie)
    return client


def refuse_everything(client: TestClient, requests: Requests, *, path: str = "/api/me") -> None:
    assert client.get(path).status_code == 401
    for method, address in requests:
        assert client.request(method, address).status_code == 401, (method, address)


def at_another_time(seconds: float, sessions: Sessions, who: int, epoch: int) -> str:
    """The cookie of somebody who logged in so long ago and did nothing since."""
    real = time.time
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "time", lambda: real() - seconds)
        return sessions.to_cookie(sessions.start(who, "Ada", epoch))


def bad_cookies(studio: Studio) -> dict[str, str]:
    """Cookies that are almost right, by what is wrong with them."""
    ada, own = id_of(studio, "Ada"), Sessions.of(studio.workspace, studio.settings)
    other = Sessions("another server's secret, as long", idle_seconds=1e6, absolute_seconds=1e6)
    right = own.to_cookie(own.start(ada, "Ada", 0))
    payload, stamp, signature = right.rsplit(".", 2)
    too_long = replace(own.start(ada, "Ada", 0), started=int(time.time() - 15 * 24 * 3600))
    return {
        "signed by another server": other.to_cookie(other.start(ada, "Ada", 0)),
        "of another person": own.to_cookie(own.start(ada, "Ann", 0)),
        "of another payload": ".".join([payload[:-4] + "AAAA", stamp, signature]),
        "without a signature": f"{payload}.{stamp}",
        "with an empty signature": f"{payload}.{stamp}.",
        "with another time": ".".join([payload, "AAAAAA", signature]),
        "idle for too long": at_another_time(25 * 3600, own, ada, 0),
        "begun too long ago": own.to_cookie(too_long),
        "of an older epoch": own.to_cookie(own.start(ada, "Ada", -1)),
    }


def test_no_route_takes_a_bad_cookie(app: FastAPI, studio: Studio, requests: Requests) -> None:
    assert len(requests) > 80
    for wrong, cookie in bad_cookies(studio).items():
        client = client_with(app, cookie)
        assert client.get("/api/me").status_code == 401, wrong
        refuse_everything(client, requests)


@given(data=st.data())
def test_no_changed_character_is_overlooked(data: st.DataObject) -> None:
    sessions = Sessions("x" * 40, idle_seconds=1000, absolute_seconds=1000)
    started = sessions.start(7, "Ada", 3)
    cookie = sessions.to_cookie(started)
    assert sessions.read(cookie) == started
    at = data.draw(st.integers(0, len(cookie) - 1))
    instead = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    changed = cookie[:at] + instead + cookie[at + 1 :]
    # the last character of base64 has bits that mean nothing: then it is still the same cookie
    assert sessions.read(changed) in (None, started)


def test_what_ended_a_session_or_token_ends_it_on_every_route(
    tmp_path: Path, requests: Requests
) -> None:
    with open_shared(tmp_path) as studio:
        app = create_app(studio)
        people = {name: logged_in(app, name) for name in PASSWORDS}
        ids = {name: id_of(studio, name) for name in PASSWORDS}
        secrets = {name: create_token(studio, who, "x").secret for name, who in ids.items()}
        tokens = {
            name: TestClient(
                app,
                headers={"Authorization": f"Bearer {secrets[name]}"},
                follow_redirects=False,
            )
            for name in PASSWORDS
        }
        disable(studio.database, ids["Rita"])
        for client in (people["Rita"], tokens["Rita"]):
            refuse_everything(client, requests)
        end_sessions(studio.database, ids["Ann"])
        refuse_everything(people["Ann"], requests)
        assert tokens["Ann"].get("/api/me").status_code == 200
        once = reset_password(studio, ids["Ada"], "Ada")
        refuse_everything(people["Ada"], requests)
        new = logged_in(app, "Ada", once)
        for method, address in requests:
            if address in {"/password", "/logout", "/api/me"}:
                continue
            for client in (new, tokens["Ada"]):  # a one-time password is for one thing only
                answer = client.request(method, address)
                assert answer.status_code in {401, 403}, (method, address)


def test_every_answer_is_protected(app: FastAPI, requests: Requests) -> None:
    clients = [TestClient(app, follow_redirects=False), logged_in(app, "Ann")]
    for (method, address), client in itertools.product(requests, clients):
        if address == "/logout" or waits(address):
            continue
        answer = client.request(method, address, headers=PAGE)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (method, address)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy, (method, address)
        assert "unsafe-inline" not in policy
        assert answer.status_code < 500, (method, address)
    foreign = TestClient(app, base_url="http://evil.example").get("/")
    assert foreign.status_code == 403
    assert foreign.headers["content-security-policy"]


def test_reading_changes_nothing(app: FastAPI, studio: Studio, requests: Requests) -> None:
    """What a picture's or a link's address can do on another site: nothing that counts."""
    client = logged_in(app, "Ada")
    newest, cards = events(studio.database, limit=1)[0].id, list_cards(studio.database)
    for method, address in requests:
        if method == "GET" and not waits(address):
            client.get(address, headers={"Sec-Fetch-Site": "cross-site"})
    assert events(studio.database, limit=1)[0].id == newest
    assert list_cards(studio.database) == cards
    assert client.get("/api/me").json()["name"] == "Ada"


OUT = [
    "../mmvp.db",
    "../../mmvp.db",
    "..%2fmmvp.db",
    "%2e%2e%2f.session-secret",
    "..%252f.session-secret",
    "..%5c.session-secret",
    "....//.session-secret",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "file:///etc/passwd",
    "x%00",
    "x%0d%0aSet-Cookie:%20a=b",
    "-1",
    str(2**63),
    "1e3",
    "NaN",
    "a" * 200,
]


def test_no_name_in_an_address_leads_to_a_file(app: FastAPI, studio: Studio) -> None:
    client = logged_in(app, "Ada")
    root = studio.workspace.root
    studio.workspace.views.joinpath("x.webp").write_bytes(b"view")
    secret = (root / SECRET_FILE).read_bytes().strip()
    paths = {p for method, p, _ in routes_of(app.routes) if method == "GET" and "{" in p}
    raw = {r for route in app.routes if (r := getattr(route, "path", "")) and "{" in r}
    for path, wanted in itertools.product(sorted(paths | raw), OUT):
        if waits(path):
            continue
        before, _, rest = path.partition("{")
        answer = client.get(before + wanted + filled(rest.partition("}")[2]))
        assert answer.status_code < 500, (path, wanted)
        assert secret not in answer.content
        assert b"SQLite format 3" not in answer.content
        assert b"root:" not in answer.content
        assert "a=b" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "address",
    ["/people", "//people", "/./people", "/people/", "/x/../people", "/%70eople", "/people;x",
     "/people%00", "/people%2f", "/PEOPLE", "/people?x=/", "/people//"],
)  # fmt: skip
def test_no_spelling_of_an_address_opens_a_page(app: FastAPI, address: str) -> None:
    answer = logged_in(app, "Ann").get(address, headers=PAGE)
    assert "people-board" not in answer.text, address
    assert "people-board" in logged_in(app, "Ada").get("/people", headers=PAGE).text


def png_bomb(side: int) -> bytes:
    """A small file that says it is huge, with so many black pixels in it."""
    black = zlib.compress(bytes((side // 8 + 1) * side), 9)
    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    chunks = [(b"IHDR", header), (b"IDAT", black), (b"IEND", b"")]
    packed = (
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def gif_of_many_frames() -> bytes:
    frames = [Image.new("L", (4, 4), n % 256) for n in range(500)]
    kept = io.BytesIO()
    frames[0].save(kept, "GIF", save_all=True, append_images=frames[1:])
    return kept.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.__hacked=1'/>",
        b"%PDF-1.7 ",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run",
        png_bomb(12_000),
        png_bomb(200)[:80],
        gif_of_many_frames()[:300],
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 1000,
    ],
    ids=["empty", "stub", "svg", "pdf", "postscript", "bomb", "cut png", "cut gif", "noise"],
)
def test_what_is_no_ordinary_picture_is_refused_in_words(app: FastAPI, content: bytes) -> None:
    answer = logged_in(app, "Ann").post("/api/search/image?name=x.png", content=content)
    assert answer.status_code == 200
    said = answer.json()
    assert said["results"] == []
    assert said.get("problem") or said.get("state"), said
    assert "Traceback" not in answer.text


def test_too_long_a_body_is_refused_whatever_it_says(app: FastAPI) -> None:
    stranger = TestClient(app, follow_redirects=False)
    ann = logged_in(app, "Ann")

    def endless(n_bytes: int) -> Iterator[bytes]:
        for _ in range(n_bytes // 65536 + 1):
            yield b"x" * 65536

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (b"x" * 70_000, endless(70_000)):
        answer = stranger.post("/login", content=body, headers=form)
        assert (answer.status_code, "64 kB" in answer.json()["message"]) == (413, True)
    for content in (b" " * (33 << 20), endless(33 << 20)):
        answer = ann.post("/api/selections", content=content)
        assert (answer.status_code, "32 MB" in answer.json()["message"]) == (413, True)
    assert ann.post("/api/search/image", content=endless(65 << 20)).status_code == 413
    # nor one that nobody may send at all
    assert stranger.post("/api/selections", content=endless(1 << 20)).status_code == 401


def test_long_lists_and_deep_documents_are_refused(app: FastAPI) -> None:
    client = logged_in(app, "Ann")
    body = json.dumps({"name": "x", "pair_ids": [1] * 1_000_001})
    assert client.post("/api/selections", content=body).status_code == 422
    deep = "[" * 100_000
    json_type = {"Content-Type": "application/json"}
    assert client.post("/api/selections", content=deep, headers=json_type).status_code in {400, 422}
    image = list_images_first(client)
    assert client.get(f"/api/images/{image}/neighbors?k=100000").status_code == 422


def list_images_first(client: TestClient) -> int:
    number: int = client.get("/api/review").json()["pair"]["first"]["id"]
    return number


def test_a_selection_is_deleted_by_its_maker_or_a_reviewer(app: FastAPI, studio: Studio) -> None:
    clients = {name: logged_in(app, name) for name in PASSWORDS}
    image = list_images(studio.database)[0].id

    def make(name: str, by: str) -> str:
        made = clients[by].post("/api/selections", json={"name": name, "image_ids": [image]})
        return f"/api/selections/{made.json()['id']}"

    of_rita, of_ann, another = make("r", "Rita"), make("a", "Ann"), make("b", "Ann")
    refused = clients["Ann"].delete(of_rita)
    assert (refused.status_code, "Rita made" in refused.json()["message"]) == (403, True)
    assert clients["Rita"].get(of_rita).status_code == 200
    assert clients["Ann"].delete(of_ann).status_code == 204
    assert clients["Rita"].delete(another).status_code == 204
    assert clients["Ada"].delete(of_rita).status_code == 204
    assert clients["Ada"].delete(of_rita).status_code == 404


def test_the_secret_and_the_backups_are_for_the_owner_only(studio: Studio, tmp_path: Path) -> None:
    create_app(studio)
    made = back_up(studio, tmp_path / "x.zip", progress=print).path
    for path in (studio.workspace.root / SECRET_FILE, made):
        assert path.stat().st_mode & 0o077 == 0, path
    assert Settings(secret="x" * 32).secret is not None
    assert "xxxx" not in repr(Settings(secret="x" * 32))
