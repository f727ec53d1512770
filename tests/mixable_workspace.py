"""A seeded workspace with made-up vectors of two encoders, mined by them, with two maps."""

from pathlib import Path

import numpy as np

from annotator import pipeline
from annotator.studio import Studio
from db.images import list_images
from db.pairs import pair_links
from db.views import PairLink
from tests.compared_workspace import ROLES, open_embedded, seed_embedded
from tests.mapped_workspace import add_layout

BLIND_MIN = 0.97


def seed_mixable(root: Path, *, n_pairs: int) -> Path:
    """Returns the workspace's folder; the cosines in its database are those of its vectors."""
    workspace = seed_embedded(root, n_pairs=n_pairs)
    with open_embedded(workspace) as studio:
        options = pipeline.MiningOptions(
            blind_min=BLIND_MIN, reference_max=0.7, max_per_image=1, keep_near_duplicates=True
        )
        pipeline.mine(studio, ROLES, options)
        images = list_images(studio.database)
        rng = np.random.default_rng(5)
        blind, reference = (rng.uniform(-1, 1, (len(images), 2)) for _ in range(2))
        add_layout(studio, images, blind, reference, roles=ROLES)
    return workspace


def mined(studio: Studio) -> list[PairLink]:
    """The pairs of the newest run, widest gap first."""
    links = pair_links(studio.database, (ROLES.blind, ROLES.reference))
    return sorted(
        (link for link in links if link.blind_cosine > BLIND_MIN),
        key=lambda link: (-link.gap, link.id),
    )
