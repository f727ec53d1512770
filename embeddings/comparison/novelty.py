"""Novelty: how unlike everything that was looked at an image is."""

import numpy as np
from numpy.typing import NDArray

from embeddings.comparison.grid import Rows, Vectors

_BLOCK = 4096


class Novelty:
    """Highest likeness of each image to the images seen so far; likeness = mean of both cosines."""

    def __init__(self, blind: Vectors, reference: Vectors) -> None:
        self._blind, self._reference = blind, reference
        self._seen: frozenset[int] = frozenset()
        self._likeness = np.full(len(blind), -np.inf, dtype=np.float32)

    def given(self, seen: frozenset[int]) -> NDArray[np.float64]:
        """1 - highest likeness of each row to a row of `seen`: 0 for those, NaN if there is none.

        Rows that were seen in the last call as well cost nothing; when some no longer are, all is
        computed anew.
        """
        if not self._seen <= seen:
            self._likeness.fill(-np.inf)
            self._seen = frozenset()
        fresh = np.array(sorted(seen - self._seen), dtype=np.int64)
        for start in range(0, len(fresh), _BLOCK):
            self._look_at(fresh[start : start + _BLOCK])
        self._seen = seen
        if not seen:
            return np.full(len(self._likeness), np.nan)
        novelty = 1 - np.clip(self._likeness.astype(np.float64), -1, 1)
        novelty[sorted(seen)] = 0
        return novelty

    def _look_at(self, fresh: Rows) -> None:
        blind, reference = self._blind[fresh].copy().T, self._reference[fresh].copy().T
        for start in range(0, len(self._likeness), _BLOCK):
            rows = slice(start, start + _BLOCK)
            both = self._blind[rows] @ blind
            both += self._reference[rows] @ reference
            np.maximum(self._likeness[rows], both.max(axis=1) / 2, out=self._likeness[rows])
