"""What the figures draw: maps, pairs, a selection and a histogram, as plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Colour = Literal["gap", "state", "label", "none"]


@dataclass(frozen=True)
class MapData:
    """Both maps of n images, and the m pairs between them, widest gap first.

    Attributes:
        points: of each role (n, 2) coordinates.
        labels: (n,) position in `label_names`; another number for an image with none of them.
        first: (m,) position of each pair's first image; likewise `second`.
        gap: (m,) blind minus reference cosine.
        states: (m,) name of each pair's state.
        names: of the encoder in each role.
    """

    image_ids: NDArray[np.int64]
    points: Mapping[str, NDArray[np.float64]]
    labels: NDArray[np.int64]
    label_names: Sequence[str]
    pair_ids: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    gap: NDArray[np.float64]
    states: Sequence[str]
    names: Mapping[str, str]

    def positions_of(self, image_ids: Sequence[int]) -> NDArray[np.int64]:
        """Where these images stand, in the order of the map; unknown ones are left out."""
        return np.flatnonzero(np.isin(self.image_ids, np.array(image_ids, dtype=np.int64)))


@dataclass(frozen=True)
class Selection:
    """What a figure points out: images, and perhaps one pair."""

    image_ids: Sequence[int] = field(default_factory=tuple)
    pair_id: int | None = None


@dataclass(frozen=True)
class HistogramData:
    """Pairs by both cosines.

    Attributes:
        counts: (b, r) pairs with a blind cosine in bin b and a reference cosine in bin r.
        blind_edges: (b + 1,) ascending; likewise `reference_edges`.
        exact_above: counts of pairs with a blind cosine above this are exact, others estimated.
        sample_scale: how many pairs each sampled one stands for; 0 if none was sampled.
        names: of the encoder in each role.
    """

    counts: NDArray[np.float64]
    blind_edges: NDArray[np.float64]
    reference_edges: NDArray[np.float64]
    exact_above: float
    sample_scale: float
    names: Mapping[str, str]

    def inside(self, blind_min: float, reference_max: float) -> "Inside":
        """The pairs over one and under the other threshold, each moved to the nearest edge."""
        row = int(np.abs(self.blind_edges - blind_min).argmin())
        column = int(np.abs(self.reference_edges - reference_max).argmin())
        n = float(self.counts[row:, :column].sum())
        sampled = self.blind_edges[:-1] < self.exact_above - 1e-9
        n_sampled = float(self.counts[row:, :column][sampled[row:]].sum())
        return Inside(
            blind_min=float(self.blind_edges[row]),
            reference_max=float(self.reference_edges[column]),
            n_pairs=round(n),
            exact=not bool(sampled[row:].any()),
            standard_error=float(np.sqrt(n_sampled * self.sample_scale)),
        )


@dataclass(frozen=True)
class Inside:
    """How many pairs lie inside two thresholds.

    Attributes:
        exact: whether each of them was counted.
        standard_error: of an estimated number; 0 when exact.
    """

    blind_min: float
    reference_max: float
    n_pairs: int
    exact: bool
    standard_error: float

    @property
    def words(self) -> str:
        """As a figure says it."""
        text = f"{self.n_pairs:,} pair" + ("" if self.n_pairs == 1 else "s")
        return text if self.exact else f"≈ {text} (± {self.standard_error:,.0f})"
