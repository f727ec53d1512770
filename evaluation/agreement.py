"""How far people agree, and how far beyond chance; from plain labels, whatever they are about."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import krippendorff
import numpy as np
from numpy.typing import NDArray

from evaluation.statistics import Share, share

Labels = Mapping[Hashable, Mapping[str, str]]
"""What each person said about each item: item, person, label. Not everybody sees every item."""

LEAST = 10  # items; below it a coefficient says more about chance than about people
_RESAMPLES = 400


class Silence(StrEnum):
    """Why there is no number: too few items in common, or everybody always said the same."""

    too_few = "too_few"
    one_category = "one_category"


@dataclass(frozen=True)
class Coefficient:
    """Agreement beyond chance in ``n`` items: 1 is perfect, 0 what chance gives, below is worse.

    ``value`` is None if there is a reason ``why``. ``low`` and ``high`` are a 95 % bootstrap
    interval over the items, where one was asked for.
    """

    value: float | None
    n: int
    why: Silence | None = None
    low: float | None = None
    high: float | None = None


def overlapping(labels: Labels) -> dict[Hashable, Mapping[str, str]]:
    """The items that at least two people labelled."""
    return {item: said for item, said in labels.items() if len(said) > 1}


def couples(labels: Labels) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """For each two people, in alphabetical order, their labels of every item they share."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for said in labels.values():
        for one, other in combinations(sorted(said), 2):
            found.setdefault((one, other), []).append((said[one], said[other]))
    return dict(sorted(found.items()))


def against_others(labels: Labels, person: str) -> list[tuple[str, str]]:
    """One person's label beside each other person's, of every item they share."""
    return [
        (said[person], label)
        for said in labels.values()
        if person in said
        for other, label in sorted(said.items())
        if other != person
    ]


def raw_agreement(labels: Labels) -> Share:
    """How many of all couples of labels of the same item are equal; chance is not taken out.

    The interval treats couples as independent; where more than two people label an item they are
    not quite.
    """
    return equal_share([both for found in couples(labels).values() for both in found])


def equal_share(pairs: Sequence[tuple[str, str]]) -> Share:
    """How many of these couples of labels are equal."""
    return share(sum(one == other for one, other in pairs), len(pairs))


def kappa(pairs: Sequence[tuple[str, str]], *, least: int = LEAST) -> Coefficient:
    """Cohen's kappa of two people's labels of the same items (Cohen 1960).

    None if there are fewer than ``least``, or only one label was ever given: then chance explains
    everything and kappa is 0 / 0.
    """
    # imported only here: it takes longer than everything else of a page
    from sklearn.metrics import cohen_kappa_score  # noqa: PLC0415

    if why := _silence(len(pairs), {label for both in pairs for label in both}, least):
        return Coefficient(None, len(pairs), why)
    first, second = zip(*pairs, strict=True)
    return Coefficient(float(cohen_kappa_score(first, second)), len(pairs))


def alpha(labels: Labels, *, least: int = LEAST, interval: bool = False) -> Coefficient:
    """Krippendorff's alpha for nominal labels by any number of people (Krippendorff 2011).

    Items that fewer than two people labelled do not count. None if fewer than ``least`` are left,
    or only one label was ever given.

    Args:
        interval: with a bootstrap interval; always the same for the same labels.
    """
    common = overlapping(labels)
    used = sorted({label for said in common.values() for label in said.values()})
    if why := _silence(len(common), set(used), least):
        return Coefficient(None, len(common), why)
    counts = np.array(
        [[list(said.values()).count(label) for label in used] for said in common.values()]
    )
    value = _alpha(counts)
    low, high = _bootstrap(counts) if interval else (None, None)
    return Coefficient(value, len(common), None, low, high)


def _silence(n: int, used: set[str], least: int) -> Silence | None:
    if n < max(1, least):
        return Silence.too_few
    return Silence.one_category if len(used) < 2 else None


def _alpha(counts: NDArray[np.int64]) -> float:
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _bootstrap(counts: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """2.5th and 97.5th percentile over items drawn with replacement."""
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    random = np.random.default_rng(0)
    drawn = random.multinomial(len(counts), times / len(counts), size=_RESAMPLES)
    values = alphas(kinds, drawn)
    if not len(values):
        return None, None
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def alphas(kinds: NDArray[np.int64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nominal alpha of many draws at once, which the library would do one by one.

    Draws in which only one label was given have none and are left out.

    Args:
        kinds: items that differ, by label how many people gave it, (kinds, labels).
        drawn: how often each of them came, (draws, kinds).
    """
    equal = (kinds * (kinds - 1)).sum(axis=1) / (kinds.sum(axis=1) - 1)
    n_of = (drawn @ kinds).astype(np.float64)
    n = n_of.sum(axis=1)
    expected = n**2 - (n_of**2).sum(axis=1)
    defined = expected > 0
    seen = (n - 1) * (n - drawn @ equal)
    return np.asarray(1 - seen[defined] / expected[defined], np.float64)


def confusion(labels: Labels, categories: Sequence[str]) -> list[list[int]]:
    """How often two people called the same item this and that: symmetric, as nobody is the truth.

    The diagonal counts couples of people who said the same, each other cell those of whom one
    said the row's label and the other the column's. The upper triangle sums to all couples.
    """
    index = {label: n for n, label in enumerate(categories)}
    matrix = [[0] * len(categories) for _ in categories]
    for found in couples(labels).values():
        for one, other in found:
            row, column = index[one], index[other]
            matrix[row][column] += 1
            if row != column:
                matrix[column][row] += 1
    return matrix
