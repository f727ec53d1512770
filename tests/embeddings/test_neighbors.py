"""Nearest neighbours against a sort of all cosines: ties, copies, few rows, any block size."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.mining.vectors import exact_cosines
from embeddings.neighbors import NeighborError, Neighbors, nearest, nearest_neighbors, overlap
from tests.embeddings.spaces import Vectors, cosines, space, unit


def brute_force(vectors: Vectors, k: int) -> tuple[list[list[int]], NDArray[np.float64]]:
    """By the float64 dot that decides everywhere; its distance from the true one is tested too."""
    n = len(vectors)
    first, second = np.divmod(np.arange(n * n), max(n, 1))
    dots = exact_cosines(vectors, first, second).reshape(n, n)
    return [
        sorted((j for j in range(n) if j != i), key=lambda j, i=i: (-dots[i, j], j))[:k]
        for i in range(n)
    ], dots


def lists(found: Neighbors) -> list[list[int]]:
    return [[row for row in rows if row >= 0] for rows in found.rows.tolist()]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), n=st.integers(0, 30), k=st.integers(1, 35), block=st.integers(1, 32))
def test_equals_brute_force(data: st.DataObject, n: int, k: int, block: int) -> None:
    vectors = data.draw(space(n))
    expected, dots = brute_force(vectors, k)
    found = nearest_neighbors(vectors, k, block_size=block)
    assert found.rows.shape == found.cosines.shape == (n, k)
    assert lists(found) == expected
    np.testing.assert_allclose(dots, cosines(vectors), rtol=0, atol=1e-14)
    for row, others in enumerate(expected):
        assert found.cosines[row, : len(others)].tolist() == dots[row, others].tolist()
        assert np.isnan(found.cosines[row, len(others) :]).all()
        alone = nearest(vectors, row, k)
        assert alone[0].tolist() == others
        assert alone[1].tolist() == dots[row, others].tolist()


@pytest.mark.parametrize("block", [64, 150, 700])
def test_more_rows_than_are_kept_of_a_tile(block: int) -> None:
    rng = np.random.default_rng(4)
    vectors = unit(rng.normal(size=(600, 32)) + 0.5)
    vectors[500:] = vectors[:100]
    vectors[300:360] = vectors[299]  # more equal ones than are kept
    expected, _ = brute_force(vectors, 7)
    assert lists(nearest_neighbors(vectors, 7, block_size=block)) == expected


def test_nearest_among_some() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(50, 5)))
    among = np.zeros(50, dtype=bool)
    among[[3, 7, 20, 21]] = True
    rows, found = nearest(vectors, 7, 10, among=among)
    assert set(rows.tolist()) == {3, 20, 21}
    assert found.tolist() == sorted(found.tolist(), reverse=True)
    nobody = nearest(vectors, 7, 10, among=np.zeros(50, dtype=bool))
    assert [len(part) for part in nobody] == [0, 0]


@given(st.integers(0, 6), st.integers(1, 5), st.integers(1, 5), st.data())
def test_overlap_is_jaccard(n: int, k: int, other_k: int, data: st.DataObject) -> None:
    def draw(size: int) -> NDArray[np.int32]:
        rows = st.lists(st.integers(0, 8), max_size=size, unique=True)
        drawn = [data.draw(rows) for _ in range(n)]
        return np.array([row + [-1] * (size - len(row)) for row in drawn], np.int32).reshape(
            n, size
        )

    one, other = draw(k), draw(other_k)
    found = overlap(one, other)
    for row in range(n):
        a, b = set(one[row].tolist()) - {-1}, set(other[row].tolist()) - {-1}
        if a | b:
            assert found[row] == len(a & b) / len(a | b)
        else:
            assert np.isnan(found[row])


def test_overlap_of_long_lists_is_made_in_parts() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([rng.permutation(4000)[:1500] for _ in range(4)])
    halved = rows.copy()
    halved[:, 750:] += 4000
    assert overlap(rows, rows).tolist() == [1.0] * 4
    assert overlap(rows, halved).tolist() == pytest.approx([750 / 2250] * 4)


def test_memory_maps_and_progress(tmp_path: Path) -> None:
    vectors = unit(np.random.default_rng(2).normal(size=(40, 6)))
    np.save(tmp_path / "v.npy", vectors)
    calls: list[tuple[int, int]] = []
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    found = nearest_neighbors(
        mapped, 3, block_size=16, progress=lambda done, total: calls.append((done, total))
    )
    assert calls == [(done, 6) for done in range(1, 7)]
    assert lists(found) == brute_force(vectors, 3)[0]


@pytest.mark.parametrize("options", [{"k": 0}, {"k": 1, "block_size": 0}])
def test_senseless_options_are_named(options: dict[str, int]) -> None:
    with pytest.raises(NeighborError, match="at least 1, not 0"):
        nearest_neighbors(np.ones((2, 1), dtype=np.float32), **options)
