"""How many pairs there would be in all, and thresholds that leave few enough."""

import math
from typing import Final

import numpy as np

from embeddings.mining.blocks import BlockDone
from embeddings.mining.deciding import Decider
from embeddings.mining.pairs import Thresholds, TooManyPairs
from embeddings.mining.running import Run
from embeddings.mining.selection import PairColumns, concatenate
from embeddings.mining.tiles import product

_IMAGES: Final = 4096  # of the sample
_ROWS: Final = 512
_ENOUGH: Final = 100  # pairs of the sample that say how many there are in all
_ENOUGH_BEYOND: Final = 30  # pairs of the sample beyond a threshold that is suggested


def too_many_pairs(
    run: Run, decider: Decider, done: BlockDone, max_pairs: int, limit: int | None
) -> TooManyPairs:
    """The error that says how many pairs there are, about, and what to try instead.

    A sample of the images tells, as those compared so far may be unlike the others: folders are
    often in the order of their classes. Where it has few pairs, those found so far tell.
    """
    n_so_far, thresholds = run.buffer.n_added, decider.thresholds
    sampled, n_each = sampled_pairs(decider, run)
    if done.n_compared == done.n_pairs:
        n_estimated = n_so_far
    elif len(sampled) >= _ENOUGH:
        n_estimated = max(n_so_far, round(len(sampled) * n_each))
    else:
        n_estimated = round(n_so_far * done.n_pairs / max(1, done.n_compared))
    # Half of what fits leaves room for what the sample does not show.
    share = max_pairs / n_estimated / 2
    known = sampled if len(sampled) * share >= _ENOUGH_BEYOND else run.buffer.ranked()
    return TooManyPairs(
        n_so_far=n_so_far,
        n_estimated=n_estimated,
        max_pairs=max_pairs,
        thresholds=thresholds,
        tighter=_tighter(known, share, thresholds),
        with_limit=limit is not None,
    )


def sampled_pairs(decider: Decider, run: Run) -> tuple[PairColumns, float]:
    """Pairs among some of the images that pass, by float32 cosines, and how many each stands for.

    With up to 4,096 images these are all of them.
    """
    n_images = len(decider.blind)
    n_sampled = min(n_images, _IMAGES)
    rows = np.sort(np.random.default_rng(0).choice(n_images, n_sampled, replace=False))
    blind, reference, thresholds = decider.blind[rows], decider.reference[rows], decider.thresholds
    parts = []
    for start in range(0, n_sampled, _ROWS):
        some = slice(start, start + _ROWS)
        blind_cosines, reference_cosines = (
            product(vectors[some], vectors[start:]) for vectors in (blind, reference)
        )
        over = (blind_cosines > thresholds.blind_min) & (
            reference_cosines < thresholds.reference_max
        )
        first, second = np.nonzero(np.triu(over, 1))
        cosines = (
            each[first, second].astype(np.float64) for each in (blind_cosines, reference_cosines)
        )
        parts.append(PairColumns(rows[first + start], rows[second + start], *cosines))
    n_each = n_images * (n_images - 1) / max(1, n_sampled * (n_sampled - 1))
    return run.filters.unlike(concatenate(parts)), n_each


def _tighter(pairs: PairColumns, share: float, thresholds: Thresholds) -> list[Thresholds]:
    """One of the two made so strict that this share of the pairs is left."""
    blind_min = math.ceil(float(np.quantile(pairs.blind_cosine, 1 - share)) * 1000) / 1000
    reference_max = math.floor(float(np.quantile(pairs.reference_cosine, share)) * 1000) / 1000
    tighter = []
    if blind_min < 1:
        tighter.append(Thresholds(blind_min, thresholds.reference_max))
    if reference_max > -1:
        tighter.append(Thresholds(thresholds.blind_min, reference_max))
    return tighter
