"""A seeded workspace with two maps: pairs lie together on the blind one, apart on the reference."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.pipeline.layouts import layout_versions, layouts_folder, read_layout
from annotator.pipeline.roles import EncoderRoles
from annotator.settings import Settings
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.annotations import decide, write_question
from db.annotators import ensure_annotator
from db.images import list_images
from db.lifecycle import Decision
from db.pairs import list_cards
from db.views import ImageView, PairCard
from embeddings.encoder import EncoderSpec
from embeddings.layouts import UNNUMBERED, Layout, LayoutKind, LayoutVersion, save_layout
from embeddings.store import EmbeddingStore, StoreManifest
from tests.seeding import seed


def seed_mapped(root: Path, *, n_pairs: int) -> Path:
    """Returns the workspace's folder; nothing is decided in it yet."""
    seed(root, n_pairs=n_pairs)
    with open_mapped(root / "workspace") as studio:
        images = list_images(studio.database)
        rng = np.random.default_rng(7)
        centres = rng.uniform(-0.9, 0.9, (n_pairs, 2))
        pair_of = _pair_numbers(studio, images)
        together = centres[pair_of] + rng.normal(0, 0.01, (len(images), 2))
        apart = rng.uniform(-1, 1, (len(images), 2))
        add_layout(studio, images, together, apart)
    return root / "workspace"


def open_mapped(workspace: Path) -> Studio:
    return Studio.open(workspace, Settings(annotator="Ann"))


def add_layout(
    studio: Studio,
    images: Sequence[ImageView],
    blind: NDArray[np.floating],
    reference: NDArray[np.floating],
    *,
    kind: LayoutKind = LayoutKind.aligned,
    name: str = "",
    roles: EncoderRoles | None = None,
) -> int:
    """A stored layout of these encoders or the current ones, and their stores; its number."""
    roles = roles or chosen_roles(studio)
    keys = [image.sha256 for image in images]
    parameters = {"n_neighbors": 30, "min_dist": 0.5, "seed": 42}
    about = LayoutVersion(UNNUMBERED, kind, name, parameters, {}, "", len(keys), "")
    folder = layouts_folder(studio, roles)
    points = [one.astype(np.float32) for one in (blind, reference)]
    for _, spec in roles:
        store = studio.workspace.store(EncoderSpec.parse(spec).slug)
        if not EmbeddingStore.exists(store):
            manifest = StoreManifest(spec, 8, "resize to 224", "0" * 64, {"torch": "2"})
            EmbeddingStore.create(store, manifest)
    return save_layout(folder, keys, points[0], points[1], about).number


def newest_layout(studio: Studio) -> Layout:
    """What the page shows when nothing else is asked for."""
    roles = chosen_roles(studio)
    return read_layout(studio, roles, layout_versions(studio, roles)[0].number)


def save_single(path: Path, keys: Sequence[str], points: NDArray[np.float32]) -> None:
    """A map as version 0.1 stored it, in a file for each encoder."""
    parameters = json.dumps({"n_neighbors": 30, "min_dist": 0.5, "seed": 42, "weights_digest": "0"})
    np.savez(path, keys=np.array(keys), points=points, parameters=np.array(parameters))


def accept(studio: Studio, card: PairCard, name: str = "Ann") -> PairCard:
    person = ensure_annotator(studio.database, name)
    return decide(
        studio.database,
        card.id,
        version=card.version,
        annotator_id=person,
        decision=Decision.accept,
    )


def complete(
    studio: Studio, card: PairCard, *, text: str, pattern: str = "position", name: str = "Ann"
) -> PairCard:
    return write_question(
        studio.database,
        card.id,
        version=accept(studio, card, name).version,
        annotator_id=ensure_annotator(studio.database, name),
        text=text,
        option_a="on the left",
        option_b="on the right",
        answer_first="a",
        answer_second="b",
        pattern=pattern,
    )


def _pair_numbers(studio: Studio, images: list[ImageView]) -> list[int]:
    number = {}
    for k, card in enumerate(list_cards(studio.database)):
        number[card.first.id] = number[card.second.id] = k
    return [number[image.id] for image in images]
