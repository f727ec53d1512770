"""What is tried on a few of the images first: JPEGs at reduced size, and half precision.

Both are quicker and give slightly other vectors. They are used only where no vector of the trial
moves further than a cosine of 0.999 from the one that is exact.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from embeddings.encoder import Encoder, TunableEncoder
from embeddings.errors import EmbeddingsError
from embeddings.images import indexed_image

Images = Sequence[tuple[str, Path]]

LEAST_COSINE: Final = 0.999
N_TRIED: Final = 32
# Images that are opened to find so many that would be decoded smaller.
_MOST_OPENED: Final = 4 * N_TRIED
# The shorter side of a decoded JPEG in inputs of the encoder; many crop an eighth away.
_MARGINS: Final = (1.25, 2.0)
_FULL: Final = "float32"
_BATCH: Final = 8


@dataclass(frozen=True)
class DraftTrial:
    """`draft_side` is what JPEGs may be decoded at, None: in full.

    `cosine` is the smallest to the full decode among `n_images`, of the size that was chosen, or
    of the largest that was not good enough; None where no picture would be decoded smaller.
    """

    draft_side: int | None
    cosine: float | None
    n_images: int


@dataclass(frozen=True)
class PrecisionTrial:
    """What the model computes in, and the half precision's smallest cosine to float32."""

    precision: str
    cosine: float | None
    n_images: int


def try_drafts(encoder: Encoder, images: Images, *, max_pixels: int) -> DraftTrial:
    """The smallest size at which JPEGs may be decoded for this encoder.

    Args:
        images: (SHA-256 of the file, its path); a sample that depends on the hashes alone is tried.
    """
    trial = DraftTrial(None, None, 0)
    for margin in _MARGINS:
        side = math.ceil(margin * encoder.image_size)
        full, drafted = [], []
        for key, path in _opened(images):
            whole = _decoded(path, key, max_pixels, None)
            smaller = _decoded(path, key, max_pixels, side)
            if whole is None or smaller is None or whole.size == smaller.size:
                continue
            full.append(encoder.preprocess(whole))
            drafted.append(encoder.preprocess(smaller))
            if len(full) == N_TRIED:
                break
        if not full:
            continue
        cosine = smallest_cosine(_vectors(encoder, full), _vectors(encoder, drafted))
        if cosine >= LEAST_COSINE:
            return DraftTrial(side, cosine, len(full))
        trial = DraftTrial(None, cosine, len(full))
    return trial


def settle_precision(encoder: TunableEncoder, images: Images, *, max_pixels: int) -> PrecisionTrial:
    """Have the encoder compute in float32 unless its half precision is as good on a sample."""
    half = encoder.precision
    if half == _FULL:
        return PrecisionTrial(half, None, 0)
    pictures = (_decoded(path, key, max_pixels, None) for key, path in _opened(images))
    readable = (encoder.preprocess(picture) for picture in pictures if picture is not None)
    tried = list(islice(readable, N_TRIED))
    if not tried:
        return PrecisionTrial(half, None, 0)
    quick = _vectors(encoder, tried)
    encoder.use_precision(_FULL)
    cosine = smallest_cosine(_vectors(encoder, tried), quick)
    if cosine >= LEAST_COSINE:
        encoder.use_precision(half)
    return PrecisionTrial(encoder.precision, cosine, len(tried))


def smallest_cosine(ones: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """Row by row, of unit vectors; -1 where a vector is not finite."""
    cosines = (ones.astype(np.float64) * others).sum(axis=1)
    return float(np.nan_to_num(cosines, nan=-1.0, posinf=-1.0, neginf=-1.0).min())


def _opened(images: Images) -> Iterator[tuple[str, Path]]:
    """At most so many, the smallest hashes first: hashes are as good as drawn by lot."""
    yield from sorted(images)[:_MOST_OPENED]


def _decoded(path: Path, key: str, max_pixels: int, side: int | None) -> Image.Image | None:
    try:
        return indexed_image(path, key, max_pixels=max_pixels, draft_side=side)
    except EmbeddingsError:
        return None


def _vectors(encoder: Encoder, tensors: list[torch.Tensor]) -> NDArray[np.float32]:
    """In small batches: a trial is no place to run out of memory."""
    batches = (tensors[at : at + _BATCH] for at in range(0, len(tensors), _BATCH))
    return np.concatenate([encoder.embed_images(torch.stack(batch)) for batch in batches])
