"""Blockwise comparison of all pairs: float32 products of blocks, and the pairs worth a closer look.

Nothing is decided here: a tile gives every pair whose blind cosine, for all that float32 rounding
could do, may exceed the threshold.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.blocks import BlockDone, Candidates, Walk
from embeddings.mining.vectors import rounding_bound

# A gathered float64 dot costs about as much as 256 entries of a block product: above this share of
# candidates in a tile the reference cosines come from a second block product.
DENSE_SHARE = 256
_STRIP_ROWS = 256


def scan_tiles(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    blind_min: float,
    walk: Walk,
    order: NDArray[np.int64] | None = None,
) -> Iterator[Candidates | BlockDone]:
    """Walk over all pairs tile by tile; memory stays within a few blocks and tiles.

    Yields every pair that may have a blind cosine above `blind_min` (in strips), and a `BlockDone`
    after each block. Position k is row `order[k]`, or k without an order.
    """
    blind_floor = blind_min - rounding_bound(blind.shape[1])
    for number, seconds in walk.blocks():
        for firsts in walk.tiles(seconds):
            rows, columns = (part if order is None else order[part] for part in (firsts, seconds))
            tile = product(blind[rows], blind[columns])
            n_hits = np.count_nonzero(tile[rows_above(tile, blind_floor)] > blind_floor)
            dense = n_hits * DENSE_SHARE > tile.size
            other = product(reference[rows], reference[columns]) if dense else None
            for row, column in entries_above(tile, blind_floor, diagonal=firsts == seconds):
                new = column + seconds.start >= walk.n_known
                row, column = row[new], column[new]
                yield Candidates(
                    row + firsts.start,
                    column + seconds.start,
                    walk.done_in(number, firsts.stop / seconds.stop),
                    tile[row, column],
                    None if other is None else other[row, column],
                )
        yield walk.done(number)


def tile_product(
    vectors: NDArray[np.float32], row: int, column: int, block_size: int
) -> NDArray[np.float32]:
    """The float32 cosines of two blocks of rows, named by their numbers."""
    rows, columns = (
        vectors[index * block_size : (index + 1) * block_size] for index in (row, column)
    )
    return product(rows, columns)


def product(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """The float32 cosines of rows with other rows."""
    # A copy: numpy gives `x @ x.T` to a BLAS routine (syrk) that crashes on large matrices in some
    # builds.
    cosines: NDArray[np.float32] = np.ascontiguousarray(rows) @ np.array(columns).T
    return cosines


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
