"""Reads the two encoders' vectors of the workspace's images, row by row in the images' order."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles
from annotator.studio import Studio
from db.images import list_images
from db.views import ImageView
from embeddings.encoder import EncoderSpec
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class EmbeddedImages:
    """The images that both encoders have a vector of, ordered by id, and the two stores."""

    images: Sequence[ImageView]
    blind: EmbeddingStore
    reference: EmbeddingStore

    @property
    def keys(self) -> list[str]:
        """Hash of each image; row i of any loaded array belongs to key i."""
        return [image.sha256 for image in self.images]

    def vectors(self, store: EmbeddingStore) -> NDArray[np.float32]:
        """(n_images, dimension) of one of the two stores."""
        return store.load(self.keys)

    def weights(self) -> list[str]:
        """Digests of the weights of the blind and the reference encoder."""
        return [self.blind.manifest.weights_digest, self.reference.manifest.weights_digest]

    def fingerprint(self) -> str:
        """Changes when any image or either encoder's weights do."""
        return digest_of([*self.weights(), *self.keys])


def digest_of(texts: Iterable[str]) -> str:
    """Short hash of a list of texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def embedded_images(studio: Studio, roles: EncoderRoles) -> EmbeddedImages:
    """Opens both stores.

    Raises:
        AppError: an encoder has not seen all images yet.
    """
    stores = {role: open_store(studio, role, spec) for role, spec in roles}
    images = list_images(studio.database)
    for role, store in stores.items():
        n_missing = n_not_seen(store, images)
        if n_missing:
            raise AppError(
                f"{n_missing} of {len(images)} images have no vector of the {role} encoder yet.",
                where=store.manifest.spec,
                hint="Run `mmvp embed` first.",
            )
    return in_both(images, stores["blind"], stores["reference"])


def n_not_seen(store: EmbeddingStore, images: Sequence[ImageView]) -> int:
    """How many images the encoder still has to embed."""
    skipped = store.skipped
    return sum(image.sha256 not in store and image.sha256 not in skipped for image in images)


def in_both(
    images: Sequence[ImageView], blind: EmbeddingStore, reference: EmbeddingStore
) -> EmbeddedImages:
    """Those of the images that both encoders have a vector of."""
    both = [image for image in images if image.sha256 in blind and image.sha256 in reference]
    return EmbeddedImages(both, blind, reference)


def open_store(studio: Studio, role: str, spec: str) -> EmbeddingStore:
    """The store of one encoder.

    Raises:
        AppError: nothing was embedded with it.
    """
    folder = studio.workspace.store(EncoderSpec.parse(spec).slug)
    if not EmbeddingStore.exists(folder):
        raise AppError(
            f"nothing is embedded with the {role} encoder yet.",
            where=spec,
            hint="Run `mmvp embed` first.",
        )
    return EmbeddingStore.open(folder)
