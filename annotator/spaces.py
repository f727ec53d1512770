"""Which encoders a workspace holds vectors of, and the vectors of the two that a page compares."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles, encoder_roles
from annotator.pipeline.vectors import EmbeddedImages, embedded_images
from annotator.review import encoder_label
from annotator.studio import Studio
from db.history import EventKind, last_event
from db.pairs import current_run
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.store import EmbeddingStore

# Two pairs of encoders of 100,000 images are 1.4 GB; a page compares one pair at a time.
_PAIRS_KEPT = 2


@dataclass(frozen=True)
class EmbeddedEncoder:
    """An encoder with a store in the workspace; `slug` names it in addresses."""

    slug: str
    spec: str
    name: str
    dimension: int


@dataclass(frozen=True)
class Spaces:
    """The images that both encoders embedded, by image id, and their unit vectors row by row."""

    roles: EncoderRoles
    embedded: EmbeddedImages
    image_ids: NDArray[np.int64]
    blind: NDArray[np.float32]
    reference: NDArray[np.float32]
    row: dict[int, int]


def embedded_encoders(studio: Studio) -> list[EmbeddedEncoder]:
    """All encoders with readable vectors in this workspace, by name."""
    return sorted(_encoders(studio), key=lambda encoder: (encoder.name, encoder.spec))


def _encoders(studio: Studio) -> Iterator[EmbeddedEncoder]:
    for folder in sorted(studio.workspace.embeddings.iterdir()):
        if not EmbeddingStore.exists(folder):
            continue
        try:
            manifest = EmbeddingStore.read_manifest(folder)
        except EmbeddingsError:
            continue
        slug = EncoderSpec.parse(manifest.spec).slug
        label = encoder_label(manifest.spec)
        yield EmbeddedEncoder(slug, manifest.spec, label, manifest.dimension)


def chosen_roles(
    studio: Studio, blind: str | None = None, reference: str | None = None
) -> EncoderRoles:
    """The encoders with these slugs; for a missing one that of the current mining run.

    Before the first run it is the one that the workspace is for.

    Raises:
        AppError: nothing is embedded with an encoder of that slug, or both are the same.
    """
    run = current_run(studio.database)
    usual = EncoderRoles(run.blind_encoder, run.reference_encoder) if run else None
    usual = usual or encoder_roles(studio)
    if blind is None and reference is None:
        return usual
    specs = {encoder.slug: encoder.spec for encoder in embedded_encoders(studio)}
    for role, slug in (("blind", blind), ("reference", reference)):
        if slug is not None and slug not in specs:
            raise AppError(
                f"nothing is embedded with this {role} encoder.",
                where=slug,
                hint="Choose one of the list, or run `mmvp embed` with it.",
            )
    roles = EncoderRoles(
        blind=specs[blind] if blind is not None else usual.blind,
        reference=specs[reference] if reference is not None else usual.reference,
    )
    if roles.blind == roles.reference:
        raise AppError(
            "one encoder cannot be both blind and reference.",
            where=roles.blind,
            hint="Choose two different ones.",
        )
    return roles


class VectorShelf:
    """Holds the vectors of the encoder pairs used last, read again when a store or a scan changed.

    They are large: take the studio's one, `studio.shared(VectorShelf)`.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._kept: OrderedDict[EncoderRoles, tuple[object, Spaces]] = OrderedDict()

    def get(self, roles: EncoderRoles) -> Spaces:
        """The vectors of both encoders.

        Raises:
            AppError: an encoder has not seen all images yet.
        """
        with self._lock:
            # A scan may bring images back, or take them away, without a vector changing.
            scanned = last_event(self._studio.database, EventKind.scan)
            stamp = (scanned, *(self._stamp(spec) for _, spec in roles))
            held = self._kept.pop(roles, None)
            if held is None or held[0] != stamp:
                held = (stamp, self._read(roles))
            self._kept[roles] = held
            while len(self._kept) > _PAIRS_KEPT:
                self._kept.popitem(last=False)
            return held[1]

    def _read(self, roles: EncoderRoles) -> Spaces:
        embedded = embedded_images(self._studio, roles)
        ids = np.array([image.id for image in embedded.images], dtype=np.int64)
        return Spaces(
            roles=roles,
            embedded=embedded,
            image_ids=ids,
            blind=embedded.vectors(embedded.blind),
            reference=embedded.vectors(embedded.reference),
            row={int(image_id): row for row, image_id in enumerate(ids)},
        )

    def _stamp(self, spec: str) -> tuple[tuple[str, int, int], ...]:
        folder = self._studio.workspace.store(EncoderSpec.parse(spec).slug)
        return tuple(_status(path) for path in sorted(folder.glob("*.npz")))


def _status(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.name, status.st_mtime_ns, status.st_size
