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
    assert caught.value.n_so_far < caught.value.n_estimated <= n_all


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
