"""Which blind pairs a mixture of two encoders tells apart, at every share of the reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embeddings.mixing import Mixing, MixingError, Numbers, PairTerms, Rows, mixed_cosines

N_BACKGROUND: Final = 1 << 18
# The rank of a limit among sampled pairs rests on at least so many of them.
_FEWEST_ABOVE: Final = 20


@dataclass(frozen=True)
class Background:
    """Pairs of any two images: what a mixed cosine is compared with.

    Attributes:
        n_pairs: how many pairs of two images there are; ``terms`` are of all or of a sample.
    """

    terms: PairTerms
    n_pairs: int

    @property
    def is_sample(self) -> bool:
        """Whether not all pairs were looked at."""
        return len(self.terms) < self.n_pairs


@dataclass(frozen=True)
class Limits:
    """The highest mixed cosine that a resolved pair may have, at each share.

    Attributes:
        by_share: (n_shares,) cosines; infinite where there is no pair to compare with.
        n_above: so many background pairs lie above; None for one fixed limit.
        n_background: of so many that were looked at.
    """

    by_share: Numbers
    n_above: int | None = None
    n_background: int = 0


def background_pairs(
    n_images: int, *, most: int = N_BACKGROUND, seed: int = 0
) -> tuple[Rows, Rows]:
    """All pairs of rows where there are at most ``most``; else so many drawn, each as likely.

    Ordered by first and second row, first < second; a drawn pair may come twice.
    """
    if n_images * (n_images - 1) // 2 <= most:
        first, second = np.triu_indices(n_images, 1)
        return first.astype(np.int64), second.astype(np.int64)
    rng = np.random.default_rng(seed)
    one = rng.integers(0, n_images, most)
    other = rng.integers(0, n_images - 1, most)
    other += other >= one
    first, second = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((second, first))  # neighbouring rows are read together
    return first[order], second[order]


def fixed_limits(limit: float, shares: Sequence[float]) -> Limits:
    """The same limit for every mixture, such as the threshold that the pairs were mined with."""
    return Limits(np.full(len(shares), limit))


def ranked_limits(
    background: Background, mixing: Mixing, shares: Sequence[float], n_above: int
) -> Limits:
    """In each mixture the cosine that ``n_above`` of the background pairs exceed.

    A pair at or under it is not among the so many most alike pairs of that mixture.
    """
    n = len(background.terms)
    if n_above < 0:
        raise MixingError(f"{n_above} pairs cannot lie above a limit.")
    if n_above >= n:
        return Limits(np.full(len(shares), np.inf if n == 0 else -np.inf), n_above, n)
    place = n - 1 - n_above
    limits = [
        np.partition(mixed_cosines(background.terms, share, mixing), place)[place]
        for share in shares
    ]
    return Limits(np.array(limits), n_above, n)


def rank_of(background: Background, blind_min: float) -> int:
    """How many background pairs the blind encoder alone finds more alike than its threshold.

    Of a sample at least 20, for fewer would make the limit a matter of chance: the limit is then
    stricter than the threshold.
    """
    n_above = int((background.terms.blind_cosine > blind_min).sum())
    if background.is_sample:
        return max(n_above, min(_FEWEST_ABOVE, len(background.terms) - 1))
    return n_above


def resolved_by_share(
    terms: PairTerms, mixing: Mixing, shares: Sequence[float], limits: Limits
) -> Iterator[NDArray[np.bool_]]:
    """For each share in turn which of the pairs are resolved: mixed cosine at or under its limit.

    One share's cosines are held at a time.
    """
    if len(limits.by_share) != len(shares):
        raise MixingError(f"{len(limits.by_share)} limits do not match {len(shares)} shares.")
    for share, limit in zip(shares, limits.by_share, strict=True):
        yield mixed_cosines(terms, share, mixing) <= limit
