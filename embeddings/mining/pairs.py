"""What mining takes and gives: thresholds, mined pairs, their counts, and its errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EmbeddingsError


class MiningError(EmbeddingsError):
    """An option of the mining makes no sense."""


class InvalidVectors(EmbeddingsError):
    """The embeddings are not finite float32 unit rows, or the two encoders' do not match."""


class TooManyPairs(EmbeddingsError):
    """More pairs pass the thresholds than may be held in memory.

    Attributes:
        n_so_far: pairs found when the mining stopped.
        n_estimated: pairs expected in all.
        tighter: thresholds to try instead, each with one of the two made stricter; may be empty.
    """

    def __init__(
        self,
        *,
        n_so_far: int,
        n_estimated: int,
        max_pairs: int,
        thresholds: "Thresholds",
        tighter: list["Thresholds"],
        with_limit: bool = False,
    ) -> None:
        self.n_so_far, self.n_estimated, self.tighter = n_so_far, n_estimated, tighter
        tries = [f"{each.blind_min:g} / {each.reference_max:g}" for each in tighter]
        tries.append("a smaller limit" if with_limit else "a limit")
        super().__init__(
            f"Too many pairs: {n_so_far:,} so far have a blind cosine above "
            f"{thresholds.blind_min:g} and a reference cosine below "
            f"{thresholds.reference_max:g}, about {n_estimated:,} in all.",
            hint=f"At most {max_pairs:,} can be held. Try {', or '.join(tries)}.",
        )


@dataclass(frozen=True)
class Thresholds:
    """A pair is mined when blind cosine > blind_min and reference cosine < reference_max, strictly.

    The defaults are the MMVP paper's (Tong et al. 2024, section 2.1).
    """

    blind_min: float = 0.95
    reference_max: float = 0.6

    def __post_init__(self) -> None:
        for name in ("blind_min", "reference_max"):
            value = getattr(self, name)
            if not -1.0 <= value <= 1.0:  # also refuses NaN
                raise MiningError(
                    f"A cosine threshold lies between -1 and 1, not {value!r}.", where=name
                )


@dataclass(frozen=True)
class MiningCounts:
    """How many pairs each step of the mining saw and took away, in the order of the filters.

    n_over_thresholds = n_near_duplicates + n_same_group_dropped + n_over_image_cap
    + n_over_limit + n_kept.
    """

    n_images: int
    n_compared: int
    n_over_thresholds: int
    n_near_duplicates: int
    n_same_group_dropped: int
    n_over_image_cap: int
    n_over_limit: int
    n_kept: int


@dataclass(frozen=True)
class MinedPairs:
    """Pairs of rows, ranked: gap descending, then (first, second) ascending.

    Attributes:
        first: (n,) row of the first image; always smaller than `second`.
        second: (n,) row of the second image.
        blind_cosine: (n,) float64 cosines in [-1, 1], the very numbers that decided.
        reference_cosine: (n,) as `blind_cosine`.
        counts: what each filter took away.
        method: how the pairs were compared, in words.
        n_examined: pairs whose cosines were computed in float64; the rest was ruled out before.
        n_known: images that an earlier run had compared with each other.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    blind_cosine: NDArray[np.float64]
    reference_cosine: NDArray[np.float64]
    counts: MiningCounts
    method: str
    n_examined: int
    n_known: int = 0

    @property
    def gap(self) -> NDArray[np.float64]:
        """Blind minus reference cosine of each pair."""
        return self.blind_cosine - self.reference_cosine

    def __len__(self) -> int:
        return len(self.first)
