"""Blockwise comparison of all pairs: float32 products of blocks, and the pairs worth a closer look.

Nothing is decided here: a tile gives every pair whose blind cosine, for all that float32 rounding
could do, may exceed the threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.vectors import rounding_bound
from embeddings.progress import Progress

# A gathered float64 dot costs about as much as 256 entries of a block product: above this share of
# candidates in a tile the reference cosines come from a second block product.
_DENSE_SHARE = 256
_STRIP_ROWS = 256


@dataclass(frozen=True)
class Candidates:
    """Pairs of one strip of a tile, first < second, with their rounded float32 cosines.

    `reference_cosine` is None where candidates are rare: it was not computed.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    blind_cosine: NDArray[np.float32]
    reference_cosine: NDArray[np.float32] | None


@dataclass(frozen=True)
class TileDone:
    """The end of one tile: pairs compared so far, of how many."""

    n_compared: int
    n_pairs: int


def scan_tiles(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    blind_min: float,
    *,
    block_size: int,
    progress: Progress | None,
) -> Iterator[Candidates | TileDone]:
    """Walk the upper triangle tile by tile; memory stays within a few blocks and tiles.

    Yields every pair that may have a blind cosine above `blind_min` (in strips), and a `TileDone`
    after each tile. `progress` counts tiles.
    """
    blind_floor = blind_min - rounding_bound(blind.shape[1])
    n_blocks = -(-len(blind) // block_size)
    n_tiles = n_blocks * (n_blocks + 1) // 2
    n_pairs = len(blind) * (len(blind) - 1) // 2
    n_done = n_compared = 0
    for row in range(n_blocks):
        rows = _block(blind, row, block_size)
        for column in range(row, n_blocks):
            # A copy on the diagonal: numpy gives `x @ x.T` to a BLAS routine (syrk) that crashes on
            # large matrices in some builds.
            columns = rows.copy() if column == row else _block(blind, column, block_size)
            tile = rows @ columns.T
            yield from _strips(tile, blind_floor, reference, row, column, block_size)
            n_done += 1
            n_compared += (
                len(rows) * (len(rows) - 1) // 2 if column == row else len(rows) * len(columns)
            )
            yield TileDone(n_compared, n_pairs)
            if progress is not None:
                progress(n_done, n_tiles)


def _block(vectors: NDArray[np.float32], index: int, block_size: int) -> NDArray[np.float32]:
    return np.ascontiguousarray(vectors[index * block_size : (index + 1) * block_size])


def _strips(
    tile: NDArray[np.float32],
    blind_floor: float,
    reference: NDArray[np.float32],
    row: int,
    column: int,
    block_size: int,
) -> Iterator[Candidates]:
    hit_rows = np.flatnonzero(tile.max(axis=1) > blind_floor)
    if not len(hit_rows):
        return
    hits = tile[hit_rows] > blind_floor
    reference_tile: NDArray[np.float32] | None = None
    if np.count_nonzero(hits) * _DENSE_SHARE > tile.size:
        columns = _block(reference, column, block_size).copy()
        reference_tile = _block(reference, row, block_size) @ columns.T
    for start in range(0, len(hit_rows), _STRIP_ROWS):
        # Much faster than a two-dimensional nonzero.
        flat = np.flatnonzero(hits[start : start + _STRIP_ROWS])
        strip, local_columns = np.divmod(flat, tile.shape[1])
        local_rows = hit_rows[start + strip]
        if row == column:
            above = local_rows < local_columns
            local_rows, local_columns = local_rows[above], local_columns[above]
        yield Candidates(
            first=local_rows + row * block_size,
            second=local_columns + column * block_size,
            blind_cosine=tile[local_rows, local_columns],
            reference_cosine=None
            if reference_tile is None
            else reference_tile[local_rows, local_columns],
        )
