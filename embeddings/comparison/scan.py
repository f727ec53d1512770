"""One pass over all pairs: neighbours in both spaces, far images that look alike, the histogram."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.comparison.checkpoint import Checkpoint
from embeddings.comparison.grid import BLIND_GRID, Rows, Vectors
from embeddings.comparison.histogram import (
    JointHistogram,
    PairCounter,
    floor_bin,
    sample_pairs,
)
from embeddings.comparison.options import ComparisonError, ComparisonOptions
from embeddings.comparison.regions import Region, find_regions
from embeddings.mining.tiles import entries_above, tile_product
from embeddings.mining.vectors import check_vectors, exact_cosines, rounding_bound
from embeddings.neighbors import BLOCK_SIZE, NearestLists, nearest, overlap
from embeddings.progress import Progress


@dataclass(frozen=True)
class Comparison:
    """What the blind space keeps of the reference space.

    Attributes:
        overlap: (n,) Jaccard overlap of the image's k nearest neighbours in the two spaces, 0 to 1;
            NaN where there is no other image.
        collapse: (n,) mean of the `n_far` highest blind cosines to the images whose reference
            cosine is below `reference_max`, of fewer where there are fewer; NaN where there is
            none.
        histogram: blind against reference cosine of all pairs.
        regions: the most collapsed first.
    """

    overlap: NDArray[np.float64]
    collapse: NDArray[np.float64]
    histogram: JointHistogram
    regions: list[Region]


def compare(
    blind: Vectors,
    reference: Vectors,
    options: ComparisonOptions = ComparisonOptions(),  # noqa: B008  (frozen)
    *,
    block_size: int = BLOCK_SIZE,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the spaces of two encoders of the same images; each pair is looked at once.

    Rows of `blind` (n, d) and `reference` (n, e) are unit float32 vectors of the same images; both
    may be memory maps. What rounding leaves open is decided by the float64 dot of the rows, so
    `block_size` and `checkpoint` change memory and speed, never the result. `progress` counts
    tiles of block_size x block_size pairs.

    Raises:
        InvalidVectors: as in `mine`.
        ComparisonError: the block size is less than 1.
    """
    if block_size < 1:
        raise ComparisonError(f"The value is at least 1, not {block_size}.", where="block_size")
    check_vectors(blind, reference, block_size=block_size)
    n = len(blind)
    sample = sample_pairs(blind, reference, options)
    scan = _Scan(blind, reference, options, floor_bin(sample, n, options), block_size)
    scan.run(checkpoint, progress)
    return Comparison(
        overlap=scan.overlap(),
        collapse=scan.collapse(),
        histogram=scan.counter.result(sample, scan.floor_bin, n),
        regions=find_regions(blind, reference, seed=options.seed),
    )


class _Scan:
    """Walks the upper triangle of blocks; a row of blocks done is never done again."""

    def __init__(
        self,
        blind: Vectors,
        reference: Vectors,
        options: ComparisonOptions,
        lowest_bin: int,
        block_size: int,
    ) -> None:
        n = len(blind)
        self.blind, self.reference = blind, reference
        self.options, self.floor_bin, self.block_size = options, lowest_bin, block_size
        self.n_rows_done = 0
        self.near_blind = NearestLists(n, options.k)
        self.near_reference = NearestLists(n, options.k)
        self.far = NearestLists(n, options.n_far)
        self.counter = PairCounter()
        self._doubt = np.float32(rounding_bound(reference.shape[1]))

    def run(self, checkpoint: Checkpoint | None, progress: Progress | None) -> None:
        """Go through what is left of the tiles."""
        n_blocks = -(-len(self.blind) // self.block_size)
        n_tiles = n_blocks * (n_blocks + 1) // 2
        if checkpoint is not None:
            self._take_up(checkpoint)
            saved_at = time.monotonic()
        for row in range(self.n_rows_done, n_blocks):
            for n_left in self._walk_row(row, n_blocks):
                if progress is not None:
                    below = n_blocks - row - 1
                    progress(n_tiles - n_left - below * (below + 1) // 2, n_tiles)
            self.n_rows_done = row + 1
            if checkpoint is not None and time.monotonic() >= saved_at + checkpoint.seconds:
                checkpoint.save(self._state(), self.n_rows_done)
                saved_at = time.monotonic()

    def _walk_row(self, row: int, n_blocks: int) -> Iterator[int]:
        """Yields how many tiles of the row are left after each."""
        for column in range(row, n_blocks):
            tiles = [
                tile_product(vectors, row, column, self.block_size)
                for vectors in (self.blind, self.reference)
            ]
            self._count(tiles[0], tiles[1], row, column)
            self._offer(tiles[0], tiles[1], row, column)
            yield n_blocks - column - 1

    def _count(self, blind_tile: Vectors, reference_tile: Vectors, row: int, column: int) -> None:
        floor = float(BLIND_GRID.edges[self.floor_bin]) - rounding_bound(self.blind.shape[1])
        for rows, columns in entries_above(blind_tile, floor, diagonal=row == column):
            self.counter.add(
                self.blind,
                self.reference,
                (rows + row * self.block_size, columns + column * self.block_size),
                (blind_tile[rows, columns], reference_tile[rows, columns]),
                self.floor_bin,
            )

    def _offer(self, blind_tile: Vectors, reference_tile: Vectors, row: int, column: int) -> None:
        if row == column:
            np.fill_diagonal(blind_tile, -np.inf)
            np.fill_diagonal(reference_tile, -np.inf)
        else:
            self._offer_rows(blind_tile.T, reference_tile.T, column, row)
        self._offer_rows(blind_tile, reference_tile, row, column)

    def _offer_rows(
        self, blind_tile: Vectors, reference_tile: Vectors, row: int, column: int
    ) -> None:
        first_row, first_column = row * self.block_size, column * self.block_size
        self.near_blind.offer(blind_tile, first_row, first_column)
        self.near_reference.offer(reference_tile, first_row, first_column)

        def only_far(values: Vectors, rows: Rows, floor: Vectors) -> None:
            rounded = reference_tile[rows]
            values[rounded > self.options.reference_max + self._doubt] = -np.inf
            unsure = rounded >= self.options.reference_max - self._doubt
            unsure &= values > floor[:, None]
            position, other = np.divmod(np.flatnonzero(unsure), values.shape[1])
            exact = exact_cosines(self.reference, rows[position] + first_row, other + first_column)
            near = exact >= self.options.reference_max
            values[position[near], other[near]] = -np.inf

        self.far.offer(blind_tile, first_row, first_column, exclude=only_far)

    def overlap(self) -> NDArray[np.float64]:
        """Of each image, when all tiles are done."""
        k = self.options.k
        blind = self.near_blind.decide(self.blind, lambda row: nearest(self.blind, row, k))
        reference = self.near_reference.decide(
            self.reference, lambda row: nearest(self.reference, row, k)
        )
        return overlap(blind.rows, reference.rows)

    def collapse(self) -> NDArray[np.float64]:
        """Of each image, when all tiles are done."""
        best = self.far.decide(self.blind, self._far_from).cosines
        known = ~np.isnan(best)
        n_known = known.sum(axis=1)
        total = np.where(known, best, 0).sum(axis=1)
        collapse: NDArray[np.float64] = np.full(len(best), np.nan)
        np.divide(total, n_known, out=collapse, where=n_known > 0)
        return collapse

    def _far_from(self, row: int) -> tuple[Rows, NDArray[np.float64]]:
        rounded = self.reference @ self.reference[row]
        far = rounded < self.options.reference_max
        unsure = np.flatnonzero(np.abs(rounded - self.options.reference_max) <= self._doubt)
        exact = exact_cosines(self.reference, np.full(len(unsure), row), unsure)
        far[unsure] = exact < self.options.reference_max
        return nearest(self.blind, row, self.options.n_far, among=far)

    def _state(self) -> dict[str, NDArray[np.generic]]:
        lists = {"blind": self.near_blind, "reference": self.near_reference, "far": self.far}
        state: dict[str, NDArray[np.generic]] = {}
        for name, held in lists.items():
            state[f"{name}_rows"], state[f"{name}_cosines"] = held.rows, held.cosines
        counter = self.counter
        return state | {
            "counts": counter.counts,
            "gap": counter.gap,
            "first": counter.first,
            "second": counter.second,
        }

    def _take_up(self, checkpoint: Checkpoint) -> None:
        state = self._state()
        found = checkpoint.load(state)
        if found is not None:
            self.n_rows_done, stored = found
            for name, array in state.items():
                array[...] = stored[name]
