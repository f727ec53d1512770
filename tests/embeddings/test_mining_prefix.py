"""The prefix filter loses no pair: against brute force, in every dtype, width and block size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.mining import Thresholds, mine
from embeddings.mining.plan import PrefixPlan, quickest_dtype, quickest_plan
from embeddings.mining.prefix import PrefixFeatures, fit_basis
from tests.embeddings.test_mining import assert_same, at_cosine, brute_force, spaces, unit

Vectors = NDArray[np.float32]
DTYPES = ["bfloat16", "float16", "float32"]
plans = st.builds(PrefixPlan, st.sampled_from([8, 16, 32, 128]), st.sampled_from(DTYPES))


@settings(max_examples=300, deadline=None)
@given(spaces(), plans, st.integers(1, 9))
def test_every_pair_is_found(
    space: tuple[Vectors, Vectors, Thresholds], plan: PrefixPlan, block_size: int
) -> None:
    blind, reference, thresholds = space
    mined = mine(blind, reference, thresholds, plan=plan, block_size=block_size)
    assert_same(mined, brute_force(blind, reference, thresholds))
    assert mined.n_examined >= mined.counts.n_over_thresholds


def clustered(n: int, d: int, seed: int) -> Vectors:
    """A large common part, as CLIP has, and clusters of about four near-duplicates."""
    rng = np.random.default_rng(seed)
    spectrum = np.arange(1, d + 1) ** -0.5
    own = rng.normal(size=(n // 4, d))[rng.integers(0, n // 4, n)] + 0.35 * rng.normal(size=(n, d))
    own *= spectrum
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    common = rng.normal(size=d)
    return unit(np.sqrt(0.55) * common / np.linalg.norm(common) + np.sqrt(0.45) * own)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("dimension", "width"), [(48, 64), (768, 32), (768, 128)])
def test_pairs_at_the_threshold(dtype: str, dimension: int, width: int) -> None:
    """With a direction for every dimension nothing but the margin for rounding saves a pair."""
    rng = np.random.default_rng(7)
    blind, reference = clustered(900, dimension, 1), clustered(900, 64, 2)
    for row in range(0, 600, 2):
        off = float(rng.choice([0.0, 1e-3, 1e-5, 1e-6, 1e-7]) * rng.choice([-1, 1]))
        blind[row + 1] = at_cosine(blind, row, 0.95 + off, rng)
    blind[700:710] = blind[699]
    thresholds = Thresholds(0.95, 0.9)
    whole = mine(blind, reference, thresholds, plan=None)
    assert whole.counts.n_over_thresholds > 300
    filtered = mine(blind, reference, thresholds, plan=PrefixPlan(width, dtype), block_size=256)
    assert whole.first.tobytes() == filtered.first.tobytes()
    assert whole.second.tobytes() == filtered.second.tobytes()
    assert whole.blind_cosine.tobytes() == filtered.blind_cosine.tobytes()
    assert whole.counts == filtered.counts


def test_the_filter_spares_nearly_all_of_the_work() -> None:
    blind = clustered(4000, 768, 3)
    mined = mine(blind, clustered(4000, 64, 4), plan=PrefixPlan(128))
    assert mined.counts.n_over_thresholds > 500
    assert mined.n_examined < 3 * mine(blind, blind, Thresholds(0.95, 1.0), plan=None).n_examined
    assert mined.n_examined < mined.counts.n_compared / 100


def test_any_centre_and_directions_give_a_bound() -> None:
    """Exactness must not lean on the sample that the basis was fitted to."""
    rng = np.random.default_rng(5)
    blind = clustered(300, 96, 6)
    basis = fit_basis(unit(rng.normal(size=(50, 96))), 11)
    features = PrefixFeatures(blind, 0.9, basis, PrefixPlan(16))
    left = set(
        zip(
            *(one.tolist() for one in reversed(features.survivors(slice(0, 300), slice(0, 300)))),
            strict=True,
        )
    )
    cosines = blind.astype(np.float64) @ blind.astype(np.float64).T
    over = {(int(i), int(j)) for i, j in np.argwhere(np.triu(cosines > 0.9, 1))}
    assert over <= left
    assert len(over) > 100


def test_few_images_are_compared_whole() -> None:
    assert quickest_plan(clustered(400, 32, 1), 0.95) is None


def test_where_most_pairs_are_alike_whole_vectors_are_compared() -> None:
    rng = np.random.default_rng(9)
    alike = unit(np.ones(16) + 1e-3 * rng.normal(size=(12_000, 16)))
    assert quickest_plan(alike, 0.95) is None


def test_a_plan_is_chosen_by_measuring() -> None:
    plan = quickest_plan(clustered(12_000, 768, 8), 0.95, device="cpu")
    assert plan is None or (plan.width, plan.device) == (128, "cpu")


@pytest.mark.parametrize(
    ("seconds", "quickest"),
    [
        ({128: 9, 96: 10, 64: 4, 48: 6, 40: 1}, 64),  # 48 is clearly worse
        ({128: 9, 96: 8, 64: 9, 48: 7, 40: 7.5, 32: 8.5}, 48),
        ({128: 9, 96: 20, 192: 8, 256: 7}, 256),
        ({128: 9, 96: 20, 192: 12, 256: 1}, 128),
    ],
)
def test_of_many_images_widths_are_tried_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, seconds: dict[int, float], quickest: int
) -> None:
    def cost(_trials: object, plan: PrefixPlan, _one_dot: float) -> float:
        return seconds[plan.width] * 1e-9

    monkeypatch.setattr("embeddings.mining.plan._Trials.cost", cost)
    plan = quickest_plan(clustered(30_000, 32, 8), 0.95, device="cpu")
    assert plan is not None
    assert (plan.width, plan.dtype) == (quickest, quickest_dtype())
    assert plan.dtype in {"bfloat16", "float32"}
