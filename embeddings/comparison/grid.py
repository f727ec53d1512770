"""Bins of cosines whose edges are round numbers, so that thresholds fall on them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.vectors import exact_cosines, rounding_bound

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class CosineGrid:
    """Equal bins from -1 to 1.

    Attributes:
        per_unit: bins from 0 to 1.
        right_closed: a cosine on an edge belongs to the bin below it, else to the one above, so
            that whole bins make up `cosine > edge`, else `cosine < edge`.
    """

    per_unit: int
    right_closed: bool

    @property
    def n(self) -> int:
        """How many bins there are."""
        return 2 * self.per_unit

    @property
    def edges(self) -> NDArray[np.float64]:
        """(n + 1,) ascending; a quotient of whole numbers is the float that its decimal reads."""
        edges: NDArray[np.float64] = (np.arange(self.n + 1) - self.per_unit) / self.per_unit
        return edges

    def bins(self, cosines: NDArray[np.float64]) -> Rows:
        """The bin of each cosine in [-1, 1]."""
        after = np.searchsorted(self.edges, cosines, side="left" if self.right_closed else "right")
        return self._inside(after - 1)

    def bins_of_pairs(self, vectors: Vectors, first: Rows, second: Rows, rounded: Vectors) -> Rows:
        """The bin of the exact cosine of each pair of rows.

        `rounded` are their float32 cosines; the float64 dot is computed only near an edge.
        """
        margin = rounding_bound(vectors.shape[1])
        scaled = (rounded.astype(np.float64) + 1) * self.per_unit
        low = self._inside(self._whole(scaled - margin * self.per_unit))
        high = self._inside(self._whole(scaled + margin * self.per_unit))
        unsure = np.flatnonzero(low != high)
        low[unsure] = self.bins(exact_cosines(vectors, first[unsure], second[unsure]))
        return low

    def edge_number(self, cosine: float) -> int | None:
        """Which edge this very number is; None if it lies inside a bin."""
        number = int(np.searchsorted(self.edges, cosine))
        return number if number <= self.n and self.edges[number] == cosine else None

    def _whole(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ceil(scaled) - 1 if self.right_closed else np.floor(scaled)

    def _inside(self, bins: NDArray[Any]) -> Rows:
        inside: Rows = np.clip(bins, 0, self.n - 1).astype(np.int64)
        return inside


# A pair is mined when blind > b and reference < r, both strictly.
BLIND_GRID: Final = CosineGrid(per_unit=400, right_closed=True)
REFERENCE_GRID: Final = CosineGrid(per_unit=200, right_closed=False)
