"""An order of pairs in which the first differ most from each other, and guesses by likeness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.progress import Progress

Vectors = NDArray[np.float32]
_ROWS_AT_ONCE = 4096


def contents(blind: tuple[Vectors, Vectors], reference: tuple[Vectors, Vectors]) -> Vectors:
    """What each pair depicts, in both spaces: unit rows of shape (n_pairs, d_blind + d_reference).

    The mean of a pair's two vectors in each space, each of the same weight; which image is first
    makes no difference.

    Args:
        blind: unit vectors of the first and second images, each (n_pairs, d_blind).
        reference: the same in the reference space.
    """
    means = [_unit(first + second) for first, second in (blind, reference)]
    return np.concatenate(means, axis=1) / np.float32(np.sqrt(2))


def differences(first: Vectors, second: Vectors) -> Vectors:
    """In which direction the images of each pair differ: unit rows; the sign means nothing."""
    return _unit(first - second)


def _unit(rows: Vectors) -> Vectors:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = (rows / np.maximum(length, 1e-12)).astype(np.float32)
    return unit


def farthest_first(
    features: Vectors, n_wanted: int, *, progress: Progress | None = None
) -> NDArray[np.int64]:
    """Greedy farthest-first order: each row is the one least like all rows before it.

    Begins with row 0. "Like" is the cosine with the nearest row chosen so far; of rows that are
    equally far the lowest comes first. Takes n_wanted * n_rows * dimension multiplications.

    Args:
        features: unit rows, (n_rows, dimension).

    Returns:
        The first min(n_wanted, n_rows) rows in order.
    """
    n_wanted = min(n_wanted, len(features))
    chosen = np.zeros(n_wanted, dtype=np.int64)
    nearest = np.full(len(features), -np.inf, dtype=np.float32)
    row = 0
    for step in range(n_wanted):
        if step:
            row = int(np.argmin(nearest))
        chosen[step] = row
        np.maximum(nearest, features @ features[row], out=nearest)
        nearest[row] = np.inf
        if progress is not None:
            progress(step + 1, n_wanted)
    return chosen


@dataclass(frozen=True)
class Guess:
    """The label of the nearest known difference, and how near it is (absolute cosine)."""

    label: str
    cosine: float


def nearest_labels(
    unknown: Vectors, known: Vectors, labels: Sequence[str], *, leave_out_same: bool = False
) -> list[Guess]:
    """The label of the known difference that each unknown one is most like, whatever the signs.

    Args:
        leave_out_same: row i of both is the same pair and does not count for itself, to measure
            how often the guess is right.
    """
    guesses: list[Guess] = []
    for start in range(0, len(unknown), _ROWS_AT_ONCE):
        likeness = np.abs(unknown[start : start + _ROWS_AT_ONCE] @ known.T)
        if leave_out_same:
            rows = np.arange(len(likeness))
            likeness[rows, start + rows] = -1
        best = likeness.argmax(axis=1)
        guesses += [
            Guess(labels[column], float(likeness[row, column])) for row, column in enumerate(best)
        ]
    return guesses
