"""The comparison of two spaces against brute force: overlap, collapse, histogram, interruption."""

import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.comparison import (
    BLIND_GRID,
    REFERENCE_GRID,
    Checkpoint,
    Comparison,
    ComparisonError,
    ComparisonOptions,
    compare,
    load_comparison,
    read_manifest,
    save_comparison,
)
from embeddings.comparison.grid import CosineGrid
from embeddings.mining import InvalidVectors, Thresholds, mine
from embeddings.mining.vectors import exact_cosines
from tests.embeddings.spaces import Vectors, two_spaces, unit

Spaces = tuple[Vectors, Vectors]
GRIDS = pytest.mark.parametrize("grid", [BLIND_GRID, REFERENCE_GRID])


def all_cosines(vectors: Vectors) -> NDArray[np.float64]:
    n = len(vectors)
    first, second = np.divmod(np.arange(n * n), max(n, 1))
    return exact_cosines(vectors, first, second).reshape(n, n)


def assert_same(one: Comparison, other: Comparison) -> None:
    """To the last bit."""
    assert one.overlap.tobytes() == other.overlap.tobytes()
    assert one.collapse.tobytes() == other.collapse.tobytes()
    for field in fields(one.histogram):
        a, b = (getattr(each.histogram, field.name) for each in (one, other))
        assert np.array_equal(a, b), field.name
    assert len(one.regions) == len(other.regions)
    for a, b in zip(one.regions, other.regions, strict=True):
        assert all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


@settings(max_examples=150, deadline=None)
@given(
    spaces=two_spaces(),
    k=st.integers(1, 22),
    n_far=st.integers(1, 22),
    reference_max=st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 0.6, 1.0]),
    block_size=st.integers(1, 22),
)
def test_measures_equal_brute_force(
    spaces: Spaces, k: int, n_far: int, reference_max: float, block_size: int
) -> None:
    blind, reference = spaces
    n = len(blind)
    b, r = all_cosines(blind), all_cosines(reference)
    options = ComparisonOptions(k=k, n_far=n_far, reference_max=reference_max)
    found = compare(blind, reference, options, block_size=block_size)
    assert found.overlap.shape == found.collapse.shape == (n,)
    for i in range(n):
        others = [j for j in range(n) if j != i]
        near = [set(sorted(others, key=lambda j, s=s: (-s[i, j], j))[:k]) for s in (b, r)]
        far = sorted((b[i, j] for j in others if r[i, j] < reference_max), reverse=True)[:n_far]
        if others:
            assert found.overlap[i] == len(near[0] & near[1]) / len(near[0] | near[1])
        else:
            assert np.isnan(found.overlap[i])
        if far:
            assert found.collapse[i] == pytest.approx(math.fsum(far) / len(far), abs=1e-15)
        else:
            assert np.isnan(found.collapse[i])


@settings(max_examples=100, deadline=None)
@given(spaces=two_spaces(), block_size=st.integers(1, 22))
def test_a_small_histogram_is_exact_with_the_widest_pair_of_each_cell(
    spaces: Spaces, block_size: int
) -> None:
    blind, reference = spaces
    n = len(blind)
    b, r = all_cosines(blind), all_cosines(reference)
    found = compare(blind, reference, block_size=block_size).histogram
    expected: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
    for i in range(n):
        for j in range(i + 1, n):
            cell = int(BLIND_GRID.bins(b[i, j])), int(REFERENCE_GRID.bins(r[i, j]))
            expected.setdefault(cell, []).append((-(b[i, j] - r[i, j]), i, j))
    assert (found.exact_above, found.n_sampled, found.sample_scale) == (-1.0, 0, 0.0)
    assert found.counts.sum() == found.n_exact == n * (n - 1) // 2
    occupied = list(zip(*(axis.tolist() for axis in np.nonzero(found.counts)), strict=True))
    assert sorted(expected) == occupied
    for cell, pairs in expected.items():
        assert found.counts[cell] == len(pairs)
        assert (found.first[cell], found.second[cell]) == min(pairs)[1:]
    assert (found.first[found.counts == 0] == -1).all()
    assert (found.second[found.counts == 0] == -1).all()


@GRIDS
def test_edges_are_the_numbers_people_write(grid: CosineGrid) -> None:
    assert grid.edges[0] == -1.0
    assert grid.edges[-1] == 1.0
    for step in range(-200, 201):
        edge = float(f"{step * 0.005:.3f}")
        number = grid.edge_number(edge)
        assert number is not None
        assert grid.edges[number] == edge
    assert grid.edge_number(0.9513) is None
    assert grid.edge_number(1.5) is None


@GRIDS
@given(st.integers(0, 400), st.sampled_from([-1, 0, 1]))
def test_a_cosine_on_an_edge_is_over_no_threshold_there(
    grid: CosineGrid, number: int, step: int
) -> None:
    edge = grid.edges[number]
    cosine = float(np.clip(np.nextafter(edge, step * np.inf) if step else edge, -1, 1))
    found = int(grid.bins(np.array([cosine]))[0])
    assert 0 <= found < grid.n
    low, high = grid.edges[found], grid.edges[found + 1]
    if grid.right_closed:
        assert low < cosine <= high or (found == 0 and cosine == -1)
    else:
        assert low <= cosine < high or (found == grid.n - 1 and cosine == 1)


def on_edges(n: int, seed: int) -> Spaces:
    """Pairs planted on and next to round cosines, between rows that are far from one another."""
    rng = np.random.default_rng(seed)
    blind = unit(rng.normal(size=(n, 24)) + 0.6)
    reference = unit(rng.normal(size=(n, 24)) + 0.3)
    for row in range(n // 2, n):
        for vectors, grid in ((blind, BLIND_GRID), (reference, REFERENCE_GRID)):
            cosine = rng.choice(grid.edges[grid.n // 2 + 40 :])
            cosine = min(1.0, cosine + rng.choice([0, 1e-8, -1e-8, 1e-5, -1e-5]))
            base = vectors[row - n // 2].astype(np.float64)
            other = rng.normal(size=24)
            other -= base * (other @ base) / (base @ base)
            other /= np.linalg.norm(other)
            vectors[row] = unit((cosine * base + math.sqrt(1 - cosine**2) * other)[None])[0]
    return blind, reference


@pytest.mark.parametrize("exact_pairs", [20_000_000, 4_000])
def test_counts_at_edges_equal_those_of_mining(exact_pairs: int) -> None:
    blind, reference = on_edges(240, seed=9)
    options = ComparisonOptions(exact_pairs=exact_pairs, n_sampled=5_000)
    histogram = compare(blind, reference, options, block_size=100).histogram
    rng = np.random.default_rng(1)
    n_known = 0
    for _ in range(60):
        thresholds = Thresholds(rng.choice(BLIND_GRID.edges), rng.choice(REFERENCE_GRID.edges))
        counted = histogram.n_over(thresholds)
        if thresholds.blind_min < histogram.exact_above:
            assert counted is None
        if counted is not None:
            n_known += 1
            mined = mine(blind, reference, thresholds, near_duplicate_distance=None)
            assert counted == mined.counts.n_over_thresholds
    assert n_known > (50 if exact_pairs > 30_000 else 5)
    assert histogram.n_over(Thresholds(0.951, 0.6)) is None
    assert histogram.n_over(Thresholds(1.0, 0.6)) == 0
    assert histogram.n_over(Thresholds(0.95, -1.0)) == 0


def test_below_the_floor_the_sample_stands_for_the_rest() -> None:
    blind, reference = on_edges(400, seed=2)
    n_pairs = 400 * 399 // 2
    whole = compare(blind, reference).histogram
    options = ComparisonOptions(exact_pairs=8_000, n_sampled=20_000, seed=5)
    found = compare(blind, reference, options, block_size=128).histogram
    lowest = found.floor_bin
    assert found.exact_above == BLIND_GRID.edges[lowest] > -1
    assert 0.5 * 8_000 < found.n_exact < 1.2 * 8_000
    # exact from the floor on, to the pair that stands for the cell
    for name in ("counts", "first", "second"):
        assert np.array_equal(getattr(found, name)[lowest:], getattr(whole, name)[lowest:])
    assert found.counts.sum() == pytest.approx(n_pairs, abs=1e-6)
    assert found.sample_scale == (n_pairs - found.n_exact) / found.n_sampled
    below = found.counts[:lowest] / found.sample_scale
    np.testing.assert_allclose(below, np.round(below), atol=1e-9)  # whole samples
    # estimates: coarse parts of the plane are right to a few standard deviations
    for rows in np.array_split(np.arange(lowest), 6):
        truth, estimate = whole.counts[rows].sum(), found.counts[rows].sum()
        sigma = math.sqrt(truth / found.sample_scale) * found.sample_scale
        assert abs(estimate - truth) <= 5 * sigma + found.sample_scale
    cells = np.argwhere(found.counts[:lowest] > 0)
    for row, column in cells[:: max(1, len(cells) // 200)]:
        pair = found.first[row, column], found.second[row, column]
        assert pair[0] < pair[1]
        assert BLIND_GRID.bins(exact_cosines(blind, *pair_rows(pair)))[0] == row
        assert REFERENCE_GRID.bins(exact_cosines(reference, *pair_rows(pair)))[0] == column
    again = compare(blind, reference, options, block_size=50)
    assert_same(again, compare(blind, reference, options, block_size=400))


def pair_rows(pair: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.array([pair[0]], dtype=np.int64), np.array([pair[1]], dtype=np.int64)


class Stop(Exception):
    """A person lost patience."""


@pytest.mark.parametrize("stop_after", [1, 4, 6, 9])
def test_an_interrupted_comparison_goes_on_to_the_same_bytes(
    tmp_path: Path, stop_after: int
) -> None:
    blind, reference = on_edges(200, seed=3)
    options = ComparisonOptions(exact_pairs=9_000, n_sampled=3_000)
    checkpoint = Checkpoint(tmp_path / "unfinished.npz", "these", seconds=0)
    calls: list[int] = []

    def stop(done: int, total: int) -> None:
        assert total == 10
        calls.append(done)
        if done == stop_after:
            raise Stop

    with pytest.raises(Stop):
        compare(blind, reference, options, block_size=50, checkpoint=checkpoint, progress=stop)
    assert calls == list(range(1, stop_after + 1))
    again: list[int] = []
    resumed = compare(
        blind,
        reference,
        options,
        block_size=50,
        checkpoint=checkpoint,
        progress=lambda done, _total: again.append(done),
    )
    done_rows = {1: 0, 4: 0, 6: 4, 9: 7}[stop_after]  # tiles of the rows of blocks that were whole
    assert again == list(range(done_rows + 1, 11))
    save_comparison(tmp_path / "resumed.npz", keys(200), resumed, {})
    save_comparison(
        tmp_path / "once.npz", keys(200), compare(blind, reference, options, block_size=50), {}
    )
    assert (tmp_path / "resumed.npz").read_bytes() == (tmp_path / "once.npz").read_bytes()
    checkpoint.remove()
    assert not checkpoint.path.exists()
    checkpoint.remove()


def test_what_is_left_of_another_comparison_is_not_taken_up(tmp_path: Path) -> None:
    blind, reference = on_edges(60, seed=4)
    path = tmp_path / "unfinished.npz"
    compare(blind, reference, block_size=20, checkpoint=Checkpoint(path, "one", seconds=0))
    calls: list[int] = []

    def count(done: int, _total: int) -> None:
        calls.append(done)

    for fingerprint, content in (("other", None), ("one", b"broken")):
        calls.clear()
        if content:
            path.write_bytes(content)
        compare(
            blind,
            reference,
            block_size=20,
            checkpoint=Checkpoint(path, fingerprint, seconds=0),
            progress=count,
        )
        assert calls == [1, 2, 3, 4, 5, 6]


def keys(n: int) -> list[str]:
    return [f"{row:064x}" for row in range(n)]


@settings(max_examples=25, deadline=None)
@given(spaces=two_spaces(40))
def test_what_is_stored_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, spaces: Spaces
) -> None:
    path = tmp_path_factory.mktemp("stored") / "comparison.npz"
    found = compare(*spaces)
    save_comparison(path, keys(len(spaces[0])), found, {"blind": "a", "n": 3})
    names, again = load_comparison(path)
    assert names == keys(len(spaces[0]))
    assert_same(found, again)
    assert read_manifest(path) == {"blind": "a", "n": 3}


def test_damaged_missing_and_foreign_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "comparison.npz"
    with pytest.raises(ComparisonError, match=r"no comparison.*mmvp compare"):
        read_manifest(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ComparisonError, match="not a stored comparison"):
        load_comparison(path)
    np.savez(path, manifest=np.array('{"format_version": 99}'))
    with pytest.raises(ComparisonError, match="another version"):
        load_comparison(path)
    one = np.ones((1, 1), dtype=np.float32)
    with pytest.raises(ComparisonError, match="2 keys do not match 1"):
        save_comparison(path, keys(2), compare(one, one), {})


@pytest.mark.parametrize(
    ("option", "value"),
    [("k", 0), ("n_far", 0), ("reference_max", math.nan), ("reference_max", 1.5), ("seed", -1)],
)
def test_senseless_options_are_named(option: str, value: float) -> None:
    with pytest.raises(ComparisonError, match=option):
        ComparisonOptions(**{option: value})  # type: ignore[arg-type]


def test_senseless_vectors_are_refused() -> None:
    good = unit(np.random.default_rng(0).normal(size=(4, 3)))
    with pytest.raises(InvalidVectors, match="row 1"):
        compare(good, good * np.array([[1], [2], [1], [1]], dtype=np.float32))
    with pytest.raises(ComparisonError, match="block_size"):
        compare(good, good, block_size=0)


def test_many_alike_rows_need_the_second_look() -> None:
    # More than the spare places lie within rounding of the last one, in both spaces.
    rng = np.random.default_rng(8)
    blind, reference = unit(rng.normal(size=(90, 12))), unit(rng.normal(size=(90, 12)))
    blind[10:60] = blind[3]
    reference[30:80] = reference[5]
    options = ComparisonOptions(k=4, n_far=3)
    one, other = (compare(blind, reference, options, block_size=size) for size in (16, 200))
    assert_same(one, other)
    b, r = all_cosines(blind), all_cosines(reference)
    for i in range(90):
        far = sorted((b[i, j] for j in range(90) if j != i and r[i, j] < 0.6), reverse=True)[:3]
        assert one.collapse[i] == pytest.approx(np.mean(far), abs=1e-15)
