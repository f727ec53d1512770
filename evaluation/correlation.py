"""Does CLIP's blindness pass on? Correlation of two models' accuracies by visual pattern."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EvaluationError
from evaluation.published import PublishedCorrelation, published_correlations
from evaluation.statistics import Share

Numbers = NDArray[np.float64]
_FEWEST: Final = 3
# 9! orders of nine patterns are all tried; beyond that it is a sample of them.
_MOST_EXACT: Final = 9
_ROUNDING: Final = 1e-9


class TooFewPatterns(EvaluationError):
    """Two models have fewer patterns in common than a correlation needs."""


@dataclass(frozen=True, kw_only=True)
class PatternAccuracies:
    """One model's pair accuracy by pattern slug; ``published`` if the numbers are the paper's."""

    model: str
    published: bool
    by_pattern: Mapping[str, Share] = field(hash=False)


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """A correlation coefficient with its 95 % bootstrap interval and two-sided permutation p-value.

    The interval resamples the patterns and is None where too few resamples have a coefficient.
    """

    value: float
    low: float | None
    high: float | None
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """How one encoder's and one multimodal LLM's accuracies go together, pattern by pattern.

    The coefficients are None where one of the models has the same accuracy in every pattern.
    ``exact`` says that all orders of the patterns were tried for the p-values, else ``orders`` of
    them by chance. ``by_chance`` is how large Pearson's r gets, up or down, once in twenty times
    where nothing goes together. ``paper`` is what the paper reports of a model of this name.
    """

    vlm: str
    mllm: str
    patterns: tuple[str, ...]
    pearson: Coefficient | None
    spearman: Coefficient | None
    exact: bool
    orders: int
    by_chance: float
    paper: PublishedCorrelation | None


def correlate(
    vlm: PatternAccuracies, mllm: PatternAccuracies, *, resamples: int = 10_000, seed: int = 0
) -> Correlation:
    """Pearson's and Spearman's coefficient over the patterns in which both models have pairs.

    Raises:
        TooFewPatterns: those are fewer than three.
    """
    common = _common(vlm, mllm)
    if len(common) < _FEWEST:
        raise TooFewPatterns(
            f"{vlm.model} and {mllm.model} have {len(common)} patterns in common; a correlation "
            f"needs {_FEWEST}.",
            hint="Score both on benchmarks whose pairs have patterns.",
        )
    x = np.array([vlm.by_pattern[slug].value for slug in common], dtype=np.float64)
    y = np.array([mllm.by_pattern[slug].value for slug in common], dtype=np.float64)
    exact = len(common) <= _MOST_EXACT
    generator = np.random.default_rng(seed)
    orders = _orders(len(common), resamples, generator)
    resampled = generator.integers(len(common), size=(resamples, len(common)))
    return Correlation(
        vlm=vlm.model,
        mllm=mllm.model,
        patterns=common,
        pearson=_coefficient(x, y, lambda values: values, orders, resampled, exact),
        spearman=_coefficient(x, y, _ranks, orders, resampled, exact),
        exact=exact,
        orders=len(orders),
        by_chance=_by_chance(len(common)),
        paper=_paper(mllm.model),
    )


def _common(vlm: PatternAccuracies, mllm: PatternAccuracies) -> tuple[str, ...]:
    return tuple(
        slug
        for slug, share in vlm.by_pattern.items()
        if share.value is not None
        and slug in mllm.by_pattern
        and mllm.by_pattern[slug].value is not None
    )


def _orders(n: int, sample: int, generator: np.random.Generator) -> NDArray[np.intp]:
    if n <= _MOST_EXACT:
        return _all_orders(n)
    return generator.permuted(np.tile(np.arange(n), (sample, 1)), axis=1)


@cache
def _all_orders(n: int) -> NDArray[np.intp]:
    found = np.array(list(permutations(range(n))), dtype=np.intp)
    found.setflags(write=False)
    return found


def _coefficient(
    x: Numbers,
    y: Numbers,
    prepared: Callable[[Numbers], Numbers],
    orders: NDArray[np.intp],
    resampled: NDArray[np.intp],
    exact: bool,
) -> Coefficient | None:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    across, up = prepared(x[None]), prepared(y[None])
    value = float(_pearson(across, up)[0])
    p_value = _p_value(value, _pearson(across, up[0][orders]), exact)
    found = _pearson(prepared(x[resampled]), prepared(y[resampled]))
    known = found[~np.isnan(found)]
    low = high = None
    if len(known) > len(found) / 2:
        low, high = (float(bound) for bound in np.quantile(known, (0.025, 0.975)))
    return Coefficient(value=value, low=low, high=high, p_value=p_value)


def _pearson(x: Numbers, y: Numbers) -> Numbers:
    """Row by row, NaN where a row has one value only; shapes (n or 1, k)."""
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    length = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = np.where(length > _ROUNDING, (x * y).sum(axis=1) / length, np.nan)
    return np.clip(found, -1, 1)


def _ranks(values: Numbers) -> Numbers:
    """Ranks within each row, equal values share the mean of theirs."""
    from scipy.stats import rankdata  # noqa: PLC0415

    found: Numbers = rankdata(values, axis=1)
    return found


def _p_value(value: float, of_orders: Numbers, exact: bool) -> float:
    """Twice the smaller tail, as scipy has it; a sample of orders counts the one that was seen."""
    extra = 0 if exact else 1
    tails = [
        (int((of_orders >= value - _ROUNDING).sum()) + extra) / (len(of_orders) + extra),
        (int((of_orders <= value + _ROUNDING).sum()) + extra) / (len(of_orders) + extra),
    ]
    return min(1.0, 2 * min(tails))


def _by_chance(n: int) -> float:
    from scipy.stats import t  # noqa: PLC0415

    bound = float(t.ppf(0.975, n - 2))
    return bound / math.sqrt(n - 2 + bound**2)


def _paper(model: str) -> PublishedCorrelation | None:
    """What the paper says of a model of this name, in whatever dress: llava-1.5-7b is LLaVA-1.5."""
    plain = _plain(model)
    return next((one for one in published_correlations() if _plain(one.model) in plain), None)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
