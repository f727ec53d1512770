"""Suggests thresholds: exact pair counts over a grid, and the cell that gives about N pairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.blocks import BlockDone, Candidates, Walk, as_array
from embeddings.mining.pairs import MiningError, Thresholds
from embeddings.mining.tiles import scan_tiles
from embeddings.mining.vectors import check_vectors, exact_cosines, rounding_bound
from embeddings.progress import Progress

BLIND_GRID = [round(0.80 + 0.01 * step, 2) for step in range(20)]
REFERENCE_GRID = [round(0.90 - 0.05 * step, 2) for step in range(13)]


@dataclass
class Suggestion:
    """How many pairs each choice of thresholds gives, before any other filter.

    Attributes:
        blind_grid: blind thresholds, ascending.
        reference_grid: reference thresholds, descending.
        counts: (len(blind_grid), len(reference_grid)) exact pair counts.
        recommended: the thresholds to take; None when even the loosest give too few pairs.
        n_at_recommended: pairs at the recommended thresholds; 0 when there are none.
    """

    blind_grid: list[float]
    reference_grid: list[float]
    counts: NDArray[np.int64]
    recommended: Thresholds | None
    n_at_recommended: int


def suggest(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    *,
    n_pairs: int = 150,
    block_size: int = 2048,
    progress: Progress | None = None,
) -> Suggestion:
    """Count the pairs over a grid of thresholds and recommend those that give `n_pairs` or more.

    The paper's 0.95 / 0.6 are recommended when they give enough. Otherwise they are relaxed: of
    the cells with a blind threshold of 0.95 or less, a reference threshold of 0.6 or more and
    enough pairs, the one with the largest blind minus reference threshold (every pair's gap is
    larger than that), and of equals the one with the highest blind threshold.

    Raises:
        InvalidVectors: as in `mine`.
        MiningError: an option makes no sense.
    """
    for name, value in (("n_pairs", n_pairs), ("block_size", block_size)):
        if value < 1:
            raise MiningError(f"The value is at least 1, not {value}.", where=name)
    check_vectors(blind, reference, block_size=block_size)
    counts = _count_grid(blind, reference, block_size=block_size, progress=progress)
    recommended, n_at_recommended = _recommend(counts, n_pairs)
    return Suggestion(list(BLIND_GRID), list(REFERENCE_GRID), counts, recommended, n_at_recommended)


def _recommend(counts: NDArray[np.int64], n_pairs: int) -> tuple[Thresholds | None, int]:
    paper = Thresholds()
    enough = [
        (round(blind_min - reference_max, 2), blind_min, reference_max, int(counts[row, column]))
        for row, blind_min in enumerate(BLIND_GRID)
        for column, reference_max in enumerate(REFERENCE_GRID)
        if blind_min <= paper.blind_min
        and reference_max >= paper.reference_max
        and counts[row, column] >= n_pairs
    ]
    if not enough:
        return None, 0
    # The paper's own cell has the largest difference of all these, so it wins when it is there.
    _, blind_min, reference_max, n_at_recommended = max(enough)
    return Thresholds(blind_min, reference_max), n_at_recommended


def _count_grid(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    *,
    block_size: int,
    progress: Progress | None,
) -> NDArray[np.int64]:
    """A histogram of the pairs over the cells of the grid, summed up from the strict corner."""
    blind_edges, reference_edges = np.array(BLIND_GRID), np.array(REFERENCE_GRID[::-1])
    n_rows, n_columns = len(blind_edges) + 1, len(reference_edges) + 1
    histogram = np.zeros(n_rows * n_columns, dtype=np.int64)
    for found in scan_tiles(blind, reference, BLIND_GRID[0], Walk(len(blind), block_size)):
        if isinstance(found, BlockDone):
            if progress is not None:
                progress(found.n_compared, found.n_pairs)
            continue
        # Row r: above r of the blind thresholds. Column c: not below c of the reference ones.
        rows = _bins(found, blind, found.blind_cosine, blind_edges, "left")
        columns = _bins(found, reference, found.reference_cosine, reference_edges, "right")
        histogram += np.bincount(rows * n_columns + columns, minlength=len(histogram))
    cells = histogram.reshape(n_rows, n_columns)[1:, :-1]
    above = cells[::-1].cumsum(axis=0)[::-1]
    return np.ascontiguousarray(above.cumsum(axis=1)[:, ::-1])


def _bins(
    pairs: Candidates,
    vectors: NDArray[np.float32],
    rounded: NDArray[np.float32] | None,
    edges: NDArray[np.float64],
    side: str,
) -> NDArray[np.int64]:
    """Between which edges each exact cosine lies; "left" puts a cosine on an edge below it.

    The float64 dot is computed only where the float32 one is missing or too near an edge.
    """
    first, second = as_array(pairs.first), as_array(pairs.second)
    if rounded is None:
        return _search(edges, exact_cosines(vectors, first, second), side)
    margin = rounding_bound(vectors.shape[1])
    values = rounded.astype(np.float64)
    bins = _search(edges, values - margin, side)
    unsure = bins != _search(edges, values + margin, side)
    exact = exact_cosines(vectors, first[unsure], second[unsure])
    bins[unsure] = _search(edges, exact, side)
    return bins


def _search(
    edges: NDArray[np.float64], values: NDArray[np.float64], side: str
) -> NDArray[np.int64]:
    return np.searchsorted(edges, values, side="left" if side == "left" else "right")
