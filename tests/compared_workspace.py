"""A seeded workspace whose images have made-up vectors of two encoders, or of more."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.pipeline.roles import EncoderRoles
from annotator.settings import Settings
from annotator.studio import Studio
from db.images import list_images
from embeddings.encoder import EncoderSpec
from embeddings.store import EmbeddingStore, StoreManifest
from tests.seeding import seed

# The encoders of the run that `seed` records, and one more.
ROLES = EncoderRoles("open_clip:ViT-L-14-336/openai", "hf:facebook/dinov2-large")
THIRD = "timm:vit_small_patch14_dinov2"


def seed_embedded(root: Path, *, n_pairs: int) -> Path:
    """Returns the workspace's folder: the blind encoder takes the two of a pair for one."""
    seed(root, n_pairs=n_pairs)
    with open_embedded(root / "workspace") as studio:
        n = len(list_images(studio.database))
        rng = np.random.default_rng(3)
        pair = np.arange(n) // 2
        together = rng.normal(size=(n_pairs, 12))[pair] + 0.05 * rng.normal(size=(n, 12))
        add_vectors(studio, ROLES.blind, together + 0.5)
        add_vectors(studio, ROLES.reference, rng.normal(size=(n, 9)) + 0.2)
    return root / "workspace"


def open_embedded(workspace: Path) -> Studio:
    return Studio.open(workspace, Settings(annotator="Ann"))


def add_vectors(
    studio: Studio, spec: str, rows: NDArray[np.floating], *, weights: str = "0" * 64
) -> None:
    """One row per image, by id; made unit."""
    keys = [image.sha256 for image in list_images(studio.database)]
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    folder = studio.workspace.store(EncoderSpec.parse(spec).slug)
    manifest = StoreManifest(spec, rows.shape[1], "resize to 224", weights, {"torch": "2"})
    EmbeddingStore.create(folder, manifest).append(keys[: len(unit)], unit, {})
