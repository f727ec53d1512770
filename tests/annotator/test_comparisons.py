"""The comparison's routes and steps: what the browser decodes is what the vectors say."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.payloads import in_steps
from annotator.pipeline import compare, count_matrix
from annotator.pipeline.comparing import comparison_file, load
from annotator.pipeline.vectors import embedded_images
from annotator.routes import comparisons
from annotator.server import STUDIO_ERRORS, _refuse
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.images import known_files, list_images, record_scan
from db.pairs import list_cards
from db.undo import undo
from embeddings.comparison import BLIND_GRID, REFERENCE_GRID, ComparisonOptions
from embeddings.encoder import EncoderSpec
from embeddings.mining import Thresholds, mine
from tests.compared_workspace import ROLES, THIRD, add_vectors, open_embedded, seed_embedded
from tests.mapped_workspace import accept
from tests.seeding import draw_picture, found_file

N_PAIRS = 15
SLUGS = {role: EncoderSpec.parse(spec).slug for role, spec in ROLES}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compared workspace; read only, `studio` is a copy."""
    root = seed_embedded(tmp_path_factory.mktemp("compared"), n_pairs=N_PAIRS)
    with open_embedded(root) as opened:
        compare(opened, ROLES)
    return root


@pytest.fixture
def studio(compared: Path, tmp_path: Path) -> Iterator[Studio]:
    with open_embedded(shutil.copytree(compared, tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(comparisons.router(studio))
    for kind in STUDIO_ERRORS:
        app.add_exception_handler(kind, _refuse)
    with TestClient(app) as opened:
        yield opened


def decode(header: dict[str, Any], content: bytes) -> dict[str, NDArray[Any]]:
    """As the widgets do it, and NaN for what is not there."""
    found: dict[str, NDArray[Any]] = {}
    for one in header["arrays"]:
        dtype = np.dtype(one["dtype"]).newbyteorder("<")
        assert one["offset"] % dtype.itemsize == 0
        codes = np.frombuffer(content, dtype, one["length"], one["offset"])
        if "min" in one:
            values = one["min"] + codes * (one["max"] - one["min"]) / 65535
            codes = np.where(codes == one["none"], np.nan, values)
        found[one["name"]] = codes
    return found


def fetch(client: TestClient, name: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    header = client.get(f"/api/compare/{name}.json").json()
    answer = client.get(f"/api/compare/{name}.bin", params={"v": header["digest"]})
    assert "immutable" in answer.headers["cache-control"]
    return header, decode(header, answer.content)


def vectors(studio: Studio) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    embedded = embedded_images(studio, ROLES)
    return embedded.vectors(embedded.blind), embedded.vectors(embedded.reference)


@given(
    arrays(np.float64, st.integers(0, 8), elements=st.floats(-2, 2) | st.just(float("nan"))),
)
def test_in_steps_loses_at_most_half_a_step_and_keeps_what_is_missing(
    values: NDArray[np.float64],
) -> None:
    codes, span = in_steps(values)
    assert codes.dtype == np.dtype("<u2")
    assert ((codes == span["none"]) == np.isnan(values)).all()
    step = (span["max"] - span["min"]) / 65535
    decoded = span["min"] + codes * step
    known = ~np.isnan(values)
    assert (np.abs(decoded - values)[known] <= step * 0.5001 + 1e-12).all()


def test_measures_are_those_of_the_comparison(studio: Studio, client: TestClient) -> None:
    header, found = fetch(client, "measures")
    stored = load(comparison_file(studio, ROLES))
    assert found["image_ids"].tolist() == [image.id for image in list_images(studio.database)]
    for name, values in (("overlap", stored.overlap), ("collapse", stored.collapse)):
        step = next(
            (one["max"] - one["min"]) / 65535 for one in header["arrays"] if one["name"] == name
        )
        np.testing.assert_allclose(found[name], values, atol=step, equal_nan=True)
    assert header["k"] == 10
    assert header["reference_max"] == 0.6  # the mining run's
    assert header["n_images"] == header["n_compared_images"] == 2 * N_PAIRS
    assert header["mean_overlap"] == pytest.approx(np.nanmean(stored.overlap))
    assert header["stale"] is None
    assert {role: space["slug"] for role, space in header["spaces"].items()} == SLUGS


def test_novelty_follows_the_decisions(studio: Studio, client: TestClient) -> None:
    header, found = fetch(client, "measures")
    assert header["n_reviewed_images"] == 0
    assert "reviewed" in header["novelty_note"]
    assert np.isnan(found["novelty"]).all()

    blind, reference = (space.astype(np.float64) for space in vectors(studio))
    likeness = (blind @ blind.T + reference @ reference.T) / 2
    ids = [image.id for image in list_images(studio.database)]
    seen: list[int] = []
    for card in list_cards(studio.database)[:2]:
        accept(studio, card)
        seen += [ids.index(card.first.id), ids.index(card.second.id)]
        header, found = fetch(client, "measures")
        expected = 1 - likeness[:, seen].max(axis=1)
        expected[seen] = 0
        np.testing.assert_allclose(found["novelty"], expected, atol=1e-4)
        assert header["n_reviewed_images"] == len(seen)
        assert header["novelty_note"] is None
    undo(studio.database, annotator_id=ensure_annotator(studio.database, "Ann"))
    _, found = fetch(client, "measures")
    expected = 1 - likeness[:, seen[:2]].max(axis=1)
    expected[seen[:2]] = 0
    np.testing.assert_allclose(found["novelty"], expected, atol=1e-4)


def test_regions_are_ranked_and_name_their_images(studio: Studio, client: TestClient) -> None:
    regions = client.get("/api/compare/regions").json()
    blind, reference = (space.astype(np.float64) for space in vectors(studio))
    ids = [image.id for image in list_images(studio.database)]
    assert [region["rank"] for region in regions] == list(range(1, len(regions) + 1))
    assert [r["collapse"] for r in regions] == sorted(
        (r["collapse"] for r in regions), reverse=True
    )

    def within(space: NDArray[np.float64], rows: list[int]) -> float:
        cosines = space[rows] @ space[rows].T
        return float(cosines[np.triu_indices(len(rows), 1)].mean())

    everything = list(range(len(ids)))
    for region in regions:
        rows = [ids.index(image) for image in region["all_ids"]]
        assert len(rows) == region["n_images"] >= 4
        assert set(region["image_ids"]) <= set(region["all_ids"])
        assert 1 <= len(region["image_ids"]) <= 12
        means = within(blind, rows), within(reference, rows)
        assert region["mean_blind_cosine"] == pytest.approx(means[0], abs=1e-5)
        assert region["mean_reference_cosine"] == pytest.approx(means[1], abs=1e-5)
        closeness = [
            (mean - within(space, everything)) / (1 - within(space, everything))
            for mean, space in zip(means, (blind, reference), strict=True)
        ]
        assert region["collapse"] == pytest.approx(closeness[0] - closeness[1], abs=1e-5)
    assert len(client.get("/api/compare/regions?limit=1").json()) == 1


def test_the_histogram_counts_all_pairs_and_names_examples(
    studio: Studio, client: TestClient
) -> None:
    header, found = fetch(client, "histogram")
    blind, reference = vectors(studio)
    ids = {image.id: row for row, image in enumerate(list_images(studio.database))}
    shape = header["blind_edges"]["n"], header["reference_edges"]["n"]
    counts = found["counts"].reshape(shape)
    assert counts.sum() == header["n_pairs"] == header["n_exact"] == len(ids) * (len(ids) - 1) // 2
    assert header["exact_above"] == -1
    assert header["n_sampled"] == 0
    assert header["thresholds"] == {"blind_min": 0.95, "reference_max": 0.6}
    first, second = (found[f"example_{name}"].reshape(shape) for name in ("first", "second"))
    assert ((counts > 0) == (first > 0)).all()
    assert ((counts > 0) == (second > 0)).all()
    for row, column in np.argwhere(counts > 0):
        one, other = ids[first[row, column]], ids[second[row, column]]
        for space, grid, edges, place in (
            (blind, BLIND_GRID, header["blind_edges"], row),
            (reference, REFERENCE_GRID, header["reference_edges"], column),
        ):
            cosine = float(space[one].astype(np.float64) @ space[other].astype(np.float64))
            low, high = ((place + side - edges["per_unit"]) / edges["per_unit"] for side in (0, 1))
            assert low - 1e-9 <= cosine <= high + 1e-9
            assert edges["start"] + edges["step"] * place == pytest.approx(low, abs=1e-9)
            assert grid.edges[place] == low


def test_nothing_compared_yet_names_the_command(studio: Studio, client: TestClient) -> None:
    comparison_file(studio, ROLES).unlink()
    for name in ("measures.json", "histogram.json", "regions"):
        body = client.get(f"/api/compare/{name}").json()
        assert "not compared yet" in body["problem"]["what"]
        assert body["command"] == body["problem"]["command"]
        assert body["command"].startswith("mmvp compare --workspace")
        assert ROLES.blind in body["command"]
    for name in ("measures.bin", "histogram.bin"):
        assert client.get(f"/api/compare/{name}").status_code == 404


def test_a_damaged_comparison_is_told_and_made_again(studio: Studio, client: TestClient) -> None:
    path = comparison_file(studio, ROLES)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    problem = client.get("/api/compare/measures.json").json()["problem"]
    assert "not a stored comparison" in problem["what"]
    assert compare(studio, ROLES).already is False
    assert path.read_bytes() == whole
    assert "digest" in client.get("/api/compare/measures.json").json()


def test_etags_save_the_transfer(client: TestClient) -> None:
    for name in ("measures.json", "measures.bin", "histogram.json", "histogram.bin", "regions"):
        tag = client.get(f"/api/compare/{name}").headers["etag"]
        again = client.get(f"/api/compare/{name}", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_images_that_came_and_went_are_told(
    studio: Studio, client: TestClient, tmp_path: Path
) -> None:
    files = known_files(studio.database)
    source = files[0].path.parent
    record_scan(studio.database, source, files[1:], complete=True)
    header, found = fetch(client, "measures")
    assert "came or went" in header["stale"]
    gone = 2 * N_PAIRS - 1
    assert len(found["image_ids"]) == header["n_images"] == gone
    assert header["n_compared_images"] == 2 * N_PAIRS
    there = {image.id for image in list_images(studio.database)}
    for region in client.get("/api/compare/regions").json():
        assert set(region["all_ids"]) <= there
    _, histogram = fetch(client, "histogram")
    assert set(histogram["example_first"].tolist()) <= there | {0}

    draw_picture(tmp_path / "new.jpg", 99, mirrored=False)
    record_scan(studio.database, tmp_path, [found_file(tmp_path / "new.jpg", "")], complete=True)
    assert "came or went" in fetch(client, "measures")[0]["stale"]
    with pytest.raises(AppError, match="mmvp embed"):
        compare(studio, ROLES)


def test_other_weights_make_a_comparison_worthless(studio: Studio, client: TestClient) -> None:
    blind, _ = vectors(studio)
    folder = studio.workspace.store(SLUGS["blind"])
    shutil.rmtree(folder)
    add_vectors(studio, ROLES.blind, blind, weights="1" * 64)
    problem = client.get("/api/compare/measures.json").json()["problem"]
    assert "weights" in problem["what"]
    assert compare(studio, ROLES).already is False
    assert "digest" in client.get("/api/compare/measures.json").json()


def test_the_same_comparison_is_not_made_twice(studio: Studio) -> None:
    assert compare(studio, ROLES).already is True
    other = ComparisonOptions(k=3, reference_max=0.4)
    report = compare(studio, ROLES, other)
    assert (report.already, report.options.k) == (False, 3)
    assert compare(studio, ROLES, other).already is True
    folder = comparison_file(studio, ROLES).parent
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "comparison.npz"]


def test_two_processes_do_not_compare_the_same(studio: Studio) -> None:
    folder = comparison_file(studio, ROLES).parent
    with FileLock(folder / ".lock"), pytest.raises(AppError, match="another process"):
        compare(studio, ROLES, ComparisonOptions(k=2))


def test_the_chosen_encoders_are_compared(studio: Studio, client: TestClient) -> None:
    turned = {"blind": SLUGS["reference"], "reference": SLUGS["blind"]}
    body = client.get("/api/compare/measures.json", params=turned).json()
    assert "not compared yet" in body["problem"]["what"]
    compare(studio, replace(ROLES, blind=ROLES.reference, reference=ROLES.blind))
    header = client.get("/api/compare/measures.json", params=turned).json()
    assert header["spaces"]["blind"]["slug"] == SLUGS["reference"]
    refused = client.get("/api/compare/measures.json", params={"blind": "nobody"})
    assert refused.status_code == 400
    assert "nobody" in refused.json()["message"]


def mined(studio: Studio, blind: str, reference: str, thresholds: Thresholds) -> int:
    embedded = embedded_images(studio, replace(ROLES, blind=blind, reference=reference))
    found = mine(
        embedded.vectors(embedded.blind),
        embedded.vectors(embedded.reference),
        thresholds,
        near_duplicate_distance=None,
    )
    return found.counts.n_over_thresholds


def test_the_matrix_counts_what_mining_finds(studio: Studio, client: TestClient) -> None:
    rows = np.random.default_rng(8).normal(size=(2 * N_PAIRS, 5)) + 0.5
    add_vectors(studio, THIRD, rows)
    specs = {EncoderSpec.parse(spec).slug: spec for spec in (ROLES.blind, ROLES.reference, THIRD)}
    thresholds = Thresholds(0.4123, 0.6)  # no edge of the histogram's bins
    query = {"blind_min": thresholds.blind_min, "reference_max": thresholds.reference_max}
    found = client.get("/api/compare/matrix", params=query).json()
    assert {encoder["slug"] for encoder in found["encoders"]} == set(specs)
    assert len(found["cells"]) == 6
    assert {cell["state"] for cell in found["cells"]} == {"unknown"}
    assert "--matrix" in found["command"]

    calls: list[tuple[int, int]] = []
    report = count_matrix(
        studio, thresholds, progress=lambda done, total: calls.append((done, total))
    )
    assert report.n_counted == 6
    assert calls == [(1, 3), (2, 3), (3, 3)]  # each blind encoder once
    cells = client.get("/api/compare/matrix", params=query).json()["cells"]
    for cell in cells:
        expected = mined(studio, specs[cell["blind"]], specs[cell["reference"]], thresholds)
        assert (cell["n_pairs"], cell["state"]) == (expected, "counted")
    assert sum(cell["n_pairs"] for cell in cells) > 0
    assert count_matrix(studio, thresholds).n_counted == 0


def test_a_compared_pair_knows_its_counts_at_all_edges(studio: Studio, client: TestClient) -> None:
    for thresholds in (Thresholds(0.95, 0.6), Thresholds(0.5, 0.305), Thresholds(0.2025, 0.9)):
        query = {"blind_min": thresholds.blind_min, "reference_max": thresholds.reference_max}
        cells = {
            cell["blind"]: cell["n_pairs"]
            for cell in client.get("/api/compare/matrix", params=query).json()["cells"]
        }
        expected = mined(studio, ROLES.blind, ROLES.reference, thresholds)
        assert cells == {SLUGS["blind"]: expected, SLUGS["reference"]: None}


def test_an_encoder_that_has_not_seen_all_images_is_left_out(
    studio: Studio, client: TestClient
) -> None:
    add_vectors(studio, THIRD, np.eye(4))
    found = client.get("/api/compare/matrix").json()
    assert len(found["encoders"]) == 3
    assert len(found["cells"]) == 6
    assert found["incomplete"]
    assert count_matrix(studio).incomplete == [THIRD]
    third = EncoderSpec.parse(THIRD).slug
    for cell in client.get("/api/compare/matrix").json()["cells"]:
        assert (third in (cell["blind"], cell["reference"])) == (cell["n_pairs"] is None)


def test_a_matrix_needs_two_encoders(studio: Studio) -> None:
    shutil.rmtree(studio.workspace.store(SLUGS["reference"]))
    with pytest.raises(AppError, match="fewer than two encoders"):
        count_matrix(studio)
