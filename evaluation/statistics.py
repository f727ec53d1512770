"""How sure a score is: intervals for shares, and whether two models differ on the same pairs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

_Z: Final = NormalDist().inv_cdf(0.975)  # 95 % lie within so many standard deviations


@dataclass(frozen=True)
class Share:
    """``n`` of ``total`` with its 95 % Wilson interval, as fractions; None if the total is 0."""

    n: int
    total: int
    value: float | None
    low: float | None
    high: float | None


def share(n: int, total: int) -> Share:
    """How large a share is, and between what it lies (Wilson 1927, without continuity correction).

    Raises:
        ValueError: n is negative or larger than the total.
    """
    if not 0 <= n <= total:
        raise ValueError(f"{n} of {total} is no share")
    if total == 0:
        return Share(0, 0, None, None, None)
    # scipy has this too, a thousand times slower, and a page shows thousands
    middle = (n + _Z**2 / 2) / (total + _Z**2)
    half = _Z / (total + _Z**2) * math.sqrt(n * (total - n) / total + _Z**2 / 4)
    low = 0.0 if n == 0 else middle - half
    high = 1.0 if n == total else middle + half
    return Share(n, total, n / total, low, high)


@dataclass(frozen=True)
class Difference:
    """How much more one model gets right than another, on the same cases.

    ``value`` is the difference of the two shares, between -1 and 1, with its 95 % interval.
    ``only_first`` and ``only_second`` count the cases that one of the two alone gets right;
    ``p_value`` is how often chance alone would split them at least as unevenly.
    """

    total: int
    value: float
    low: float
    high: float
    only_first: int
    only_second: int
    p_value: float


def difference(
    first: Sequence[bool], second: Sequence[bool], *, resamples: int = 10_000, seed: int = 0
) -> Difference | None:
    """The first model's share minus the second's, case by case; None if there is no case.

    The interval is the paired percentile bootstrap, the p-value the exact two-sided McNemar test.

    Raises:
        ValueError: the two do not have the same length.
    """
    # imported only here: it takes longer than everything else of a page
    from scipy.stats import binomtest, bootstrap  # noqa: PLC0415

    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} cases cannot be paired")
    if not first:
        return None
    gain = np.asarray(first, dtype=np.int8) - np.asarray(second, dtype=np.int8)
    low = high = float(gain.mean())
    if gain.min() != gain.max():
        # Resampling the differences is resampling the pairs.
        interval = bootstrap(
            (gain,),
            np.mean,
            n_resamples=resamples,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    only_first, only_second = int((gain > 0).sum()), int((gain < 0).sum())
    discordant = only_first + only_second
    p_value = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return Difference(len(first), float(gain.mean()), low, high, only_first, only_second, p_value)
