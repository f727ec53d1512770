"""A seeded workspace with two maps: pairs lie together on the blind one, apart on the reference."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.settings import Settings
from annotator.studio import Studio
from db.annotations import decide, write_question
from db.annotators import ensure_annotator
from db.images import list_images
from db.lifecycle import Decision
from db.pairs import current_run, list_cards
from db.views import ImageView, PairCard
from embeddings.encoder import EncoderSpec
from embeddings.projection import save_layout
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
        for spec, points in zip(_specs(studio), (together, apart), strict=True):
            add_map(studio, spec, images, points.astype(np.float32))
    return root / "workspace"


def open_mapped(workspace: Path) -> Studio:
    return Studio.open(workspace, Settings(annotator="Ann"))


def add_map(
    studio: Studio, spec: str, images: list[ImageView], points: NDArray[np.float32]
) -> None:
    """A layout, and the store that says which weights it is of."""
    slug = EncoderSpec.parse(spec).slug
    save_layout(studio.workspace.layout(slug), [image.sha256 for image in images], points, {})
    folder = studio.workspace.store(slug)
    if not EmbeddingStore.exists(folder):
        manifest = StoreManifest(spec, 8, "resize to 224", "0" * 64, {"torch": "2"})
        EmbeddingStore.create(folder, manifest)


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


def _specs(studio: Studio) -> tuple[str, str]:
    run = current_run(studio.database)
    assert run is not None
    return run.blind_encoder, run.reference_encoder


def _pair_numbers(studio: Studio, images: list[ImageView]) -> list[int]:
    number = {}
    for k, card in enumerate(list_cards(studio.database)):
        number[card.first.id] = number[card.second.id] = k
    return [number[image.id] for image in images]
