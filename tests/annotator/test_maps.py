"""The maps' routes: what the browser decodes is what was laid out."""

import shutil
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
from annotator.server import create_routes
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.images import FoundFile, known_files, list_images, record_scan
from db.lifecycle import Decision
from db.pairs import list_cards, pair_links
from embeddings.encoder import EncoderSpec
from embeddings.layouts import LayoutKind
from evaluation.patterns import load_patterns
from tests.mapped_workspace import (
    accept,
    add_layout,
    complete,
    newest_layout,
    open_mapped,
    save_single,
    seed_mapped,
)

N_PAIRS = 6


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_mapped(seed_mapped(tmp_path, n_pairs=N_PAIRS)) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_routes(studio)) as opened:
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
    layout = newest_layout(studio)
    row = {key: k for k, key in enumerate(layout.keys)}
    for role, spec in chosen_roles(studio):
        points = layout.blind if role == "blind" else layout.reference
        expected = points[[row[image.sha256] for image in images]]
        extent = meta["extent"]
        steps = found[role].reshape(-1, 2).astype(np.float64)
        decoded = steps * (2 * extent / 65535) - extent
        assert np.abs(decoded - expected).max() <= extent / 65535 + 1e-9
        slug = EncoderSpec.parse(spec).slug
        assert meta["spaces"][role] == {"slug": slug, "spec": spec, "name": encoder_label(spec)}
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
    images = list_images(studio.database)
    points = np.linspace(-1, 1, 2 * len(images), dtype=np.float32).reshape(-1, 2)
    add_layout(studio, images, points, -points)
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
    roles = chosen_roles(studio)
    payload = EmbeddingMaps(studio).current(roles)
    assert isinstance(payload, MapPayload)
    cards = list_cards(studio.database)
    accept(studio, cards[-1])
    columns = maps.pair_columns(studio, payload, roles, most_open=2)
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


def test_an_image_that_is_not_laid_out_is_left_out_and_counted(
    studio: Studio, client: TestClient
) -> None:
    images = list_images(studio.database)
    some = [image for image in images if image.id != images[0].id]
    add_layout(studio, some, np.zeros((len(some), 2)), np.ones((len(some), 2)))
    meta = client.get("/api/map.json").json()
    assert (meta["n_images"], meta["n_unmapped"]) == (len(some), 1)
    assert meta["n_pairs"] == meta["n_pairs_on_map"] + 1 == N_PAIRS


def test_without_a_map_the_page_is_told_what_to_run(studio: Studio, client: TestClient) -> None:
    roles = chosen_roles(studio)
    slugs = [EncoderSpec.parse(spec).slug for _, spec in roles]
    (studio.workspace.layout_versions(*slugs) / "0001.npz").unlink()
    meta = client.get("/api/map.json").json()
    command = f"mmvp map --workspace {studio.workspace.root}"
    assert meta["problem"]["command"].startswith(command)
    assert all(spec in meta["problem"]["command"] for _, spec in roles)
    assert meta["problem"]["job"] == "map"
    assert (meta["layouts"], len(meta["encoders"])) == ([], 2)
    assert client.get("/api/map.bin").status_code == 404


def test_with_one_encoder_only_the_page_is_told_to_embed_with_the_other(
    studio: Studio, client: TestClient
) -> None:
    slugs = [EncoderSpec.parse(spec).slug for _, spec in chosen_roles(studio)]
    shutil.rmtree(studio.workspace.layout_versions(*slugs))
    shutil.rmtree(studio.workspace.store(slugs[1]))
    problem = client.get("/api/map.json").json()["problem"]
    assert problem["what"].startswith("Only one encoder")
    assert problem["command"].startswith("mmvp embed")
    assert "--role reference" in problem["command"]
    assert problem["job"] == ""


def test_every_layout_is_listed_and_can_be_asked_for_and_deleted(
    studio: Studio, client: TestClient
) -> None:
    images = list_images(studio.database)
    spread = np.linspace(-1, 1, 2 * len(images)).reshape(-1, 2)
    add_layout(studio, images, spread, -spread, kind=LayoutKind.umap, name="spread")
    meta = client.get("/api/map.json").json()
    assert [(one["id"], one["kind"], one["name"]) for one in meta["layouts"]] == [
        ("2", "umap", "spread"),
        ("1", "aligned", ""),
    ]
    assert meta["layout"] == "2"
    assert meta["layouts"][0]["n_images"] == len(images)
    assert meta["layouts"][0]["parameters"]["n_neighbors"] == 30
    older = client.get("/api/map.json?layout=1").json()
    assert (older["layout"], older["digest"] != meta["digest"]) == ("1", True)
    answer = client.get(f"/api/map.bin?layout=1&v={older['digest']}")
    assert answer.headers["x-map-digest"] == older["digest"]
    assert client.delete("/api/map/layouts/2").status_code == 204
    assert client.get("/api/map.json").json()["layout"] == "1"
    assert "no layout 2" in client.get("/api/map.json?layout=2").json()["problem"]["what"]
    answer = client.delete("/api/map/layouts/2")
    assert (answer.status_code, "no such map" in answer.json()["message"]) == (400, True)


def test_the_maps_of_version_0_1_are_a_layout_too(studio: Studio, client: TestClient) -> None:
    images = list_images(studio.database)
    keys = [image.sha256 for image in images]
    points = np.linspace(-1, 1, 2 * len(keys), dtype=np.float32).reshape(-1, 2)
    for _, spec in chosen_roles(studio):
        path = studio.workspace.single_layout(EncoderSpec.parse(spec).slug)
        save_single(path, keys, points)
    layouts = client.get("/api/map.json").json()["layouts"]
    assert [one["id"] for one in layouts] == ["1", "0"]
    meta = client.get("/api/map.json?layout=0").json()
    found = decode(meta, client.get("/api/map.bin?layout=0").content)
    decoded = found["blind"].reshape(-1, 2) * (2 * meta["extent"] / 65535) - meta["extent"]
    np.testing.assert_allclose(decoded, points, atol=1e-4)


def test_swapped_encoders_have_maps_and_pairs_of_their_own(
    studio: Studio, client: TestClient
) -> None:
    slugs = {role: EncoderSpec.parse(spec).slug for role, spec in chosen_roles(studio)}
    swapped = {"blind": slugs["reference"], "reference": slugs["blind"]}
    meta = client.get("/api/map.json", params=swapped).json()
    assert meta["problem"]["job"] == "map"
    assert meta["spaces"]["blind"]["slug"] == slugs["reference"]
    images = list_images(studio.database)
    roles = chosen_roles(studio, **swapped)
    points = np.linspace(-1, 1, 2 * len(images)).reshape(-1, 2)
    add_layout(studio, images, points, points, roles=roles)
    meta = client.get("/api/map.json", params=swapped).json()
    assert (meta["n_pairs"], meta["pairs"]["id"], meta["thresholds"]) == (0, [], None)
    assert client.get("/api/map.json").json()["n_pairs"] == N_PAIRS


def test_columns_of_the_manifest_that_sort_images_are_fields(
    studio: Studio, client: TestClient
) -> None:
    files = known_files(studio.database)
    weather = ["sun", "rain", "", "sun"]
    told = [
        replace(file, metadata={"weather": weather[k % 4], "serial": str(k)})
        for k, file in enumerate(files)
    ]
    record_scan(studio.database, files[0].path.parent, told, complete=True)
    meta = client.get("/api/map.json").json()
    found = decode(meta, client.get("/api/map.bin").content)
    codes = found["field:weather"].tolist()
    assert [field["name"] for field in meta["fields"]] == ["weather"]
    values = meta["fields"][0]["values"]
    assert [value["name"] for value in values] == ["sun", "rain"]
    assert [codes.count(0), codes.count(1)] == [value["count"] for value in values]
    assert codes.count(NO_LABEL) == len(files) // 4


def test_a_damaged_map_is_told_apart_from_a_missing_one(studio: Studio, client: TestClient) -> None:
    slugs = [EncoderSpec.parse(spec).slug for _, spec in chosen_roles(studio)]
    path = studio.workspace.layout_versions(*slugs) / "0001.npz"
    whole = path.read_bytes()
    at = whole.index(b"blind.npy") + 140
    path.write_bytes(whole[:at] + b"torn" + whole[at + 4 :])
    problem = client.get("/api/map.json").json()["problem"]
    assert "not a stored map" in problem["what"]


def test_an_empty_workspace_has_a_helpful_answer(tmp_path: Path) -> None:
    with open_mapped(tmp_path / "empty") as studio:
        app = FastAPI()
        app.include_router(maps.router(studio))
        problem = TestClient(app).get("/api/map.json").json()["problem"]
    assert problem["what"] == "Nothing is embedded yet."
    assert "mmvp embed" in problem["command"]


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
    for name in ("widget.py", "..%2fwidget.py", "nothing.js"):
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
