"""Regions, and counts for several references at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.comparison import Novelty
from embeddings.comparison.regions import farthest_first, find_regions, mean_cosine
from embeddings.mining import MiningError, Thresholds, count_over, mine
from tests.embeddings.spaces import Vectors, space, two_spaces, unit


@given(st.data(), st.integers(0, 12))
def test_the_mean_cosine_is_over_all_pairs(data: st.DataObject, n: int) -> None:
    vectors = data.draw(space(n)).astype(np.float64)
    cosines = (vectors @ vectors.T)[np.triu_indices(n, 1)]
    expected = cosines.mean() if n > 1 else 0.0
    assert mean_cosine(vectors.astype(np.float32)) == pytest.approx(expected, abs=1e-12)


@given(st.data(), st.integers(1, 12), st.integers(1, 15))
def test_farthest_first_always_takes_the_least_alike(
    data: st.DataObject, n: int, n_wanted: int
) -> None:
    vectors = data.draw(space(n))
    chosen = farthest_first(vectors, n_wanted).tolist()
    cosines = vectors @ vectors.T
    assert chosen[0] == 0
    assert len(set(chosen)) == len(chosen) == min(n, n_wanted)
    for step in range(1, len(chosen)):
        likeness = cosines[chosen[:step]].max(axis=0)
        left = [row for row in range(n) if row not in chosen[:step]]
        assert likeness[chosen[step]] <= likeness[left].min() + 1e-5


def test_the_region_that_only_the_blind_encoder_merges_comes_first() -> None:
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(8, 32))
    group = np.repeat(np.arange(8), 30)
    near = 0.05 * rng.normal(size=(240, 32))
    blind = unit(centres[group] + near)
    # The reference takes group 3 apart, and keeps all others together.
    reference = unit(centres[group] + near)
    reference[group == 3] = unit(rng.normal(size=(30, 32)))
    regions = find_regions(blind, reference, seed=0)
    of_three = np.flatnonzero(group == 3)
    assert set(regions[0].rows.tolist()) <= set(of_three.tolist())
    assert regions[0].collapse > 0.8
    for region in regions:
        if not set(region.rows.tolist()) & set(of_three.tolist()):
            assert abs(region.collapse) < 0.1
    again = find_regions(blind, reference, seed=0)
    assert [region.rows.tolist() for region in regions] == [r.rows.tolist() for r in again]


@pytest.mark.parametrize("n", [0, 1, 3, 4, 60])
def test_equal_images_are_one_region_or_few(n: int) -> None:
    rows = np.repeat(unit(np.ones((1, 4))), n, axis=0)
    regions = find_regions(rows, rows, seed=0)
    assert sum(len(region.rows) for region in regions) <= n
    assert (len(regions) > 0) == (n >= 4)
    assert all(region.collapse == pytest.approx(0) for region in regions)


@settings(max_examples=60, deadline=None)
@given(
    spaces=two_spaces(),
    data=st.data(),
    blind_min=st.sampled_from([-1.0, 0.0, 0.5, 0.95]),
    reference_max=st.sampled_from([1.0, 0.75, 0.5, 0.0]),
    block_size=st.integers(1, 22),
)
def test_counts_for_several_references_are_those_of_mining(
    spaces: tuple[Vectors, Vectors],
    data: st.DataObject,
    blind_min: float,
    reference_max: float,
    block_size: int,
) -> None:
    blind, reference = spaces
    references = [reference, data.draw(space(len(blind)))]
    thresholds = Thresholds(blind_min, reference_max)
    expected = [
        mine(blind, each, thresholds, near_duplicate_distance=None).counts.n_over_thresholds
        for each in references
    ]
    assert count_over(blind, references, thresholds, block_size=block_size) == expected


def test_counting_has_dense_and_sparse_tiles() -> None:
    rng = np.random.default_rng(3)
    blind = unit(rng.normal(size=64) + 0.9 * rng.normal(size=(400, 64)))
    references = [unit(rng.normal(size=(400, 32)) + 0.3) for _ in range(2)]
    for blind_min in (-1.0, 0.7):
        thresholds = Thresholds(blind_min, 0.1)
        expected = [mine(blind, each, thresholds).counts.n_over_thresholds for each in references]
        assert min(expected) > 0
        assert count_over(blind, references, thresholds, block_size=150) == expected
    with pytest.raises(MiningError, match="block_size"):
        count_over(blind, references, thresholds, block_size=0)


def test_novelty_given_more_and_then_less() -> None:
    rng = np.random.default_rng(6)
    blind, reference = unit(rng.normal(size=(50, 6))), unit(rng.normal(size=(50, 8)))
    likeness = (blind @ blind.T + reference @ reference.T) / 2
    novelty = Novelty(blind, reference)
    assert np.isnan(novelty.given(frozenset())).all()
    for seen in ([3], [3, 20, 21], [20], [20, 49], []):
        found = novelty.given(frozenset(seen))
        if not seen:
            assert np.isnan(found).all()
            continue
        expected = 1 - likeness[:, seen].max(axis=1)
        expected[seen] = 0
        np.testing.assert_allclose(found, expected, atol=1e-6)
