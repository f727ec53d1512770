"""Joint histogram of the blind and the reference cosines of all pairs of images.

Exact above a floor of the blind cosine, estimated from a seeded sample below it; of each cell the
pair with the widest gap is kept as its example.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.comparison.grid import BLIND_GRID, REFERENCE_GRID, Rows, Vectors
from embeddings.comparison.options import ComparisonOptions
from embeddings.mining.pairs import Thresholds
from embeddings.mining.vectors import exact_cosines, rounding_bound

N_CELLS = BLIND_GRID.n * REFERENCE_GRID.n


@dataclass(frozen=True)
class SampledPairs:
    """Pairs drawn with the same chance each, with repetition, sorted; cosines are exact."""

    first: Rows
    second: Rows
    blind_bins: Rows
    reference_bins: Rows
    gap: NDArray[np.float64]


@dataclass(frozen=True)
class JointHistogram:
    """How many pairs have which two cosines.

    Attributes:
        counts: (blind bins, reference bins) float64; whole numbers where exact.
        first: (blind bins, reference bins) int32 row of the first image of the pair with the widest
            gap of those seen in the cell, of equal ones the lowest rows; -1 in an empty cell.
        second: likewise of the second.
        floor_bin: cells from this blind bin on are exact.
        n_exact: pairs in those.
        n_sampled: sampled pairs in the cells below.
        sample_scale: how many pairs each of these stands for; 0 when there is none.
    """

    counts: NDArray[np.float64]
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    floor_bin: int
    n_exact: int
    n_sampled: int
    sample_scale: float

    @property
    def exact_above(self) -> float:
        """Counts of pairs whose blind cosine exceeds this are exact; -1 when all counts are."""
        return float(BLIND_GRID.edges[self.floor_bin])

    def n_over(self, thresholds: Thresholds) -> int | None:
        """The exact number of pairs that `mine` finds over the thresholds, before its filters.

        None when a threshold is no edge of the bins, or lies where counts are estimates.
        """
        row = BLIND_GRID.edge_number(thresholds.blind_min)
        column = REFERENCE_GRID.edge_number(thresholds.reference_max)
        if row is None or column is None or row < self.floor_bin or row == 0:
            return None  # at -1 the lowest bin also holds the pairs at exactly -1
        if column == REFERENCE_GRID.n:  # the highest bin also holds the pairs at exactly 1
            return None
        return int(self.counts[row:, :column].sum())


def sample_pairs(
    blind: Vectors, reference: Vectors, options: ComparisonOptions
) -> SampledPairs | None:
    """Pairs to estimate from; None when there are so few that all are counted."""
    n = len(blind)
    if n * (n - 1) // 2 <= options.exact_pairs:
        return None
    rng = np.random.default_rng(options.seed)
    one = rng.integers(0, n, options.n_sampled)
    other = rng.integers(0, n - 1, options.n_sampled)
    other += other >= one
    first, second = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((second, first))  # neighbouring rows are read together
    first, second = first[order], second[order]
    blind_cosine = exact_cosines(blind, first, second)
    reference_cosine = exact_cosines(reference, first, second)
    return SampledPairs(
        first=first,
        second=second,
        blind_bins=BLIND_GRID.bins(blind_cosine),
        reference_bins=REFERENCE_GRID.bins(reference_cosine),
        gap=blind_cosine - reference_cosine,
    )


def floor_bin(sample: SampledPairs | None, n: int, options: ComparisonOptions) -> int:
    """The lowest blind bin from which on about `exact_pairs` pairs lie, as the sample has it."""
    if sample is None:
        return 0
    n_per_bin = np.bincount(sample.blind_bins, minlength=BLIND_GRID.n)
    n_from = n_per_bin[::-1].cumsum()[::-1] * (n * (n - 1) / 2 / len(sample.first))
    few_enough = np.flatnonzero(n_from <= options.exact_pairs)
    return int(few_enough[0]) if len(few_enough) else BLIND_GRID.n - 1


class PairCounter:
    """Counts pairs by cell and keeps the widest of each; its arrays are all of its state."""

    def __init__(self) -> None:
        self.counts = np.zeros(N_CELLS, dtype=np.int64)
        self.gap = np.full(N_CELLS, -np.inf)
        self.first = np.full(N_CELLS, -1, dtype=np.int32)
        self.second = np.full(N_CELLS, -1, dtype=np.int32)
        self._at_least = self.gap.copy()  # what the widest gap of each cell cannot be less than

    def add(
        self,
        blind: Vectors,
        reference: Vectors,
        pairs: tuple[Rows, Rows],
        rounded: tuple[Vectors, Vectors],
        lowest_bin: int,
    ) -> None:
        """Count the pairs whose blind bin is `lowest_bin` or higher.

        Args:
            pairs: first and second row of each pair.
            rounded: their blind and reference float32 cosines.
        """
        first, second = pairs
        rows = BLIND_GRID.bins_of_pairs(blind, first, second, rounded[0])
        if lowest_bin:
            kept = np.flatnonzero(rows >= lowest_bin)
            rows, first, second = rows[kept], first[kept], second[kept]
            rounded = (rounded[0][kept], rounded[1][kept])
        columns = REFERENCE_GRID.bins_of_pairs(reference, first, second, rounded[1])
        cells = rows * REFERENCE_GRID.n + columns
        np.add.at(self.counts, cells, 1)
        likely = self._may_be_widest(
            cells,
            rounded[0].astype(np.float64) - rounded[1],
            rounding_bound(blind.shape[1]) + rounding_bound(reference.shape[1]),
        )
        first, second = first[likely], second[likely]
        gap = exact_cosines(blind, first, second) - exact_cosines(reference, first, second)
        self.keep_widest(cells[likely], gap, first, second)

    def _may_be_widest(
        self, cells: Rows, gap: NDArray[np.float64], doubt: float
    ) -> NDArray[np.int64]:
        """Which of the pairs rounding leaves a chance to be the widest of their cell."""
        np.maximum.at(self._at_least, cells, gap - doubt)
        at_least = np.maximum(self._at_least[cells], self.gap[cells])
        return np.flatnonzero(gap + doubt >= at_least)

    def keep_widest(self, cells: Rows, gap: NDArray[np.float64], first: Rows, second: Rows) -> None:
        """Take each pair that beats the example of its cell, by gap and then by lower rows."""
        order = np.lexsort((second, first, -gap, cells))
        cells, best = np.unique(cells[order], return_index=True)
        best = order[best]
        gap, first, second = gap[best], first[best], second[best]
        held_first, held_second = self.first[cells], self.second[cells]
        lower = (first < held_first) | ((first == held_first) & (second < held_second))
        wins = (gap > self.gap[cells]) | ((gap == self.gap[cells]) & lower)
        cells = cells[wins]
        self.gap[cells], self.first[cells] = gap[wins], first[wins]
        self.second[cells] = second[wins]

    def result(self, sample: SampledPairs | None, lowest_bin: int, n: int) -> JointHistogram:
        """The histogram: what was counted, and below `lowest_bin` what the sample says."""
        n_exact = int(self.counts.sum())
        counts = self.counts.astype(np.float64)
        n_sampled, scale = 0, 0.0
        if sample is not None:
            below = sample.blind_bins < lowest_bin
            cells = (sample.blind_bins * REFERENCE_GRID.n + sample.reference_bins)[below]
            n_sampled = len(cells)
            scale = (n * (n - 1) // 2 - n_exact) / n_sampled if n_sampled else 0.0
            counts += np.bincount(cells, minlength=N_CELLS) * scale
            self.keep_widest(cells, sample.gap[below], sample.first[below], sample.second[below])
        shape = (BLIND_GRID.n, REFERENCE_GRID.n)
        return JointHistogram(
            counts=counts.reshape(shape),
            first=self.first.reshape(shape),
            second=self.second.reshape(shape),
            floor_bin=lowest_bin,
            n_exact=n_exact,
            n_sampled=n_sampled,
            sample_scale=scale,
        )
