"""The vectors of shard after shard, decoded and computed ahead of whoever stores them."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.decoding import decode_batches
from embeddings.encoder import Encoder
from embeddings.forwards import OutOfMemoryError, batches_at_once, embedded_batches, forward
from embeddings.images import Images

CPU_BATCH: Final = 32
_GPU_BATCH: Final = 256


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
    # What is compiled is compiled for one thread's use.
    at_once = 1 if how.compiled else batches_at_once(encoder)
    with closing(decoded), closing(embedded_batches(encoder, decoded, at_once)) as embedded:
        for batches in cut:
            keys: list[str] = []
            vectors: list[NDArray[np.float32]] = [np.empty((0, encoder.dimension), np.float32)]
            skipped: dict[str, str] = {}
            waited = 0.0
            for images in batches:
                batch, of_batch, seconds = next(embedded)
                waited += seconds
                vectors += [] if of_batch is None else [of_batch]
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
            forward(encoder, torch.zeros(size, 3, encoder.image_size, encoder.image_size))
        except OutOfMemoryError:
            size //= 2
        else:
            break
    return size
