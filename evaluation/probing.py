"""Linear probes: can a straight cut through an encoder's space tell a label? Judged by pair."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from evaluation.errors import EvaluationError
from evaluation.statistics import share

Rows = NDArray[np.int64]
Numbers = NDArray[np.float64]
Right = NDArray[np.bool_]

FEWEST_GROUPS: Final = 20
_RESAMPLES: Final = 2000
_RESAMPLED_AT_ONCE: Final = 200
_SPLITS_OF_TRAINING: Final = 4  # a quarter of it chooses the regularisation


class TooFewLabels(EvaluationError):
    """There is not enough that is labelled to train a probe and to judge it."""


@dataclass(frozen=True)
class ProbeOptions:
    """How a probe is trained.

    Attributes:
        folds: each sample is judged by a probe that was trained on the other folds.
        strengths: inverse regularisations to choose from within the training part of each fold.
    """

    folds: int = 5
    strengths: Sequence[float] = (0.01, 0.1, 1.0, 10.0)
    seed: int = 0


@dataclass(frozen=True)
class ProbeTask:
    """What a probe is to tell.

    Attributes:
        name: of the label, or the two answers; ``pattern`` is the visual pattern's slug or empty.
        rows: (n,) row of each sample's image in the features; an image may be in two samples.
        labels: the right value of each sample.
        groups: (n,) samples of one group are never on both sides of training and test.
        pairs: (m, 2) samples that are a candidate pair and differ in their label.
    """

    name: str
    pattern: str
    rows: Rows
    labels: Sequence[str]
    groups: Rows
    pairs: Rows


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ProbeScore:
    """How often the probe on one kind of features is right.

    Attributes:
        images: share of the samples; ``pairs``: share of the pairs with both right, None if there
            are no pairs.
        gain: ``images`` less that of the first kind of features; None for that one itself.
    """

    features: str
    images: Interval
    pairs: Interval | None
    gain: Interval | None


@dataclass(frozen=True)
class Probed:
    """One task with the scores of all features.

    Attributes:
        majority: what always answering with the commonest label scores.
        n_left_out: samples whose label is too rare to be learnt.
    """

    name: str
    pattern: str
    labels: tuple[str, ...]
    n_images: int
    n_pairs: int
    n_groups: int
    n_left_out: int
    majority: float
    scores: tuple[ProbeScore, ...]


def linked_groups(n: int, pairs: Rows) -> Rows:
    """(n,) number of each sample's group: those that pairs link, directly or not, share one."""
    ones = np.ones(len(pairs), dtype=np.int8)
    links = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    groups: Rows = connected_components(links, directed=False)[1].astype(np.int64)
    return groups


def linear_probe(
    task: ProbeTask,
    features: Mapping[str, NDArray[np.float32]],
    options: ProbeOptions | None = None,
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> Probed:
    """Trains and judges a logistic regression on each kind of features, on the same folds.

    Args:
        features: by name; (n_images, width) each. The first is what the others are compared with.
        on_fold: called after each fold of each kind of features.

    Raises:
        TooFewLabels: says what is missing.
    """
    options = options or ProbeOptions()
    kept = _learnable(task, options.folds)
    n_groups = len(np.unique(task.groups))
    task = _only(task, kept)
    _check_groups(task, n_groups, options.folds)
    names, codes = np.unique(np.array(task.labels), return_inverse=True)
    folds = list(_folds(codes, task.groups, options.folds, options.seed))
    right = {
        name: _cross_validated(vectors[task.rows], codes, task.groups, folds, options, on_fold)
        for name, vectors in features.items()
    }
    first = next(iter(right.values()))
    scores = tuple(
        ProbeScore(
            features=name,
            images=_accuracy(found, task.groups, options.seed),
            pairs=_pair_accuracy(found, task, options.seed),
            gain=None if found is first else _gain(found, first, task.groups, options.seed),
        )
        for name, found in right.items()
    )
    return Probed(
        name=task.name,
        pattern=task.pattern,
        labels=tuple(str(name) for name in names),
        n_images=len(codes),
        n_pairs=len(task.pairs),
        n_groups=len(np.unique(task.groups)),
        n_left_out=int((~kept).sum()),
        majority=float(np.bincount(codes).max() / len(codes)),
        scores=scores,
    )


def _learnable(task: ProbeTask, folds: int) -> Right:
    """Samples whose label comes in at least two groups for each fold."""
    by_label = Counter(label for label, _ in set(zip(task.labels, task.groups, strict=True)))
    return np.array([by_label[label] >= 2 * folds for label in task.labels], dtype=bool)


def _only(task: ProbeTask, kept: Right) -> ProbeTask:
    place = np.cumsum(kept) - 1
    whole = kept[task.pairs].all(axis=1) if len(task.pairs) else np.zeros(0, dtype=bool)
    return ProbeTask(
        name=task.name,
        pattern=task.pattern,
        rows=task.rows[kept],
        labels=[label for label, keep in zip(task.labels, kept, strict=True) if keep],
        groups=task.groups[kept],
        pairs=place[task.pairs[whole]].reshape(-1, 2),
    )


def _check_groups(task: ProbeTask, n_groups: int, folds: int) -> None:
    sizes = np.unique(task.groups, return_counts=True)[1]
    n_labels = len(set(task.labels))
    if n_labels < 2 or len(sizes) < FEWEST_GROUPS:
        raise TooFewLabels(
            f"Too few: {n_groups:,} independent pairs or images; labels in at least {2 * folds} of "
            f"them: {n_labels}. A probe needs {FEWEST_GROUPS} and 2.",
            where=task.name,
        )
    if 2 * sizes.max() > sizes.sum():
        raise TooFewLabels(
            f"Too linked: pairs chain {sizes.max():,} of {sizes.sum():,} images together, and none "
            "of them may be on both sides of training and test.",
            where=task.name,
            hint="Mine with `--max-per-image 1`.",
        )


def _folds(codes: Rows, groups: Rows, n: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    splitter = StratifiedGroupKFold(n_splits=n, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(codes)), codes, groups)


def _cross_validated(
    vectors: NDArray[np.float32],
    codes: Rows,
    groups: Rows,
    folds: Sequence[tuple[Rows, Rows]],
    options: ProbeOptions,
    on_fold: Callable[[], None],
) -> Right:
    # One factor for all columns: the parts of a mixture keep their weights.
    scale = np.sqrt(vectors.shape[1] / np.square(vectors, dtype=np.float64).sum(axis=1).mean())
    scaled = vectors.astype(np.float64) * scale
    right = np.zeros(len(codes), dtype=bool)
    for train, test in folds:
        strength = _strength(scaled[train], codes[train], groups[train], options)
        probe = _fitted(scaled[train], codes[train], strength)
        right[test] = probe.predict(scaled[test]) == codes[test]
        on_fold()
    return right


def _strength(vectors: Numbers, codes: Rows, groups: Rows, options: ProbeOptions) -> float:
    """What does best on a part of the training samples; the strongest regularisation of equals."""
    if len(options.strengths) == 1:
        return options.strengths[0]
    train, judged = next(_folds(codes, groups, _SPLITS_OF_TRAINING, options.seed))
    if len(np.unique(codes[train])) < 2:
        return min(options.strengths)
    by_strength = {
        strength: _fitted(vectors[train], codes[train], strength).score(
            vectors[judged], codes[judged]
        )
        for strength in sorted(options.strengths)
    }
    return max(by_strength, key=lambda strength: by_strength[strength])


def _fitted(vectors: Numbers, codes: Rows, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=1000, tol=1e-3).fit(vectors, codes)


def _accuracy(right: Right, groups: Rows, seed: int) -> Interval:
    if right.all() or not right.any():  # resampling would show no doubt at all
        n = len(np.unique(groups))
        found = share(n if right.all() else 0, n)
        return Interval(float(right.mean()), found.low or 0.0, found.high or 0.0)
    return _resampled(right.astype(np.float64), groups, seed)


def _pair_accuracy(right: Right, task: ProbeTask, seed: int) -> Interval | None:
    if not len(task.pairs):
        return None
    both: Right = right[task.pairs[:, 0]] & right[task.pairs[:, 1]]
    return _accuracy(both, task.groups[task.pairs[:, 0]], seed)


def _gain(right: Right, first: Right, groups: Rows, seed: int) -> Interval:
    return _resampled(right.astype(np.float64) - first.astype(np.float64), groups, seed)


def _resampled(values: Numbers, groups: Rows, seed: int) -> Interval:
    """The mean with its percentile bootstrap interval; whole groups are drawn."""
    _, group = np.unique(groups, return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    n, rng = len(sums), np.random.default_rng(seed)
    means = []
    for start in range(0, _RESAMPLES, _RESAMPLED_AT_ONCE):
        drawn = rng.multinomial(n, np.full(n, 1 / n), min(_RESAMPLED_AT_ONCE, _RESAMPLES - start))
        means.append((drawn @ sums) / (drawn @ sizes))
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return Interval(float(values.mean()), float(low), float(high))
