"""The vectors of shard after shard, decoded and computed ahead of whoever stores them."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.decoding import decode_batches
from embeddings.encoder import Encoder
from embeddings.images import Images

CPU_BATCH: Final = 32
_GPU_BATCH: Final = 256


class OutOfMemoryError(Exception):
    """The batch is too large for the memory."""


@dataclass(frozen=True)
class HowToCompute:
    """What decides the vectors besides the encoder: batches, and how images are decoded.

    ``draft_side`` is as in `embeddings.images.model_image`. ``compiled`` is for encoders that are
    loaded elsewhere; the one at hand is compiled already.
    """

    batch_size: int
    max_pixels: int
    draft_side: int | None = None
    workers: int | None = None
    compiled: bool = False


@dataclass(frozen=True)
class Shard:
    """The images that have a vector, their vectors of shape (n, d), and why others have none."""

    keys: list[str]
    vectors: NDArray[np.float32]
    skipped: dict[str, str]
    seconds_waited: float


class Engine(Protocol):
    """Where shards are computed: here, by several processes, or on a cluster."""

    def __call__(
        self,
        encoder: Encoder,
        shards: Sequence[Images],
        how: HowToCompute,
        computed: Callable[[int], None],
    ) -> Generator[Shard]:
        """All shards in their order.

        ``computed`` hears of images as they are done, but not of those that finish a shard.

        Raises:
            OutOfMemoryError: a batch is too large.
        """
        ...


def computed_shards(
    encoder: Encoder,
    shards: Sequence[Images],
    how: HowToCompute,
    computed: Callable[[int], None] = lambda _: None,
) -> Generator[Shard]:
    """The engine of one process."""
    # Batches never cross a shard's border: what is in a batch can change a vector's last bits.
    cut = [
        [shard[at : at + how.batch_size] for at in range(0, len(shard), how.batch_size)]
        for shard in shards
    ]
    decoded = decode_batches(
        encoder,
        [batch for batches in cut for batch in batches],
        max_pixels=how.max_pixels,
        draft_side=how.draft_side,
        workers=how.workers,
    )
    with closing(decoded):
        for batches in cut:
            keys: list[str] = []
            vectors: list[NDArray[np.float32]] = [np.empty((0, encoder.dimension), np.float32)]
            skipped: dict[str, str] = {}
            waited = 0.0
            for images in batches:
                begun = time.perf_counter()
                batch = next(decoded)
                waited += time.perf_counter() - begun
                if batch.pixels is not None:
                    vectors.append(_forward(encoder, batch.pixels))
                keys += batch.keys
                skipped |= batch.skipped
                if images is not batches[-1]:
                    computed(len(images))
            yield Shard(keys, np.concatenate(vectors), skipped, waited)


def usual_batch_size(encoder: Encoder) -> int:
    """A fixed size on a CPU; on a GPU the largest that fits, up to where it no longer pays."""
    if not encoder.device.startswith("cuda"):
        return CPU_BATCH
    size = _GPU_BATCH
    while size > 1:
        try:
            _forward(encoder, torch.zeros(size, 3, encoder.image_size, encoder.image_size))
        except OutOfMemoryError:
            size //= 2
        else:
            break
    return size


def _forward(encoder: Encoder, pixels: torch.Tensor) -> NDArray[np.float32]:
    try:
        return encoder.embed_images(pixels)
    except (torch.OutOfMemoryError, MemoryError):
        pass
    except RuntimeError as error:
        # What torch's allocator for main memory says.
        if "can't allocate memory" not in str(error):
            raise
    # Outside the handlers, whose traceback would keep the failed batch's tensors alive.
    if encoder.device.startswith("cuda"):
        torch.cuda.empty_cache()
    raise OutOfMemoryError
