"""Cosines of any two images: those of the stored vectors, and refusals in plain words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from annotator.server import create_routes
from annotator.studio import Studio
from db.images import list_images
from db.pairs import current_run
from embeddings.encoder import EncoderSpec
from embeddings.store import EmbeddingStore, writing
from tests.mapped_workspace import open_mapped, seed_mapped

Vectors = NDArray[np.float32]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with open_mapped(seed_mapped(tmp_path, n_pairs=3)) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    app: FastAPI = create_routes(studio)
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


def fill(studio: Studio, spec: str, seed: int) -> dict[int, Vectors]:
    """Unit vectors for all images but the last, by image id."""
    images = list_images(studio.database)[:-1]
    vectors = np.random.default_rng(seed).normal(size=(len(images), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folder = studio.workspace.store(EncoderSpec.parse(spec).slug)
    with writing(folder):
        EmbeddingStore.open(folder).append([image.sha256 for image in images], vectors, {})
    return dict(zip([image.id for image in images], vectors, strict=True))


def test_they_are_the_products_of_the_stored_vectors(studio: Studio, client: TestClient) -> None:
    run = current_run(studio.database)
    assert run is not None
    blind, reference = fill(studio, run.blind_encoder, 1), fill(studio, run.reference_encoder, 2)
    ids = sorted(blind)
    for first, second in ((ids[0], ids[3]), (ids[4], ids[1]), (ids[2], ids[2])):
        answer = client.get(f"/api/images/cosines?first={first}&second={second}")
        assert answer.status_code == 200
        assert answer.json() == pytest.approx(
            {
                "blind": float(blind[first] @ blind[second]),
                "reference": float(reference[first] @ reference[second]),
            },
            abs=1e-6,
        )
    slugs = [EncoderSpec.parse(s).slug for s in (run.reference_encoder, run.blind_encoder)]
    swapped = client.get(
        f"/api/images/cosines?first={ids[0]}&second={ids[3]}&blind={slugs[0]}&reference={slugs[1]}"
    ).json()
    assert swapped["blind"] == pytest.approx(float(reference[ids[0]] @ reference[ids[3]]), abs=1e-6)


def test_what_is_not_there_is_said(studio: Studio, client: TestClient) -> None:
    run = current_run(studio.database)
    assert run is not None
    for spec, seed in ((run.blind_encoder, 1), (run.reference_encoder, 2)):
        fill(studio, spec, seed)
    first, *_, last = [image.id for image in list_images(studio.database)]
    for image_id in (99_999, -1, 2**70):
        answer = client.get(f"/api/images/cosines?first={first}&second={image_id}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no image {image_id}."
    unembedded = client.get(f"/api/images/cosines?first={first}&second={last}")
    assert unembedded.status_code == 400
    assert "embed" in unembedded.json()["message"]
    unknown = client.get(f"/api/images/cosines?first={first}&second={last}&blind=nonsense")
    assert unknown.status_code == 400
    assert "nonsense" in unknown.json()["message"]
