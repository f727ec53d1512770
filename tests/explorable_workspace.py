"""A small workspace of demo scenes with the demo's own encoders: what search and Why need."""

from pathlib import Path

import numpy as np

from annotator import pipeline
from annotator.settings import Settings
from annotator.studio import Studio
from db.images import list_images
from embeddings.demo import blind_spec, reference_spec, write_scenes
from embeddings.demo.dataset import MANIFEST
from tests.mapped_workspace import add_layout

N_SCENES = 36
ROLES = pipeline.EncoderRoles(blind_spec(), reference_spec())


def seed_explorable(root: Path) -> Path:
    """Returns the workspace's folder: scenes, vectors of both encoders, pairs, two layouts."""
    write_scenes(root / "pictures", count=N_SCENES, seed=3, size=112)
    with Studio.open(root / "workspace", Settings(annotator="Ann")) as studio:
        pipeline.index(studio, root / "pictures" / MANIFEST)
        for role in ("blind", "reference"):
            pipeline.embed(studio, ROLES, role, pipeline.EmbedOptions(device="cpu", workers=1))
        every_pair = pipeline.MiningOptions(blind_min=-1, reference_max=1, max_per_image=2)
        pipeline.mine(studio, ROLES, every_pair)
        rng = np.random.default_rng(3)
        images = list_images(studio.database)
        blind, reference = (rng.uniform(-1, 1, (len(images), 2)) for _ in range(2))
        add_layout(studio, images, blind, reference)
    return root / "workspace"


def open_explorable(workspace: Path) -> Studio:
    return Studio.open(workspace, Settings(annotator="Ann"))
