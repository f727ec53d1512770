"""What the miniature measured: accuracies over seeds and cases, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000


@dataclass(frozen=True)
class Accuracy:
    """A share right, 0 to 1, with its 95 % interval, and how far it is from the blind alone.

    The interval is the percentile bootstrap over seeds and cases at once. ``gain`` compares the
    same cases and seeds; it is None for the blind encoder alone.
    """

    value: float
    low: float
    high: float
    by_seed: tuple[float, ...]
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


def accuracy(
    right: NDArray[np.bool_],
    cases: Sequence[int] | NDArray[np.int64],
    alone: NDArray[np.bool_] | None = None,
    *,
    seed: int = 0,
) -> Accuracy:
    """How many are right.

    Args:
        right: (seeds, answers) whether an answer is right.
        cases: (answers,) which image or pair an answer belongs to: these are resampled whole.
        alone: what the blind encoder alone has right, of the same shape.

    Raises:
        ValueError: there is no seed, or no answer.
    """
    if right.size == 0:
        raise ValueError("no answer to count")
    sums, sizes = _by_case(right, cases)
    drawn = _drawn(len(right), len(sizes), seed)
    low, high = _interval(sums, sizes, drawn)
    by_seed = tuple(round(float(value), 5) for value in right.mean(axis=1))
    value = float(right.mean())
    if alone is None:
        return Accuracy(value, low, high, by_seed)
    gain = sums - _by_case(alone, cases)[0]
    gain_low, gain_high = _interval(gain, sizes, drawn)
    return Accuracy(value, low, high, by_seed, value - float(alone.mean()), gain_low, gain_high)


def _by_case(
    right: NDArray[np.bool_], cases: Sequence[int] | NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    _, row = np.unique(np.asarray(cases), return_inverse=True)
    sizes = np.bincount(row).astype(np.float64)
    counted = [np.bincount(row, weights=one, minlength=len(sizes)) for one in right]
    sums = np.stack(counted).astype(np.float64)
    return sums, sizes


Drawn = tuple[NDArray[np.int64], NDArray[np.int64]]


def _drawn(n_seeds: int, n_cases: int, seed: int) -> Drawn:
    """(resamples, seeds) and (resamples, cases): how often each is drawn."""
    generator = np.random.default_rng(seed)
    seeds = generator.multinomial(n_seeds, [1 / n_seeds] * n_seeds, size=_RESAMPLES)
    cases = generator.multinomial(n_cases, [1 / n_cases] * n_cases, size=_RESAMPLES)
    return seeds, cases


def _interval(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], drawn: Drawn
) -> tuple[float, float]:
    seeds, cases = drawn
    found = np.einsum("rs,sc,rc->r", seeds, sums, cases, optimize=True)
    found /= seeds.sum(axis=1) * (cases @ sizes)
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
