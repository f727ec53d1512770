"""Exact nearest neighbours by cosine, by blocks in bounded memory, and their overlap.

Float32 products of blocks only choose candidates: a few more than asked for are kept of each row.
The float64 dot of the stored rows decides among them, and a tie goes to the lower row, so that the
block size changes memory and speed, never the result.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EmbeddingsError
from embeddings.mining.tiles import rows_above, tile_product
from embeddings.mining.vectors import exact_cosines, rounding_bound
from embeddings.progress import Progress

BLOCK_SIZE = 2048
# Kept beyond the k asked for, so that rounding hardly ever leaves a row undecided.
_SPARE = 6
_STRIP_ROWS = 256
_CHUNK_VALUES = 1 << 22

Exclude = Callable[[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]], None]
Decide = Callable[[int], tuple[NDArray[np.int64], NDArray[np.float64]]]


class NeighborError(EmbeddingsError):
    """Neighbours are asked for in a way that makes no sense."""


@dataclass(frozen=True)
class Neighbors:
    """Of each row its nearest others, nearest first, equally near ones by row.

    Attributes:
        rows: (n, k) int32; -1 where a row has fewer than k others.
        cosines: (n, k) float64 in [-1, 1]; NaN beside a -1.
    """

    rows: NDArray[np.int32]
    cosines: NDArray[np.float64]


class NearestLists:
    """The best columns of each row among the tiles offered so far, by rounded cosines.

    `rows` and `cosines` are all of its state, so that it can be stored and taken up again.
    """

    def __init__(self, n: int, k: int) -> None:
        self.k = k
        width = max(0, min(k + _SPARE, n - 1))
        self.rows = np.full((n, width), -1, dtype=np.int32)
        self.cosines = np.full((n, width), -np.inf, dtype=np.float32)

    def offer(
        self,
        tile: NDArray[np.float32],
        first_row: int,
        first_column: int,
        exclude: Exclude | None = None,
    ) -> None:
        """Take what is good enough of a tile of cosines; -inf marks what is never taken.

        Args:
            tile: (rows, columns) from `first_row` and `first_column` on; may be a transposed view.
            exclude: sets to -inf what does not count in a copy of some of the tile's rows; gets the
                copy, the rows' positions in the tile and what they must exceed.
        """
        if not self.rows.shape[1]:
            return
        worst = self.cosines[first_row : first_row + len(tile), -1]
        hit_rows = rows_above(tile, worst)
        for start in range(0, len(hit_rows), _STRIP_ROWS):
            strip = hit_rows[start : start + _STRIP_ROWS]
            values, floor = tile[strip], worst[strip]
            if exclude is not None:
                exclude(values, strip, floor)
            self._merge(values, strip + first_row, floor, first_column)

    def _merge(
        self,
        values: NDArray[np.float32],
        rows: NDArray[np.int64],
        floor: NDArray[np.float32],
        first_column: int,
    ) -> None:
        width = self.rows.shape[1]
        good = values > floor[:, None]
        crowded = np.flatnonzero(np.count_nonzero(good, axis=1) > 2 * width)
        if len(crowded):
            least = np.partition(values[crowded], -width, axis=1)[:, -width]
            good[crowded] = values[crowded] >= least[:, None]
        position, column = np.divmod(np.flatnonzero(good), values.shape[1])
        touched, position = np.unique(position, return_inverse=True)
        held = np.repeat(np.arange(len(touched)), width)
        owner = np.concatenate([held, position])
        cosine = np.concatenate(
            [self.cosines[rows[touched]].ravel(), values[touched[position], column]]
        )
        other = np.concatenate([self.rows[rows[touched]].ravel(), column + first_column])
        order = np.lexsort((other, -cosine, owner))
        starts = np.searchsorted(owner[order], np.arange(len(touched)))
        best = order[starts[:, None] + np.arange(width)]
        self.rows[rows[touched]] = other[best]
        self.cosines[rows[touched]] = cosine[best]

    def decide(self, vectors: NDArray[np.float32], again: Decide) -> Neighbors:
        """The exact k nearest of what was offered.

        Args:
            vectors: the space of the tiles.
            again: finds the nearest of one row anew, for the few rows where more others lie within
                rounding of the last place than were kept.
        """
        n, width = self.rows.shape
        k = min(self.k, width)
        found = Neighbors(np.full((n, self.k), -1, dtype=np.int32), np.full((n, self.k), np.nan))
        if not k:
            return found
        doubt = np.float32(2 * rounding_bound(vectors.shape[1]))
        near = (self.rows >= 0) & (self.cosines >= self.cosines[:, k - 1, None] - doubt)
        exact = np.full((n, width), -np.inf)
        row, place = np.nonzero(near)
        exact[row, place] = exact_cosines(vectors, row, self.rows[row, place].astype(np.int64))
        order = np.lexsort((self.rows, -exact), axis=-1)[:, :k]
        best = np.take_along_axis(exact, order, axis=1)
        known = best > -np.inf
        found.rows[:, :k] = np.where(known, np.take_along_axis(self.rows, order, axis=1), -1)
        found.cosines[:, :k] = np.where(known, best, np.nan)
        undecided = near[:, -1] if width < n - 1 else np.zeros(n, dtype=bool)
        for one in np.flatnonzero(undecided).tolist():
            others, cosines = again(one)
            found.rows[one, : len(others)], found.cosines[one, : len(others)] = others, cosines
        return found


def nearest_neighbors(
    vectors: NDArray[np.float32],
    k: int,
    *,
    block_size: int = BLOCK_SIZE,
    progress: Progress | None = None,
) -> Neighbors:
    """The k nearest others of every row, by cosine.

    Args:
        vectors: (n, d) unit float32 rows; may be a memory map.
        progress: counts tiles of block_size x block_size pairs.

    Raises:
        NeighborError: k or the block size is less than 1.
    """
    for name, value in (("k", k), ("block_size", block_size)):
        if value < 1:
            raise NeighborError(f"The value is at least 1, not {value}.", where=name)
    lists = NearestLists(len(vectors), k)
    n_blocks = -(-len(vectors) // block_size)
    n_done = 0
    for row in range(n_blocks):
        for column in range(row, n_blocks):
            tile = tile_product(vectors, row, column, block_size)
            if column == row:
                np.fill_diagonal(tile, -np.inf)
            else:
                lists.offer(tile.T, column * block_size, row * block_size)
            lists.offer(tile, row * block_size, column * block_size)
            n_done += 1
            if progress is not None:
                progress(n_done, n_blocks * (n_blocks + 1) // 2)
    return lists.decide(vectors, lambda one: nearest(vectors, one, k))


def nearest(
    vectors: NDArray[np.float32], row: int, k: int, *, among: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The k nearest others of one row and their cosines, nearest first, ties by row.

    Args:
        vectors: (n, d) unit float32 rows.
        among: (n,) which rows count; None for all. The row itself never does.
    """
    rounded = vectors @ vectors[row]
    if among is not None:
        rounded[~among] = -np.inf
    rounded[row] = -np.inf
    k = min(k, int(np.count_nonzero(rounded > -np.inf)))
    if k < 1:
        return np.empty(0, dtype=np.int64), np.empty(0)
    least = np.partition(rounded, -k)[-k] - 2 * rounding_bound(vectors.shape[1])
    others = np.flatnonzero(rounded >= np.maximum(least, np.float32(-2)))
    cosines = exact_cosines(vectors, np.full(len(others), row), others)
    order = np.lexsort((others, -cosines))[:k]
    return others[order], cosines[order]


def overlap(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.float64]:
    """Jaccard overlap of two neighbour lists of each row: shared ones / all that either names.

    Args:
        first: (n, k) rows without repetition in one list; -1 fills up.
        second: (n, l) likewise.

    Returns:
        (n,) in [0, 1]; NaN where both lists are empty.
    """
    overlaps = np.full(len(first), np.nan)
    step = max(1, _CHUNK_VALUES // max(1, first.shape[1] * second.shape[1]))
    for start in range(0, len(first), step):
        one, other = first[start : start + step], second[start : start + step]
        equal = (one[:, :, None] == other[:, None, :]) & (one >= 0)[:, :, None]
        n_shared = np.count_nonzero(equal, axis=(1, 2))
        n_either = np.count_nonzero(one >= 0, axis=1) + np.count_nonzero(other >= 0, axis=1)
        n_either -= n_shared
        known = n_either > 0
        overlaps[start : start + step][known] = n_shared[known] / n_either[known]
    return overlaps
