"""Mixed cosines are those of the mixed vectors, written out; the rotation is the best there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from embeddings.mixing import (
    Mixing,
    MixingError,
    PairTerms,
    fit_rotation,
    mixed_cosines,
    mixed_vectors,
    pair_terms,
)
from tests.embeddings.spaces import space

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


@st.composite
def spaces_and_pairs(draw: st.DrawFn) -> tuple[Vectors, Vectors, Rows, Rows]:
    n = draw(st.integers(2, 14))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=20))
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return draw(space(n)), draw(space(n)), rows[:, 0], rows[:, 1]


def written_out(vectors: Vectors, i: int, j: int) -> float:
    one, other = (vectors[k].astype(np.float64) for k in (i, j))
    length = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / length) if length > 1e-6 else 0.0


@settings(max_examples=60, deadline=None)
@given(spaces_and_pairs(), st.floats(0, 1), st.sampled_from(list(Mixing)))
def test_a_mixed_cosine_is_that_of_the_mixed_vectors(
    given_spaces: tuple[Vectors, Vectors, Rows, Rows], share: float, mixing: Mixing
) -> None:
    blind, reference, first, second = given_spaces
    rotation = fit_rotation(blind, reference)
    (terms,) = pair_terms(blind, reference, rotation, [(first, second)])
    mixed = mixed_vectors(blind, reference, share, mixing, rotation)
    lengths = np.linalg.norm(mixed, axis=1)
    found = mixed_cosines(terms, share, mixing)
    assert len(found) == len(first)
    for k, (i, j) in enumerate(zip(first, second, strict=True)):
        if min(lengths[i], lengths[j]) < 0.05:  # the direction of almost nothing is rounding
            continue
        assert found[k] == pytest.approx(written_out(mixed, i, j), abs=2e-4)


@settings(max_examples=40, deadline=None)
@given(spaces_and_pairs(), st.sampled_from(list(Mixing)))
def test_at_the_ends_it_is_the_encoders_own_cosine_to_the_bit(
    given_spaces: tuple[Vectors, Vectors, Rows, Rows], mixing: Mixing
) -> None:
    blind, reference, first, second = given_spaces
    (terms,) = pair_terms(blind, reference, fit_rotation(blind, reference), [(first, second)])
    assert mixed_cosines(terms, 0.0, mixing).tolist() == terms.blind_cosine.tolist()
    assert mixed_cosines(terms, 1.0, mixing).tolist() == terms.reference_cosine.tolist()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_rotation_keeps_all_cosines_and_none_comes_nearer(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    blind, reference = data.draw(space(n)), data.draw(space(n))
    rotation = fit_rotation(blind, reference)
    width = max(blind.shape[1], reference.shape[1])
    assert rotation.width == width
    assert rotation.matrix @ rotation.matrix.T == pytest.approx(
        np.eye(reference.shape[1]), abs=1e-9
    )
    turned = rotation.turned(reference)
    assert turned @ turned.T == pytest.approx(reference @ reference.T, abs=1e-5)
    padded = [
        np.pad(one.astype(np.float64), ((0, 0), (0, width - one.shape[1])))
        for one in (blind, reference)
    ]
    best, _ = orthogonal_procrustes(padded[1], padded[0])
    ours = np.square(padded[0] - turned).sum()
    assert ours == pytest.approx(np.square(padded[0] - padded[1] @ best).sum(), abs=1e-4)
    if width > 1:
        other = ortho_group.rvs(width, random_state=0)
        assert ours <= np.square(padded[0] - padded[1] @ other).sum() + 1e-4


def test_more_rows_than_are_read_at_once_give_the_same_as_in_one_go() -> None:
    rng = np.random.default_rng(0)
    blind, reference = (rng.normal(size=(9000, d)).astype(np.float32) for d in (3, 5))
    blind /= np.linalg.norm(blind, axis=1, keepdims=True)
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)
    rotation = fit_rotation(blind, reference)
    left, _, right = np.linalg.svd(reference.astype(np.float64).T @ blind, full_matrices=False)
    assert rotation.matrix[:, :3] == pytest.approx(left @ right, abs=1e-5)
    assert rotation.turned(reference) == pytest.approx(reference @ rotation.matrix, abs=1e-5)
    assert rotation.turned(reference, 2).shape == (9000, 2)


def test_two_vectors_that_cancel_out_have_no_direction() -> None:
    one = np.array([1.0])
    gone = PairTerms(one, one, -2 * one, -one, -one)
    assert mixed_cosines(gone, 0.5, Mixing.addition).tolist() == [0.0]
    assert mixed_cosines(gone, 0.5, Mixing.concatenation).tolist() == [1.0]


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_a_share_is_between_0_and_1(share: float) -> None:
    one = np.ones(1)
    with pytest.raises(MixingError, match="between 0 and 1"):
        mixed_cosines(PairTerms(one, one, one, one, one), share, Mixing.addition)
    unit = np.ones((1, 1), dtype=np.float32)
    with pytest.raises(MixingError, match="between 0 and 1"):
        mixed_vectors(unit, unit, share, Mixing.addition, fit_rotation(unit, unit))


def test_a_rotation_needs_the_same_images() -> None:
    rows = np.eye(3, dtype=np.float32)
    with pytest.raises(MixingError, match="same images"):
        fit_rotation(rows, rows[:2])
    with pytest.raises(MixingError, match="same images"):
        fit_rotation(rows[:0], rows[:0])
