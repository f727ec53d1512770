"""The map step: a two-dimensional layout of the images in each encoder's space."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import open_store
from annotator.studio import Studio
from db.images import list_images
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.projection import (
    MIN_DIST,
    N_NEIGHBORS,
    SEED,
    load_layout,
    save_layout,
    umap_layout,
)
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class MapReport:
    """One encoder's map; `already` says that the file held this very layout before."""

    role: str
    spec: str
    n_images: int
    path: Path
    already: bool


def map(
    studio: Studio,
    roles: EncoderRoles,
    role: str,
    *,
    n_neighbors: int = N_NEIGHBORS,
    min_dist: float = MIN_DIST,
    seed: int = SEED,
) -> MapReport:
    """Lays the images out with UMAP, unless the stored layout already has them all.

    Args:
        role: "blind" or "reference".

    Raises:
        AppError: nothing is embedded with this encoder yet.
    """
    spec = dict(roles)[role]
    store = open_store(studio, role, spec)
    keys = [image.sha256 for image in list_images(studio.database) if image.sha256 in store]
    path = studio.workspace.layout(EncoderSpec.parse(spec).slug)
    parameters = {
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "seed": seed,
        "weights_digest": store.manifest.weights_digest,
    }
    already = _holds(path, keys, parameters)
    if not already:
        _draw(path, store, keys, parameters)
    return MapReport(role, spec, len(keys), path, already)


def _holds(path: Path, keys: list[str], parameters: dict[str, Any]) -> bool:
    try:
        layout = load_layout(path)
    except (OSError, EmbeddingsError):  # absent or unreadable: drawn again
        return False
    return layout.keys == keys and layout.parameters == parameters


def _draw(path: Path, store: EmbeddingStore, keys: list[str], parameters: dict[str, Any]) -> None:
    points = umap_layout(
        store.load(keys),
        n_neighbors=parameters["n_neighbors"],
        min_dist=parameters["min_dist"],
        seed=parameters["seed"],
    )
    save_layout(path, keys, points, parameters)
