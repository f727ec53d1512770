"""Suggested thresholds: the grid's counts are exact and the rule is the documented one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.mining import MiningError, Suggestion, Thresholds, mine, suggest


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    rows = np.asarray(rows, dtype=np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def planted(cosines: list[tuple[float, float]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pairs of images with these blind and reference cosines, orthogonal to all other images."""
    n = len(cosines)
    spaces = []
    for side in (0, 1):
        rows = np.zeros((2 * n, 2 * n))
        for pair, both in enumerate(cosines):
            rows[2 * pair, 2 * pair] = 1
            rows[2 * pair + 1, 2 * pair] = both[side]
            rows[2 * pair + 1, 2 * pair + 1] = math.sqrt(1 - both[side] ** 2)
        spaces.append(unit(rows))
    return spaces[0], spaces[1]


def assert_counts_are_exact(
    blind: NDArray[np.float32], reference: NDArray[np.float32], suggestion: Suggestion
) -> None:
    rows = [vectors.astype(np.float64) for vectors in (blind, reference)]
    i, j = np.triu_indices(len(blind), 1)
    b, r = ((vectors[i] * vectors[j]).sum(axis=1) for vectors in rows)
    for row, blind_min in enumerate(suggestion.blind_grid):
        for column, reference_max in enumerate(suggestion.reference_grid):
            expected = int(((b > blind_min) & (r < reference_max)).sum())
            assert suggestion.counts[row, column] == expected


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 60),
    spread=st.sampled_from([0.05, 0.3, 1.0]),
    block_size=st.integers(1, 70),
)
def test_counts_equal_brute_force(seed: int, n: int, spread: float, block_size: int) -> None:
    rng = np.random.default_rng(seed)
    blind = unit(1 + spread * rng.normal(size=(n, 12)))
    reference = unit(0.5 + rng.normal(size=(n, 9)))
    suggestion = suggest(blind, reference, n_pairs=20, block_size=block_size)
    assert suggestion.counts.shape == (20, 13)
    assert_counts_are_exact(blind, reference, suggestion)


def test_pairs_planted_on_the_grid_are_counted_exactly() -> None:
    cosines = [
        (blind + off, reference - off)
        for blind in (0.80, 0.85, 0.95, 0.99)
        for reference in (0.3, 0.6, 0.9)
        for off in (-1e-6, -1e-7, 0.0, 1e-7, 1e-6)
    ]
    blind, reference = planted(cosines)
    for block_size in (7, 120):
        suggestion = suggest(blind, reference, n_pairs=1, block_size=block_size)
        assert_counts_are_exact(blind, reference, suggestion)


@pytest.mark.parametrize("n_others", [0, 30])
def test_a_cosine_on_a_reference_threshold_is_not_below_it(n_others: int) -> None:
    # 0.5 is the dot of these two rows to the last bit; the others make the tile sparse.
    reference = np.zeros((2 + n_others, 4 + n_others), dtype=np.float32)
    reference[0, 0] = 1
    reference[1, :4] = 0.5
    blind = np.zeros_like(reference)
    blind[:2, 0] = 1
    for row in range(2, 2 + n_others):
        reference[row, row + 2] = blind[row, row + 2] = 1
    suggestion = suggest(blind, reference)
    counts = dict(zip(suggestion.reference_grid, suggestion.counts[0].tolist(), strict=True))
    assert (counts[0.5], counts[0.55]) == (0, 1)


def test_the_papers_thresholds_come_first() -> None:
    blind, reference = planted([(0.97, 0.5)] * 3 + [(0.9, 0.1)] * 9)
    suggestion = suggest(blind, reference, n_pairs=3)
    assert suggestion.recommended == Thresholds(0.95, 0.6)
    assert suggestion.n_at_recommended == 3


def test_too_few_pairs_relax_to_the_largest_difference_of_thresholds() -> None:
    blind, reference = planted([(0.97, 0.5)] * 3 + [(0.925, 0.5)] * 2 + [(0.97, 0.72)] * 2)
    suggestion = suggest(blind, reference, n_pairs=5)
    # 0.92 / 0.60 (difference 0.32) beats 0.95 / 0.75 (0.20).
    assert suggestion.recommended == Thresholds(0.92, 0.6)
    assert suggestion.n_at_recommended == 5
    assert len(mine(blind, reference, suggestion.recommended)) == 5
    # Of 0.90 / 0.60 and 0.95 / 0.65, equally far apart, the blinder.
    blind, reference = planted([(0.905, 0.5), (0.955, 0.63)])
    assert suggest(blind, reference, n_pairs=1).recommended == Thresholds(0.95, 0.65)


def test_nothing_is_recommended_when_the_loosest_gives_too_few() -> None:
    blind, reference = planted([(0.97, 0.5)] * 3)
    suggestion = suggest(blind, reference, n_pairs=4)
    assert suggestion.recommended is None
    assert suggestion.n_at_recommended == 0


def test_progress_and_senseless_options() -> None:
    blind, reference = planted([(0.97, 0.5)] * 3)
    calls: list[tuple[int, int]] = []
    suggest(blind, reference, block_size=3, progress=lambda *done: calls.append(done))
    assert calls == [(3, 15), (15, 15)]  # after 3 and 6 images
    for name in ("n_pairs", "block_size"):
        with pytest.raises(MiningError, match=name):
            suggest(blind, reference, **{name: 0})
