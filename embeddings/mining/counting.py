"""Counts the pairs over the thresholds for one blind encoder and several reference encoders."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.pairs import MiningError, Thresholds
from embeddings.mining.tiles import DENSE_SHARE, entries_above, tile_product
from embeddings.mining.vectors import check_vectors, exact_cosines, rounding_bound
from embeddings.progress import Progress

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


def count_over(
    blind: Vectors,
    references: Sequence[Vectors],
    thresholds: Thresholds,
    *,
    block_size: int = 2048,
    progress: Progress | None = None,
) -> list[int]:
    """How many pairs `mine` would find over the thresholds with each reference, before its filters.

    The blind pairs are found once for all references. Rows are as in `mine`, of the same images in
    all arrays. `progress` counts tiles of block_size x block_size pairs.

    Raises:
        InvalidVectors, MiningError: as in `mine`.
    """
    if block_size < 1:
        raise MiningError(f"The value is at least 1, not {block_size}.", where="block_size")
    for reference in references:
        check_vectors(blind, reference, block_size=block_size)
    counts = [0] * len(references)
    floor = thresholds.blind_min - rounding_bound(blind.shape[1])
    n_blocks = -(-len(blind) // block_size)
    n_done = 0
    for row in range(n_blocks):
        for column in range(row, n_blocks):
            tile = tile_product(blind, row, column, block_size)
            products: dict[int, Vectors] = {}
            for rows, columns in entries_above(tile, floor, diagonal=row == column):
                first, second = rows + row * block_size, columns + column * block_size
                over = exact_cosines(blind, first, second) > thresholds.blind_min
                rows, columns, first, second = (x[over] for x in (rows, columns, first, second))
                dense = len(first) * DENSE_SHARE > tile.size
                for number, reference in enumerate(references):
                    if dense and number not in products:
                        products[number] = tile_product(reference, row, column, block_size)
                    product = products.get(number)
                    rounded = None if product is None else product[rows, columns]
                    counts[number] += _n_below(
                        reference, first, second, rounded, thresholds.reference_max
                    )
            n_done += 1
            if progress is not None:
                progress(n_done, n_blocks * (n_blocks + 1) // 2)
    return counts


def _n_below(
    reference: Vectors, first: Rows, second: Rows, rounded: Vectors | None, maximum: float
) -> int:
    """How many pairs have an exact reference cosine below; `rounded` spares most of the dots."""
    if rounded is None:
        return int(np.count_nonzero(exact_cosines(reference, first, second) < maximum))
    doubt = rounding_bound(reference.shape[1])
    unsure = np.abs(rounded - np.float32(maximum)) <= doubt
    exact = exact_cosines(reference, first[unsure], second[unsure])
    return int(np.count_nonzero(rounded[~unsure] < maximum) + np.count_nonzero(exact < maximum))
