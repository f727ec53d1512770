"""Vectors of images that no store keeps: of a benchmark that is asked once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.images import model_image
from embeddings.progress import Progress

_CPU_BATCH: Final = 8
_GPU_BATCH: Final = 32


def embed_unstored(
    encoder: Encoder,
    names: Sequence[str],
    read_image: Callable[[str], bytes],
    *,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """The vectors of the images, shape (n, dimension), rows of length 1.

    Args:
        encoder: sees each image as in `embed`: upright, in colour.
        names: what ``read_image`` takes, and what errors name.
        read_image: gives the bytes of an image file.
        progress: called with images done and all of them.

    Raises:
        UnreadableImage: one of them is no image.
    """
    size = _CPU_BATCH if encoder.device == "cpu" else _GPU_BATCH
    vectors = np.empty((len(names), encoder.dimension), dtype=np.float32)
    for start in range(0, len(names), size):
        batch = names[start : start + size]
        images = [model_image(read_image(name), Path(name)) for name in batch]
        pixels = torch.stack([encoder.preprocess(image) for image in images])
        vectors[start : start + len(batch)] = encoder.embed_images(pixels)
        if progress is not None:
            progress(start + len(batch), len(names))
    return vectors
