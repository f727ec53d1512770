"""Heat maps of a workspace: computed once, kept, or a reason; and what is concluded."""

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from annotator.encoders import LoadedEncoders
from annotator.server import create_routes
from annotator.studio import Studio
from annotator.why import CLEAR, verdict
from db.images import get_image
from db.pairs import list_cards
from db.search import sample_images
from embeddings.encoder import EncoderSpec, load_encoder
from embeddings.images import load_upright
from embeddings.patches import PatchMatches, compare_patches, embed_patches, usual_mismatch
from tests.explorable_workspace import ROLES, open_explorable, seed_explorable


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_explorable(tmp_path_factory.mktemp("explorable"))


@pytest.fixture
def studio(built: Path, tmp_path: Path) -> Studio:
    return open_explorable(shutil.copytree(built, tmp_path / "workspace"))


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


def ready(client: TestClient, query: str) -> dict[str, Any]:
    """Asks until nothing is computed any more, as the page does."""
    for _ in range(2000):
        answer: dict[str, Any] = client.get(f"/api/why?{query}").json()
        if answer["state"] == "ready":
            return answer
        assert answer["step"]
    raise AssertionError("it never became ready")


def test_the_maps_are_those_of_the_encoders(client: TestClient, studio: Studio) -> None:
    card = list_cards(studio.database)[0]
    answer = ready(client, f"pair={card.id}")
    assert answer["images"]["first"]["id"] == card.first.id
    sample = [load_upright(image.path) for image in sample_images(studio.database, 12)]
    for role, spec in ROLES:
        encoder = load_encoder(spec, device="cpu")
        patches = [
            embed_patches(encoder, load_upright(one.path)) for one in (card.first, card.second)
        ]
        first, second = compare_patches(*patches)
        maps = answer[role]
        assert maps["spec"] == spec
        assert maps["grid"] == [8, 8]
        assert np.allclose(maps["first"], first.mismatch, atol=1e-4)
        assert np.allclose(maps["second"], second.mismatch, atol=1e-4)
        assert np.mean(np.array(maps["match_first"]) == first.match) > 0.95
        assert np.allclose(maps["crop_first"], [0, 0, 1, 1], atol=0.01)
        assert maps["max"] == pytest.approx(
            max(np.max(maps["first"]), np.max(maps["second"])), abs=1e-4
        )
        assert 0 <= maps["min"] <= maps["mean"] <= maps["max"] <= 2
        usual = usual_mismatch([embed_patches(encoder, image) for image in sample])
        assert maps["usual"] == pytest.approx(usual, abs=1e-4)


def test_an_image_against_itself_is_cold(client: TestClient, studio: Studio) -> None:
    image = list_cards(studio.database)[0].first.id
    answer = ready(client, f"first={image}&second={image}")
    for role in ("blind", "reference"):
        assert answer[role]["max"] < 1e-4
    assert answer["verdict"]["kind"] == "neither"


def test_results_are_kept_and_given_without_a_model(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = list_cards(studio.database)[1]
    query = f"first={card.first.id}&second={card.second.id}"
    answer = ready(client, query)
    kept = sorted(studio.workspace.why.glob("*.json"))
    assert len(kept) == 4  # two pairs of heat maps and what is usual for each encoder
    with open_explorable(studio.workspace.root) as again:
        monkeypatch.setattr(LoadedEncoders, "encoder", lambda *_: pytest.fail("a model was loaded"))
        assert ready(TestClient(create_routes(again)), query) == answer
    kept[0].write_text("{broken")
    with open_explorable(studio.workspace.root) as third:
        monkeypatch.undo()
        assert ready(TestClient(create_routes(third)), query) == answer
    assert json.loads(kept[0].read_text())


def test_many_who_ask_at_once_compute_once(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_compared: list[int] = []

    def counted(first: np.ndarray, second: np.ndarray) -> tuple[PatchMatches, PatchMatches]:
        n_compared.append(1)
        return compare_patches(first, second)

    monkeypatch.setattr("annotator.why.compare_patches", counted)
    card = list_cards(studio.database)[2]
    answers: list[dict[str, Any]] = []
    askers = [
        threading.Thread(target=lambda: answers.append(ready(client, f"pair={card.id}")))
        for _ in range(5)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert all(answer == answers[0] for answer in answers)
    assert len(answers) == 5
    assert len(n_compared) == 2  # one for each encoder


def test_a_reason_stands_where_there_is_no_map(client: TestClient, studio: Studio) -> None:
    card = list_cards(studio.database)[3]
    manifest = studio.workspace.store(EncoderSpec.parse(ROLES.blind).slug) / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"weights_digest": "0" * 64}))
    answer = ready(client, f"pair={card.id}")
    assert "weights are other ones" in answer["blind"]["reason"]
    assert answer["reference"]["grid"] == [8, 8]
    assert answer["verdict"] is None


def test_a_changed_file_is_said(client: TestClient, studio: Studio, tmp_path: Path) -> None:
    card = list_cards(studio.database)[4]
    image = get_image(studio.database, card.first.id)
    assert image is not None
    assert image.path is not None
    before = image.path.read_bytes()
    try:
        image.path.write_bytes(before + b"more")
        answer = ready(client, f"pair={card.id}")
    finally:
        image.path.write_bytes(before)
    for role in ("blind", "reference"):
        assert "changed: since it was indexed" in answer[role]["reason"]


def test_an_encoder_without_patches_is_said(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.why.supports_patches", lambda _encoder: False)
    card = list_cards(studio.database)[5]
    answer = ready(client, f"pair={card.id}")
    assert "no patch features" in answer["reference"]["reason"]


def test_questions_that_make_no_sense(client: TestClient) -> None:
    assert client.get("/api/why").status_code == 400
    assert client.get("/api/why?first=1").status_code == 400
    assert client.get("/api/why?pair=99999").status_code == 404
    assert client.get(f"/api/why?pair={10**30}").status_code in {404, 422}
    assert client.get("/api/why?first=1&second=999999").status_code == 404
    refused = client.get("/api/why?first=1&second=2&blind=no-such")
    assert refused.status_code == 400
    assert "nothing is embedded" in refused.json()["message"]


def maps(
    first: np.ndarray, *, usual: float = 0.5, crop: tuple[float, ...] = (0, 0, 1, 1)
) -> dict[str, Any]:
    grid = np.asarray(first, dtype=float)
    return {
        "first": grid.tolist(),
        "second": np.zeros_like(grid).tolist(),
        "crop_first": list(crop),
        "crop_second": list(crop),
        "grid": list(grid.shape),
        "max": float(grid.max()),
        "usual": usual,
    }


def spotted(side: int, row: int, column: int, value: float) -> np.ndarray:
    grid = np.zeros((side, side))
    grid[row, column] = value
    return grid


def test_the_verdict_finds_the_place_across_grids_and_crops() -> None:
    around = np.zeros((8, 8))
    around[1:4, 4:7] = 0.5
    found = verdict(maps(np.zeros((5, 5)), usual=0.3), maps(around, crop=(0.25, 0, 0.5, 1)))
    assert found is not None
    assert found["kind"] == "reference"
    spot = found["spot"]
    assert spot["image"] == "first"
    assert np.allclose(spot["box"], [0.25 + 0.5 * 4 / 8, 1 / 8, 0.5 * 3 / 8, 3 / 8])
    assert spot["reference"] == pytest.approx(1)
    assert spot["blind"] == pytest.approx(0)


def test_the_verdict_names_who_sees_something() -> None:
    cold, hot = np.full((6, 6), 0.01), np.full((6, 6), 0.5)
    elsewhere = np.zeros((6, 6))
    elsewhere[:3, :3] = 0.6
    here = np.zeros((6, 6))
    here[3:, 3:] = 0.5
    for blind, reference, kind in (
        (cold, cold, "neither"),
        (hot, hot, "both"),
        (hot, cold, "blind"),
        (cold, hot, "reference"),
        (elsewhere, here, "both"),  # the blind encoder sees as much in another place
    ):
        found = verdict(maps(blind), maps(reference))
        assert found is not None
        assert found["kind"] == kind
    assert verdict({"reason": "none"}, maps(hot)) is None
    assert CLEAR < 1


def test_what_the_blind_encoder_does_not_see_is_no_spot() -> None:
    reference = spotted(8, 0, 0, 0.9) + spotted(8, 5, 5, 0.4)
    found = verdict(maps(np.zeros((4, 4)), crop=(0.5, 0.5, 0.5, 0.5)), maps(reference))
    assert found is not None
    left, top, wide, high = found["spot"]["box"]
    assert left + wide / 2 >= 0.5
    assert top + high / 2 >= 0.5
