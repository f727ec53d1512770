"""The order in which pairs are compared: block by block, each with all rows before its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Candidates:
    """Pairs of positions, first < second, that may be over the blind threshold.

    Positions are torch's where the filter found them. With them about `so_far` is compared. The
    cosines are rounded to float32, and None where they were not computed: the reference's where
    candidates are rare.
    """

    first: "NDArray[np.int64] | torch.Tensor"
    second: "NDArray[np.int64] | torch.Tensor"
    so_far: "BlockDone"
    blind_cosine: NDArray[np.float32] | None = None
    reference_cosine: NDArray[np.float32] | None = None


def as_array(rows: "NDArray[np.int64] | torch.Tensor") -> NDArray[np.int64]:
    """Positions as numpy has them."""
    return rows if isinstance(rows, np.ndarray) else rows.cpu().numpy()


@dataclass(frozen=True)
class BlockDone:
    """What is done: the number of the next block, and pairs compared so far, of how many."""

    next_block: int
    n_compared: int
    n_pairs: int


@dataclass(frozen=True)
class Walk:
    """Every pair of positions below `n_images` once, but those of the first `n_known` positions.

    Block b holds the second images of its pairs, positions b * block_size and up; their first
    images are all positions before. `first_block` is where an interrupted walk goes on.
    """

    n_images: int
    block_size: int
    n_known: int = 0
    first_block: int = 0

    def blocks(self) -> Iterator[tuple[int, slice]]:
        """Number and positions of each block that has something new."""
        start = max(self.first_block, self.n_known // self.block_size)
        if not self.n_pairs:
            return
        for number in range(start, self.n_blocks):
            begin = number * self.block_size
            yield number, slice(begin, min(self.n_images, begin + self.block_size))

    def tiles(self, seconds: slice, columns: int | None = None) -> Iterator[slice]:
        """Positions of the first images for a block of second ones, some `columns` at a time."""
        step = max(self.block_size, (columns or 0) // self.block_size * self.block_size)
        for begin in range(0, seconds.stop, step):
            yield slice(begin, min(seconds.stop, begin + step))

    def done(self, number: int) -> BlockDone:
        """What is done after a block."""
        end = min(self.n_images, (number + 1) * self.block_size)
        return BlockDone(number + 1, _pairs_of(end, self.n_known), self.n_pairs)

    def done_in(self, number: int, share: float) -> BlockDone:
        """What is done when a block has met a share (0 to 1) of the positions before its end."""
        before, after = self.done(number - 1).n_compared, self.done(number).n_compared
        end = min(self.n_images, (number + 1) * self.block_size)
        n_new = end - max(number * self.block_size, self.n_known)
        return BlockDone(number, min(after, before + n_new * round(share * end)), self.n_pairs)

    @property
    def n_blocks(self) -> int:
        """Blocks of all images."""
        return -(-self.n_images // self.block_size)

    @property
    def n_pairs(self) -> int:
        """Pairs of the whole walk."""
        return _pairs_of(self.n_images, self.n_known)


def _pairs_of(n: int, n_known: int) -> int:
    """Pairs among the first n positions of which at least one is not known."""
    return max(0, n * (n - 1) // 2 - n_known * (n_known - 1) // 2)
