"""The server without a browser: health, images, and who may talk to it."""

import hashlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from annotator.errors import AppError
from annotator.guard import check_reach, listen
from annotator.identity import LONGEST_NAME
from annotator.pages import PAGES
from annotator.server import create_app, create_routes
from annotator.settings import Settings
from annotator.studio import Studio
from db.images import list_images, record_scan
from embeddings.images import DEFAULT_MAX_PIXELS
from tests.seeding import found_file, seed

N_PAIRS = 3


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    seed(tmp_path, n_pairs=N_PAIRS)
    with Studio.open(tmp_path / "workspace", Settings(annotator="Ann")) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


def test_health_and_every_page(studio: Studio) -> None:
    client = TestClient(create_app(studio))
    assert client.get("/healthz").json()["status"] == "ok"
    for page in PAGES:
        answer = client.get(page.href)
        assert answer.status_code == 200
        assert "text/html" in answer.headers["content-type"]
        assert answer.headers["x-frame-options"] == "DENY"


def test_explore_names_its_modules_ahead(studio: Studio) -> None:
    client = TestClient(create_app(studio))
    answer = client.get("/explore")
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)">', answer.text)
    assert "/widgets/embedding_map/map.js" in named
    assert "/widgets/embedding_map/points.js" in named  # which only panel.js imports
    assert len(named) == len(set(named))
    assert int(answer.headers["content-length"]) == len(answer.content)
    for address in named:
        assert client.get(address).headers["content-type"].startswith("text/javascript")
    assert "modulepreload" not in client.get("/").text


def test_an_image_is_cacheable_for_good(client: TestClient, studio: Studio) -> None:
    image = list_images(studio.database)[0]
    answer = client.get(f"/images/{image.id}?v={image.sha256[:8]}")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == image.sha256
    assert answer.headers["etag"] == f'"{image.sha256}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"]
    again = client.get(f"/images/{image.id}", headers={"If-None-Match": f'"{image.sha256}"'})
    assert (again.status_code, again.content) == (304, b"")
    for version in ("", "?v=", "?v=0", "?v=00000000"):
        unversioned = client.get(f"/images/{image.id}{version}")
        assert "immutable" not in unversioned.headers["cache-control"]
    other = client.get(f"/images/{image.id}", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_a_thumbnail_is_made_when_it_is_missing(client: TestClient, studio: Studio) -> None:
    image = list_images(studio.database)[0]
    assert not studio.workspace.thumbnail(image.sha256).exists()
    answer = client.get(f"/thumbnails/{image.id}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert studio.workspace.thumbnail(image.sha256).read_bytes() == answer.content


def test_an_image_that_was_let_in_is_shown_whatever_the_usual_limit(
    client: TestClient, studio: Studio, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    Image.new("L", (DEFAULT_MAX_PIXELS // 10_000 + 1, 10_000), 128).save(large)
    found = found_file(large, "a grey field")
    record_scan(studio.database, tmp_path, [found], complete=True)
    (image,) = [one for one in list_images(studio.database) if one.sha256 == found.sha256]
    answer = client.get(f"/images/{image.id}")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == image.sha256


@pytest.mark.parametrize("path", ["999999", "0", "-1", "abc", "%2e%2e%2fetc%2fpasswd"])
def test_only_known_numbers_are_images(client: TestClient, path: str) -> None:
    for kind in ("images", "thumbnails"):
        assert client.get(f"/{kind}/{path}").status_code == 404


def test_a_file_that_changed_or_vanished_is_gone(client: TestClient, studio: Studio) -> None:
    changed, vanished, touched = list_images(studio.database)[:3]
    assert changed.path is not None
    assert vanished.path is not None
    assert touched.path is not None
    assert client.get(f"/images/{changed.id}").status_code == 200
    changed.path.write_bytes(vanished.path.read_bytes())
    vanished.path.unlink()
    touched.path.touch()
    for image, reason in ((changed, "changed since it was indexed"), (vanished, "cannot be read")):
        answer = client.get(f"/images/{image.id}")
        assert answer.status_code == 410
        assert reason in answer.json()["detail"]
        assert answer.headers["cache-control"] == "no-store"
    assert client.get(f"/images/{touched.id}").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:7860", 200),
        ("127.0.0.1", 200),
        ("[::1]:7860", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example:7860", 403),
        ("localhost.evil.example", 403),
        ("192.168.1.5:7860", 403),
        ("", 403),
        ("[::1", 403),
    ],
)
def test_only_this_machine_is_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_other_sites_cannot_write(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/me", json={"name": "Bob"}, headers=headers)
    assert answer.status_code == status
    assert client.get("/api/me").json()["name"] == ("Bob" if status == 200 else "Ann")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_an_open_address_is_refused_without_accounts(host: str) -> None:
    with pytest.raises(AppError, match="mmvp user add") as refusal:
        check_reach(Settings(host=host), accounts=False)
    assert "no accounts yet" in refusal.value.what
    check_reach(Settings(host=host), accounts=True)


@pytest.mark.parametrize("given", [{"behind_proxy": True}, {"public_hosts": "mmvp.example.org"}])
def test_a_proxy_in_front_needs_accounts_as_well(given: dict[str, Any]) -> None:
    with pytest.raises(AppError, match="no accounts yet"):
        check_reach(Settings(**given), accounts=False)
    check_reach(Settings(), accounts=False)


def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(AppError, match="already in use") as refusal:
            listen("127.0.0.1", port)
    assert refusal.value.where == f"127.0.0.1:{port}"
    assert "--port" in refusal.value.hint


def test_answers_leave_at_once() -> None:
    """Nagle's algorithm would hold the second packet of each answer until the first is seen."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", 'a;b=c, "d"', "  many   spaces ", "x" * LONGEST_NAME]
)
def test_a_name_is_kept(client: TestClient, name: str) -> None:
    answer = client.post("/api/me", json={"name": name})
    assert answer.json()["name"] == " ".join(name.split())
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/api/me").json()["name"] == " ".join(name.split())


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1), "a\x00b", "a\u202eb"])
def test_a_name_that_is_none_is_refused(client: TestClient, name: str) -> None:
    answer = client.post("/api/me", json={"name": name})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("A name")
    client.cookies.set("mmvp_name", "x" * 500)
    assert client.get("/api/me").json()["name"] == "Ann"
