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
DENSE_SHARE = 256
_STRIP_ROWS = 256


@dataclass(frozen=True)
class Candidates:
    """Pairs of one strip of a tile, first < second, with their rounded float32 cosines.

    A cosine is None where it was not computed: the reference's where candidates are rare.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    blind_cosine: NDArray[np.float32] | None = None
    reference_cosine: NDArray[np.float32] | None = None


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
        for column in range(row, n_blocks):
            tile = tile_product(blind, row, column, block_size)
            yield from _strips(tile, blind_floor, reference, row, column, block_size)
            n_done += 1
            n_compared += tile.size if column > row else len(tile) * (len(tile) - 1) // 2
            yield TileDone(n_compared, n_pairs)
            if progress is not None:
                progress(n_done, n_tiles)


def tile_product(
    vectors: NDArray[np.float32], row: int, column: int, block_size: int
) -> NDArray[np.float32]:
    """The float32 cosines of two blocks of rows, named by their numbers."""
    rows, columns = (
        np.ascontiguousarray(vectors[index * block_size : (index + 1) * block_size])
        for index in (row, column)
    )
    # A copy on the diagonal: numpy gives `x @ x.T` to a BLAS routine (syrk) that crashes on large
    # matrices in some builds.
    product: NDArray[np.float32] = rows @ (columns.copy() if column == row else columns).T
    return product


def rows_above(tile: NDArray[np.float32], floor: float | NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows of the tile with an entry above `floor`, which may be one number per row.

    Cheap, and leaves few rows to look at closely.
    """
    return np.flatnonzero(tile.max(axis=1) > floor)


def entries_above(
    tile: NDArray[np.float32], floor: float, *, diagonal: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Strips of (rows, columns) inside the tile of all entries above `floor`, by row.

    Of a tile on the diagonal only the entries above the diagonal: each pair once.
    """
    hit_rows = rows_above(tile, floor)
    for start in range(0, len(hit_rows), _STRIP_ROWS):
        strip = hit_rows[start : start + _STRIP_ROWS]
        # Much faster than a two-dimensional nonzero.
        flat = np.flatnonzero(tile[strip] > floor)
        positions, columns = np.divmod(flat, tile.shape[1])
        rows = strip[positions]
        if diagonal:
            above = rows < columns
            rows, columns = rows[above], columns[above]
        yield rows, columns


def _strips(
    tile: NDArray[np.float32],
    blind_floor: float,
    reference: NDArray[np.float32],
    row: int,
    column: int,
    block_size: int,
) -> Iterator[Candidates]:
    n_hits = np.count_nonzero(tile[rows_above(tile, blind_floor)] > blind_floor)
    dense = n_hits * DENSE_SHARE > tile.size
    reference_tile = tile_product(reference, row, column, block_size) if dense else None
    for rows, columns in entries_above(tile, blind_floor, diagonal=row == column):
        yield Candidates(
            first=rows + row * block_size,
            second=columns + column * block_size,
            blind_cosine=tile[rows, columns],
            reference_cosine=None if reference_tile is None else reference_tile[rows, columns],
        )
