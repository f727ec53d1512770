"""Mixtures of two encoders' vectors, and how alike two images are in one: closed forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EmbeddingsError
from embeddings.mining.vectors import exact_cosines

Vectors = NDArray[np.float32]
Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]

# DINOv2's share in the paper's table of Additive-MoF (Tong et al. 2024, section 5.1).
PAPER_SHARES: Final = (0.0, 0.25, 0.5, 0.625, 0.75, 1.0)
_ROWS_AT_ONCE: Final = 4096
_VALUES_AT_ONCE: Final = 1 << 16  # their float64 products stay in the cache


class MixingError(EmbeddingsError):
    """A share outside [0, 1], or vectors that cannot be mixed."""


class Mixing(StrEnum):
    """How two unit vectors b (blind) and r (reference) become one, with reference share s.

    ``concatenation`` is [sqrt(1 - s) b, sqrt(s) r], whose cosine is (1 - s) times the blind cosine
    plus s times the reference cosine. ``addition`` is (1 - s) b + s rQ with the rotation Q of
    ``fit_rotation``: the paper's A-MoF, with a closed form where the paper trains an adapter.
    """

    concatenation = "concatenation"
    addition = "addition"


@dataclass(frozen=True)
class Rotation:
    """Turns reference vectors into the blind space without changing any of their cosines.

    Attributes:
        matrix: (reference dimension, width) with orthonormal rows. The width is the larger of the
            two dimensions; a narrower blind vector is filled up with zeros behind its own values.
    """

    matrix: Numbers

    @property
    def width(self) -> int:
        """Of the space that both encoders' vectors are brought into."""
        return int(self.matrix.shape[1])

    def turned(self, reference: Vectors, dimension: int | None = None) -> Vectors:
        """The rows turned: (n, width), or only their first ``dimension`` values."""
        matrix = self.matrix[:, :dimension]
        turned = np.empty((len(reference), matrix.shape[1]), dtype=np.float32)
        for start in range(0, len(reference), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            turned[rows] = reference[rows].astype(np.float64) @ matrix
        return turned


@dataclass(frozen=True)
class PairTerms:
    """All that a pair's mixed cosine depends on, so that another share needs no vectors.

    Attributes:
        blind_cosine: (n,) b_i . b_j; likewise ``reference_cosine``.
        across: (n,) b_i . (r_j Q) + (r_i Q) . b_j, between -2 and 2.
        own_first: (n,) b_i . (r_i Q) of the first image; likewise ``own_second``.
    """

    blind_cosine: Numbers
    reference_cosine: Numbers
    across: Numbers
    own_first: Numbers
    own_second: Numbers

    def __len__(self) -> int:
        return len(self.blind_cosine)


def fit_rotation(blind: Vectors, reference: Vectors) -> Rotation:
    """The rotation Q that brings every image's two vectors nearest: least sum of |b - rQ|^2.

    The orthogonal Procrustes problem (Schoenemann 1966): with the singular value decomposition
    U S V' of the sum of r'b it is UV'. It reads ``_ROWS_AT_ONCE`` rows at a time.

    Args:
        blind: (n, d_b) unit rows; ``reference``: (n, d_r) unit rows of the same images.

    Raises:
        MixingError: there are no images, or not the same number.
    """
    if len(blind) != len(reference) or not len(blind):
        raise MixingError(
            f"A rotation is fitted on the same images: {len(blind):,} have a blind vector, "
            f"{len(reference):,} a reference vector."
        )
    together = np.zeros((reference.shape[1], blind.shape[1]))
    for start in range(0, len(blind), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        together += reference[rows].astype(np.float64).T @ blind[rows].astype(np.float64)
    left, _, right = np.linalg.svd(together, full_matrices=True)
    shared = min(together.shape)
    # A wider reference space keeps its other directions, at right angles to the blind space.
    matrix = np.hstack([left[:, :shared] @ right[:shared], left[:, shared:]])
    return Rotation(matrix)


def pair_terms(
    blind: Vectors, reference: Vectors, rotation: Rotation, pairs: Sequence[tuple[Rows, Rows]]
) -> list[PairTerms]:
    """The terms of each list of pairs (first row, second row); images are turned only once.

    Besides the two matrices it holds one more of the size of ``blind``, and five numbers a pair.
    """
    turned = rotation.turned(reference, blind.shape[1])
    every = np.arange(len(blind))
    own = _products(blind, turned, every, every)
    return [
        PairTerms(
            blind_cosine=exact_cosines(blind, first, second),
            reference_cosine=exact_cosines(reference, first, second),
            across=_products(blind, turned, first, second)
            + _products(blind, turned, second, first),
            own_first=own[first],
            own_second=own[second],
        )
        for first, second in pairs
    ]


def mixed_cosines(terms: PairTerms, share: float, mixing: Mixing) -> Numbers:
    """(n,) cosines of the mixed vectors, in [-1, 1]; two vectors that cancel out count as 0.

    At share 0 they are the blind cosines, at share 1 the reference cosines, for both mixings.

    Raises:
        MixingError: the share is not between 0 and 1.
    """
    check_share(share)
    rest = 1.0 - share
    if mixing is Mixing.concatenation:
        return rest * terms.blind_cosine + share * terms.reference_cosine
    dot = (
        rest**2 * terms.blind_cosine
        + share**2 * terms.reference_cosine
        + rest * share * terms.across
    )
    lengths = np.sqrt(
        _squared_length(terms.own_first, share) * _squared_length(terms.own_second, share)
    )
    cosines = np.divide(dot, lengths, out=np.zeros_like(dot), where=lengths > 0)
    return np.clip(cosines, -1.0, 1.0)


def mixed_vectors(
    blind: Vectors, reference: Vectors, share: float, mixing: Mixing, rotation: Rotation
) -> Vectors:
    """(n, width) the mixed vectors themselves, not scaled to length 1.

    Raises:
        MixingError: the share is not between 0 and 1.
    """
    check_share(share)
    if mixing is Mixing.concatenation:
        parts = [np.sqrt(1 - share) * blind, np.sqrt(share) * reference]
        return np.hstack(parts).astype(np.float32)
    mixed = share * rotation.turned(reference)
    mixed[:, : blind.shape[1]] += (1 - share) * blind
    return mixed


def check_share(share: float) -> None:
    """Refuse what is no share.

    Raises:
        MixingError: it is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:  # also refuses NaN
        raise MixingError(f"The reference share lies between 0 and 1, not {share!r}.")


def _squared_length(own: Numbers, share: float) -> Numbers:
    rest = 1.0 - share
    return np.maximum(rest**2 + share**2 + 2 * rest * share * own, 0.0)


def _products(one: Vectors, other: Vectors, first: Rows, second: Rows) -> Numbers:
    """Dot products of row first[k] of the one and row second[k] of the other, in float64."""
    products = np.empty(len(first), dtype=np.float64)
    step = max(1, _VALUES_AT_ONCE // max(1, one.shape[1]))
    for start in range(0, len(first), step):
        chunk = slice(start, start + step)
        rows = np.multiply(one[first[chunk]], other[second[chunk]], dtype=np.float64)
        products[chunk] = rows.sum(axis=1)
    return products
