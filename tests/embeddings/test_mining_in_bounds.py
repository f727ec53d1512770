"""Whatever the images, mining holds and writes no more pairs than it may."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.mining import Thresholds, TooManyPairs, mine
from embeddings.mining.ahead import Pairs, ScannedAhead
from embeddings.mining.journal import Journal
from embeddings.mining.plan import PrefixPlan
from tests.embeddings.test_mining_journal import Stop, keys, same, stop_after

Vectors = NDArray[np.float32]


def two_pictures(n: int) -> tuple[Vectors, Vectors]:
    """Two pictures in many copies, in turn, which the blind encoder cannot tell apart."""
    return (
        np.tile(np.eye(1, 4, dtype=np.float32), (n, 1)),
        np.eye(2, 4, dtype=np.float32)[np.arange(n) % 2],
    )


def late_crowd(n_known: int, n_new: int) -> tuple[Vectors, Vectors]:
    """Images unlike each other, then others that are like all: a last block full of pairs."""
    rng = np.random.default_rng(0)
    blind = np.eye(n_known + 1, dtype=np.float64)[:n_known] * 0.7
    blind[:, -1] = np.sqrt(1 - 0.7**2)
    blind = np.concatenate([blind, np.eye(n_known + 1)[[-1] * n_new]])
    reference = rng.normal(size=(n_known + n_new, 16))
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)
    return blind.astype(np.float32), reference.astype(np.float32)


@pytest.mark.parametrize("plan", [None, PrefixPlan(32, "float32"), PrefixPlan(32)])
def test_a_block_richer_than_memory_is_left_at_once(plan: PrefixPlan | None) -> None:
    blind, reference = late_crowd(500, 100)
    thresholds = Thresholds(0.6, 0.9)
    n_all = len(mine(blind, reference, thresholds, plan=plan, block_size=100))
    assert n_all > 50_000
    with pytest.raises(TooManyPairs) as caught:
        mine(blind, reference, thresholds, plan=plan, block_size=100, max_pairs=12_000)
    # The crowd's block has six tiles of 10,000 pairs; two are enough to know.
    assert 12_000 < caught.value.n_so_far <= 20_000
    assert caught.value.n_estimated == n_all


def test_thresholds_are_suggested_by_images_that_were_not_compared_yet() -> None:
    """The second half has nearly all pairs, and most of the mining is over when that shows."""
    rng = np.random.default_rng(1)
    n, n_alike = 6000, 3000
    blind = rng.normal(size=(n, 24))
    blind[n_alike:] += 5
    reference = rng.normal(size=(n, 24))
    blind, reference = (
        (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        for rows in (blind, reference)
    )
    thresholds, most = Thresholds(0.9, 0.6), 200_000
    n_all = len(mine(blind, reference, thresholds))
    with pytest.raises(TooManyPairs) as caught:
        mine(blind, reference, thresholds, block_size=100, max_pairs=most)
    assert caught.value.n_so_far < n_all / 10
    assert 0.8 * n_all < caught.value.n_estimated < 1.25 * n_all
    assert len(caught.value.tighter) == 2
    for tighter in caught.value.tighter:
        assert 0.2 * most < len(mine(blind, reference, tighter, max_pairs=most)) <= most


def test_where_the_sample_has_few_pairs_those_found_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.mining.too_many._IMAGES", 20)
    picture = np.arange(600) % 2
    reference = np.eye(2, 4, dtype=np.float32)[picture]
    blind = np.eye(2, 4, dtype=np.float32)[np.where(np.arange(600) < 60, 0, picture)]
    with pytest.raises(TooManyPairs) as caught:
        mine(blind, reference, block_size=50, max_pairs=100)
    # The first 50 have 625 pairs of 1,225: that is what is known of all 179,700.
    assert caught.value.n_so_far == 625
    assert caught.value.n_estimated == round(625 / 1225 * 179_700)


def test_where_many_pairs_wait_no_more_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decides them is far slower than the filter where all is alike."""
    monkeypatch.setattr("embeddings.mining.ahead._TILES", 30)
    monkeypatch.setattr("embeddings.mining.ahead._PAIRS", 25)
    tiles = [(slice(0, 4), slice(n, n + 4)) for n in range(100)]
    lock, made, taken, most = threading.Lock(), 0, 0, 0

    def scan(rows: slice, columns: slice) -> Pairs:
        nonlocal made, most
        with lock:
            made += 10
            most = max(most, made - taken)
        return np.full(10, rows.start), np.full(10, columns.start)

    with ThreadPoolExecutor(2) as workers:
        for n, (_, first) in enumerate(ScannedAhead(scan, workers).of(tiles)):
            assert first.tolist() == [n] * 10
            time.sleep(0.001)
            taken += 10
    assert n == 99
    # Two workers that began with 20 waiting, and the one that is being decided.
    assert 30 <= most <= 60


def test_with_a_limit_pairs_of_equal_rank_are_let_go_too(tmp_path: Path) -> None:
    n = 2000
    blind, reference = two_pictures(n)
    whole = mine(blind, reference, limit=50)
    assert whole.counts.n_over_thresholds == n * n // 4
    assert [*zip(whole.first, whole.second, strict=True)] == [(0, k) for k in range(1, 101, 2)]
    written = Journal(tmp_path, keys(n), "both")
    assert same(whole, mine(blind, reference, limit=50, journal=written, block_size=500))
    parts = (tmp_path / "complete").glob("pairs-*.npy")
    # The first block's are held until the best of them are asked for.
    assert sum(len(np.load(part)) for part in parts) < 70_000


@pytest.mark.parametrize("always_held", [1, 1 << 16])
def test_with_a_limit_an_interrupted_run_of_equal_ranks_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, always_held: int
) -> None:
    monkeypatch.setattr("embeddings.mining.selection._ALWAYS_HELD", always_held)
    n = 1500
    blind, reference = two_pictures(n)
    blind, reference = blind[::-1].copy(), reference[::-1].copy()
    with pytest.raises(Stop):
        mine(
            blind,
            reference,
            limit=50,
            block_size=300,
            journal=Journal(tmp_path, keys(n), "both"),
            progress=stop_after(3),
        )
    journal = Journal(tmp_path, keys(n), "both")
    resumed = mine(blind, reference, limit=50, block_size=300, journal=journal)
    assert same(resumed, mine(blind, reference, limit=50))


def test_a_limit_beyond_memory_is_no_way_out() -> None:
    blind, reference = two_pictures(300)
    with pytest.raises(TooManyPairs, match="a smaller limit") as caught:
        mine(blind, reference, limit=15_000, max_pairs=10_000, block_size=50)
    assert caught.value.n_so_far < 15_000  # found out before the end
    assert len(mine(blind, reference, limit=5_000, max_pairs=10_000)) == 5_000
