"""The maps' routes: what the browser decodes is what was laid out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from annotator.maps import NO_LABEL, OTHER_LABEL, EmbeddingMaps, MapPayload, quantised
from annotator.review import encoder_label
from annotator.routes import maps
from annotator.studio import Studio
from db.images import FoundFile, known_files, list_images, record_scan
from db.lifecycle import Decision
from db.pairs import current_run, list_cards, pair_links
from embeddings.encoder import EncoderSpec
from embeddings.projection import load_layout
from evaluation.patterns import load_patterns
from tests.mapped_workspace import accept, add_map, complete, open_mapped, seed_mapped

N_PAIRS = 6


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_mapped(seed_mapped(tmp_path, n_pairs=N_PAIRS)) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(maps.router(studio))
    with TestClient(app) as opened:
        yield opened


def decode(meta: dict[str, Any], content: bytes) -> dict[str, NDArray[Any]]:
    """As data.js does it."""
    return {
        one["name"]: np.frombuffer(
            content, f"<{np.dtype(one['dtype']).str[1:]}", one["length"], one["offset"]
        )
        for one in meta["arrays"]
    }


def test_the_bytes_decode_to_the_layouts(studio: Studio, client: TestClient) -> None:
    meta = client.get("/api/map.json").json()
    found = decode(meta, client.get("/api/map.bin").content)
    images = list_images(studio.database)
    assert found["image_ids"].tolist() == [image.id for image in images]
    run = current_run(studio.database)
    assert run is not None
    for role, spec in (("blind", run.blind_encoder), ("reference", run.reference_encoder)):
        layout = load_layout(studio.workspace.layout(EncoderSpec.parse(spec).slug))
        row = {key: k for k, key in enumerate(layout.keys)}
        expected = layout.points[[row[image.sha256] for image in images]]
        extent = meta["extent"]
        steps = found[role].reshape(-1, 2).astype(np.float64)
        decoded = steps * (2 * extent / 65535) - extent
        assert np.abs(decoded - expected).max() <= extent / 65535 + 1e-9
        assert meta["spaces"][role] == {"spec": spec, "name": encoder_label(spec)}
    assert meta["n_images"] == len(images)
    assert meta["n_unmapped"] == 0


@given(arrays(np.float32, (5, 2), elements=st.floats(-3, 3, width=32)), st.sampled_from([3.0, 4.5]))
def test_quantising_loses_at_most_half_a_step(points: NDArray[np.float32], extent: float) -> None:
    steps = quantised(points, extent).astype(np.float64)
    decoded = steps * (2 * extent / 65535) - extent
    assert np.abs(decoded - points).max() <= extent / 65535 * 1.000001


def test_every_offset_is_aligned_and_inside(client: TestClient) -> None:
    meta = client.get("/api/map.json").json()
    size = len(client.get("/api/map.bin").content)
    for one in meta["arrays"]:
        width = np.dtype(one["dtype"]).itemsize
        assert one["offset"] % width == 0
        assert one["offset"] + one["length"] * width <= size


def test_compressed_and_plain_answers_are_the_same(client: TestClient) -> None:
    packed = client.get("/api/map.bin", headers={"accept-encoding": "gzip"})
    plain = client.get("/api/map.bin", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_the_etag_saves_the_transfer_until_a_layout_changes(
    studio: Studio, client: TestClient
) -> None:
    first = client.get("/api/map.bin")
    tag = first.headers["etag"]
    again = client.get("/api/map.bin", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    run = current_run(studio.database)
    assert run is not None
    images = list_images(studio.database)
    points = np.linspace(-1, 1, 2 * len(images), dtype=np.float32).reshape(-1, 2)
    add_map(studio, run.blind_encoder, images, points)
    changed = client.get("/api/map.bin", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    digest = changed.headers["x-map-digest"]
    assert client.get("/api/map.json").json()["digest"] == digest
    kept = client.get(f"/api/map.bin?v={digest}")
    assert "immutable" in kept.headers["cache-control"]
    stale = client.get(f"/api/map.bin?v={first.headers['x-map-digest']}")
    assert "immutable" not in stale.headers["cache-control"]


def test_pairs_come_widest_gap_first_with_their_states(studio: Studio, client: TestClient) -> None:
    cards = list_cards(studio.database)
    complete(studio, cards[2], text="Where is the door?", pattern="position")
    accept(studio, cards[4])
    meta = client.get("/api/map.json").json()
    ids = decode(meta, client.get("/api/map.bin").content)["image_ids"].tolist()
    pairs, links = meta["pairs"], {link.id: link for link in pair_links(studio.database)}
    assert len(pairs["id"]) == meta["n_pairs"] == meta["n_pairs_on_map"] == N_PAIRS
    assert pairs["gap"] == sorted(pairs["gap"], reverse=True)
    slugs = load_patterns().slugs
    for k, pair_id in enumerate(pairs["id"]):
        link = links[pair_id]
        assert ids[pairs["first"][k]] == link.first_image_id
        assert ids[pairs["second"][k]] == link.second_image_id
        assert pairs["blind_cosine"][k] == pytest.approx(link.blind_cosine, abs=1e-6)
        assert pairs["reference_cosine"][k] == pytest.approx(link.reference_cosine, abs=1e-6)
        assert meta["states"][pairs["state"][k]] == link.state
        pattern = pairs["pattern"][k]
        assert (slugs[pattern] if pattern >= 0 else None) == link.pattern
    assert meta["thresholds"] == {"blind_min": 0.95, "reference_max": 0.6}


def test_of_very_many_pairs_the_widest_and_the_decided_are_drawn(
    studio: Studio,
) -> None:
    payload = EmbeddingMaps(studio).current()
    assert isinstance(payload, MapPayload)
    cards = list_cards(studio.database)
    accept(studio, cards[-1])
    columns = maps.pair_columns(studio, payload, most_open=2)
    assert columns["n_pairs_on_map"] == N_PAIRS
    assert set(columns["pairs"]["id"]) == {cards[0].id, cards[1].id, cards[-1].id}


def test_a_new_scan_shows_at_once(studio: Studio, client: TestClient) -> None:
    before = client.get("/api/map.json").json()
    assert before["labels"] == []
    files = known_files(studio.database)
    relabelled = [_with_label(file, k) for k, file in enumerate(files[:-1])]
    record_scan(studio.database, files[0].path.parent, relabelled, complete=True)
    after = client.get("/api/map.json").json()
    assert after["n_images"] == before["n_images"] - 1
    assert [one["name"] for one in after["labels"]] == [f"kind {k}" for k in range(9)]
    codes = decode(after, client.get("/api/map.bin").content)["labels"].tolist()
    assert codes.count(0) == after["labels"][0]["count"] == 1
    assert OTHER_LABEL in codes
    assert NO_LABEL in codes


def _with_label(file: FoundFile, k: int) -> FoundFile:
    return replace(file, label=None if k == 10 else f"kind {k % 10}")


def test_an_image_on_one_map_only_is_left_out_and_counted(
    studio: Studio, client: TestClient
) -> None:
    run = current_run(studio.database)
    assert run is not None
    images = list_images(studio.database)
    some = [image for image in images if image.id != images[0].id]
    add_map(studio, run.reference_encoder, some, np.zeros((len(some), 2), dtype=np.float32))
    meta = client.get("/api/map.json").json()
    assert (meta["n_images"], meta["n_unmapped"]) == (len(some), 1)
    assert meta["n_pairs"] == meta["n_pairs_on_map"] + 1 == N_PAIRS


def test_without_a_map_the_page_is_told_what_to_run(studio: Studio, client: TestClient) -> None:
    run = current_run(studio.database)
    assert run is not None
    studio.workspace.layout(EncoderSpec.parse(run.reference_encoder).slug).unlink()
    problem = client.get("/api/map.json").json()["problem"]
    assert run.reference_encoder in problem["what"]
    assert problem["command"] == f"mmvp map --workspace {studio.workspace.root}"
    assert client.get("/api/map.bin").status_code == 404


def test_a_damaged_map_is_told_apart_from_a_missing_one(studio: Studio, client: TestClient) -> None:
    run = current_run(studio.database)
    assert run is not None
    studio.workspace.layout(EncoderSpec.parse(run.blind_encoder).slug).write_bytes(b"not a map")
    problem = client.get("/api/map.json").json()["problem"]
    assert "not a stored map" in problem["what"]


def test_an_empty_workspace_has_a_helpful_answer(tmp_path: Path) -> None:
    with open_mapped(tmp_path / "empty") as studio:
        app = FastAPI()
        app.include_router(maps.router(studio))
        problem = TestClient(app).get("/api/map.json").json()["problem"]
    assert "mmvp map" in problem["command"]


def test_details_of_one_image(studio: Studio, client: TestClient) -> None:
    image = list_images(studio.database)[1]
    answer = client.get(f"/api/map/images/{image.id}").json()
    assert answer["file_name"] == image.file_name
    assert answer["caption"] == image.caption
    assert client.get("/api/map/images/999999").status_code == 404
    assert client.get("/api/map/images/../1").status_code == 404


def test_only_the_widgets_own_scripts_are_served(client: TestClient) -> None:
    script = client.get("/widgets/embedding_map/map.js")
    assert script.headers["content-type"].startswith("text/javascript")
    tag = {"if-none-match": script.headers["etag"]}
    assert client.get("/widgets/embedding_map/map.js", headers=tag).status_code == 304
    for name in ("widget.py", "mount.js", "..%2fwidget.py", "nothing.js"):
        assert client.get(f"/widgets/embedding_map/{name}").status_code == 404


def test_a_decision_changes_the_description_but_not_the_coordinates(
    studio: Studio, client: TestClient
) -> None:
    before = client.get("/api/map.json")
    card = list_cards(studio.database)[0]
    accepted = accept(studio, card)
    assert accepted.annotation is not None
    assert accepted.annotation.decision is Decision.accept
    after = client.get("/api/map.json", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["digest"] == before.json()["digest"]
