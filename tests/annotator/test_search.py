"""Search by text, picture and name, and neighbours: against the plain arithmetic on all vectors."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotator.routes import search as search_routes
from annotator.search import nearest
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.spaces import VectorShelf
from annotator.studio import Studio
from db.images import list_images
from embeddings.encoder import EncoderSpec, load_encoder, supports_text
from tests.annotator.tiny_studio import Specs
from tests.explorable_workspace import N_SCENES, ROLES, open_explorable, seed_explorable


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_explorable(tmp_path_factory.mktemp("explorable"))


@pytest.fixture
def studio(built: Path, tmp_path: Path) -> Studio:
    return open_explorable(shutil.copytree(built, tmp_path / "workspace"))


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


def slug(spec: str) -> str:
    return EncoderSpec.parse(spec).slug


def found(client: TestClient, url: str) -> dict[str, Any]:
    """Asks until the answer is there, as the page does."""
    for _ in range(600):
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        if answer.json().get("state") != "working":
            return dict(answer.json())
    raise AssertionError("it never answered")


def upload(client: TestClient, content: bytes, query: str = "") -> dict[str, Any]:
    answer = client.post(f"/api/search/image?k=5{query}", content=content).json()
    while answer.get("state") == "working":
        answer = client.get(f"/api/search/image?k=5&token={answer['token']}").json()
    return dict(answer)


def by_sorting(vectors: np.ndarray, query: np.ndarray, k: int, without: int | None) -> list[int]:
    cosines = vectors @ query
    rows = [row for row in range(len(vectors)) if row != without]
    return sorted(rows, key=lambda row: (-cosines[row], row))[:k]


@given(st.integers(0, 9999), st.integers(1, 30), st.integers(0, 40), st.booleans())
def test_the_nearest_are_those_of_a_sort(seed: int, n: int, k: int, leave_out: bool) -> None:
    rng = np.random.default_rng(seed)
    # Few different vectors, so that many are equally near.
    vectors = rng.integers(-1, 2, (n, 3)).astype(np.float32)
    query = rng.integers(-1, 2, 3).astype(np.float32)
    without = int(rng.integers(n)) if leave_out else None
    near = nearest(vectors, query, k, without=without)
    assert [one.row for one in near] == by_sorting(vectors, query, k, without)
    assert all(one.cosine == float(vectors[one.row] @ query) for one in near)


def test_neighbours_are_those_of_both_spaces(client: TestClient, studio: Studio) -> None:
    spaces = VectorShelf(studio).get(ROLES)
    ids = spaces.image_ids
    for row in (0, 11, N_SCENES - 1):
        answer = client.get(f"/api/images/{ids[row]}/neighbors?k=7").json()
        expected = {
            role: by_sorting(vectors, vectors[row], 7, row)
            for role, vectors in (("blind", spaces.blind), ("reference", spaces.reference))
        }
        shared = set(expected["blind"]) & set(expected["reference"])
        for role, other in (("blind", spaces.reference), ("reference", spaces.blind)):
            near = answer[role]
            assert [one["image_id"] for one in near] == [int(ids[r]) for r in expected[role]]
            assert [one["rank"] for one in near] == list(range(1, 8))
            assert [one["shared"] for one in near] == [r in shared for r in expected[role]]
            cosines = [one["other_cosine"] for one in near]
            assert np.allclose(cosines, other[expected[role]] @ other[row], atol=1e-6)
        either = set(expected["blind"]) | set(expected["reference"])
        assert answer["overlap"] == pytest.approx(len(shared) / len(either))
        assert answer["n_shared"] == len(shared)


def test_neighbours_follow_the_chosen_encoders(client: TestClient, studio: Studio) -> None:
    image = list_images(studio.database)[0].id
    usual = client.get(f"/api/images/{image}/neighbors").json()
    query = f"blind={slug(ROLES.reference)}&reference={slug(ROLES.blind)}"
    turned = client.get(f"/api/images/{image}/neighbors?{query}").json()
    assert turned["blind"] == usual["reference"]
    assert turned["reference"] == usual["blind"]
    assert len(usual["blind"]) == 12
    assert client.get(f"/api/images/{image}/neighbors?k=0").status_code == 422
    everything = client.get(f"/api/images/{image}/neighbors?k=200").json()
    assert len(everything["blind"]) == N_SCENES - 1
    assert everything["overlap"] == 1


def test_an_image_without_vectors_has_a_reason(client: TestClient) -> None:
    answer = client.get("/api/images/987654/neighbors").json()
    assert answer["blind"] == answer["reference"] == []
    assert "no vector" in answer["problem"]


def test_text_finds_what_the_text_tower_finds(client: TestClient, studio: Studio) -> None:
    text = "a lamp and books in a kitchen"
    answer = found(client, f"/api/search/text?q={text}&k=9")
    encoder = load_encoder(ROLES.blind, device="cpu")
    assert supports_text(encoder)
    spaces = VectorShelf(studio).get(ROLES)
    vector = encoder.embed_texts([text])[0]
    expected = by_sorting(spaces.blind, vector, 9, None)
    assert answer["image_ids"] == [int(spaces.image_ids[row]) for row in expected]
    scores = [result["score"] for result in answer["results"]]
    assert np.allclose(scores, spaces.blind[expected] @ vector, atol=1e-5)
    assert answer["results"][0]["file_name"].endswith(".jpg")
    assert found(client, "/api/search/text?q=%20%20")["results"] == []


def test_without_a_text_tower_there_is_a_reason(client: TestClient) -> None:
    query = f"blind={slug(ROLES.reference)}&reference={slug(ROLES.blind)}"
    answer = found(client, f"/api/search/text?q=lamp&{query}")
    assert answer["results"] == []
    assert "no text tower" in answer["problem"]


def test_nothing_embedded_or_nothing_to_load_is_a_reason(
    client: TestClient, studio: Studio
) -> None:
    store = studio.workspace.store(slug(ROLES.reference))
    shutil.rmtree(store)
    answer = found(client, "/api/search/text?q=lamp")
    assert "nothing is embedded with the reference encoder" in answer["problem"]
    assert "nothing is embedded" in client.get("/api/images/1/neighbors").json()["problem"]


def test_a_model_that_is_gone_is_a_reason(workspace: Path, specs: Specs, tmp_path: Path) -> None:
    """Its vectors are there, so neighbours work; new pictures cannot be looked at."""
    away = tmp_path / "away"
    folder = Path(specs.blind.removeprefix("hf:"))
    folder.rename(away)
    try:
        with Studio.open(workspace) as studio:
            client = TestClient(create_routes(studio))
            image = list_images(studio.database)[0]
            assert image.path is not None
            answer = upload(client, image.path.read_bytes())
            assert "no such folder" in answer["problem"]
            assert client.get(f"/api/images/{image.id}/neighbors").json()["blind"]
    finally:
        away.rename(folder)


def test_an_uploaded_picture_finds_itself(client: TestClient, studio: Studio) -> None:
    image = list_images(studio.database)[5]
    assert image.path is not None
    answer = upload(client, image.path.read_bytes(), "&name=mine.jpg")
    for role in ("blind", "reference"):
        assert answer[role][0]["image_id"] == image.id
        assert answer[role][0]["cosine"] == pytest.approx(1, abs=1e-4)
        assert answer[role][0]["shared"]
    near = client.get(f"/api/images/{image.id}/neighbors?k=4").json()
    assert [one["image_id"] for one in answer["blind"][1:]] == [
        one["image_id"] for one in near["blind"]
    ]
    assert answer["image_ids"][0] == image.id
    assert len(answer["image_ids"]) == len(set(answer["image_ids"]))


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an image"),
        (b"hello", "not an image"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "x.png"),
        (encoded(Image.new("RGB", (64, 64)), "JPEG")[:300], "truncated"),
        (encoded(Image.new("RGB", (4000, 10)), "PNG"), "too elongated"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    ],
    ids=["empty", "text", "broken", "cut", "thin", "svg"],
)
def test_what_is_no_picture_is_refused_in_words(
    client: TestClient, content: bytes, reason: str
) -> None:
    answer = upload(client, content, "&name=x.png")
    assert answer["results"] == []
    assert reason in answer["problem"]


def test_odd_pictures_are_looked_at(client: TestClient) -> None:
    pictures = [
        encoded(Image.new("1", (30, 20), 1), "PNG"),
        encoded(Image.new("RGBA", (20, 30), (0, 0, 0, 0)), "WEBP"),
        encoded(Image.new("P", (1, 1)), "GIF"),
        encoded(Image.new("CMYK", (40, 40)), "TIFF"),
    ]
    for content in pictures:
        assert len(upload(client, content)["blind"]) == 5


def test_a_picture_over_the_limits_is_refused(
    built: Path, tmp_path: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_routes, "MOST_BYTES", 1 << 20)
    large = client.post("/api/search/image", content=b"x" * ((1 << 20) + 1))
    assert large.status_code == 413
    assert "1 MB" in large.json()["detail"]

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    assert client.post("/api/search/image", content=chunks()).status_code == 413
    limited = shutil.copytree(built, tmp_path / "limited")
    with Studio.open(limited, Settings(annotator="Ann", max_pixels=99)) as studio:
        bomb = encoded(Image.new("RGB", (10, 10)), "PNG")
        answer = upload(TestClient(create_routes(studio)), bomb)
        assert "too large" in answer["problem"]


def test_a_forgotten_upload_and_a_foreign_page(client: TestClient) -> None:
    assert "choose it again" in client.get("/api/search/image?token=nothing").json()["problem"]
    foreign = client.post("/api/search/image", content=b"x", headers={"Origin": "http://evil.test"})
    assert foreign.status_code == 403


def test_names_are_found_with_all_ids(client: TestClient, studio: Studio) -> None:
    images = list_images(studio.database)
    answer = client.get("/api/search/names?q=scene").json()
    assert answer["total"] == N_SCENES
    assert answer["image_ids"] == [image.id for image in images]
    assert answer["results"][0]["score"] is None
    wanted = images[7]
    answer = client.get(f"/api/search/names?q={wanted.file_name.upper()}").json()
    assert [result["image_id"] for result in answer["results"]] == [wanted.id]
    assert client.get("/api/search/names?q=%25").json()["total"] == 0
    assert client.get(f"/api/search/names?q={'x' * 3000}").status_code == 422
