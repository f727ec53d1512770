"""Layouts: reproducible, in range for any number of images, stored atomically."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.projection import (
    LayoutError,
    LayoutOptions,
    aligned_layouts,
    turned_layouts,
    umap_layout,
)

ROOT = Path(__file__).parents[2]


def vectors(n: int, d: int, seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(5, d))[rng.integers(0, 5, n)] + 0.3 * rng.normal(size=(n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def assert_in_range(points: NDArray[np.float32], n: int) -> None:
    assert points.shape == (n, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert (np.abs(points) <= 1).all()


@pytest.mark.parametrize("d", [1, 2, 64])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 17])
def test_any_number_of_images_has_a_map(n: int, d: int) -> None:
    assert_in_range(umap_layout(vectors(n, d)), n)


def test_few_images_lie_apart() -> None:
    for n in (2, 3, 4):
        assert len(np.unique(umap_layout(vectors(n, 8)).round(3), axis=0)) == n


def test_the_same_seed_gives_the_same_bytes_without_a_warning() -> None:
    rows = vectors(60, 96)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, again = umap_layout(rows), umap_layout(rows)
    assert first.tobytes() == again.tobytes()
    assert_in_range(first, 60)
    assert np.abs(first).max() == pytest.approx(1)
    assert umap_layout(rows, LayoutOptions(seed=7)).tobytes() != first.tobytes()


def test_clusters_stay_together() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 80))
    rows = (np.repeat(centres, 40, axis=0) + 0.1 * rng.normal(size=(160, 80))).astype(np.float32)
    points = umap_layout(rows, LayoutOptions(n_neighbors=10))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(160)
    same = np.repeat(np.arange(4), 40)[distances.argmin(axis=1)] == np.repeat(np.arange(4), 40)
    assert same.mean() > 0.98


def test_copies_do_not_break_the_map() -> None:
    assert_in_range(umap_layout(np.repeat(vectors(2, 16), 40, axis=0)), 80)
    assert_in_range(umap_layout(np.repeat(vectors(1, 16), 30, axis=0)), 30)


def test_unusable_input_is_refused() -> None:
    rows = vectors(6, 4)
    with pytest.raises(LayoutError, match="matrix"):
        umap_layout(rows[0])
    with pytest.raises(LayoutError, match="n_neighbors"):
        LayoutOptions(n_neighbors=1)
    with pytest.raises(LayoutError, match="min_dist"):
        LayoutOptions(min_dist=-0.1)
    rows[3, 2] = np.nan
    with pytest.raises(LayoutError, match="row 3"):
        umap_layout(rows)


def a_rotation(d: int) -> NDArray[np.float32]:
    return np.linalg.qr(np.random.default_rng(1).normal(size=(d, d)))[0].astype(np.float32)


def test_a_rotated_space_has_the_same_places_on_aligned_maps() -> None:
    rows = vectors(150, 48)
    blind, reference = aligned_layouts(rows, rows @ a_rotation(48))
    assert_in_range(blind, 150)
    assert_in_range(reference, 150)
    assert np.linalg.norm(blind - reference, axis=1).max() < 0.05


def test_on_aligned_maps_the_images_with_other_neighbours_move_most() -> None:
    rows = vectors(150, 48)
    other = rows.copy()
    moved = np.arange(0, 150, 10)
    other[moved] = rows[np.random.default_rng(2).permutation(moved)] * -1
    distance = np.linalg.norm(np.subtract(*aligned_layouts(rows, other)), axis=1)
    stayed = np.setdiff1d(np.arange(150), moved)
    assert np.median(distance[moved]) > 3 * np.median(distance[stayed])


def test_turning_a_layout_brings_it_nearer_to_the_other() -> None:
    rows = vectors(120, 48)
    other = rows @ a_rotation(48) + 0.02 * vectors(120, 48, seed=5)
    blind, turned = turned_layouts(rows, other)
    assert blind.tobytes() == umap_layout(rows).tobytes()
    plain = umap_layout(other)
    before, after = (np.linalg.norm(blind - one, axis=1).mean() for one in (plain, turned))
    assert after <= before + 1e-3


@pytest.mark.parametrize("lay_out", [aligned_layouts, turned_layouts])
def test_two_maps_have_the_same_bytes_each_time_and_tell_their_steps(
    lay_out: Callable[..., tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> None:
    steps: list[tuple[str, int, int]] = []
    rows, other = vectors(70, 16), vectors(70, 9, seed=3)
    first = lay_out(rows, other, progress=lambda *told: steps.append(told))
    again = lay_out(rows, other)
    assert [one.tobytes() for one in first] == [one.tobytes() for one in again]
    assert all(0 <= done <= total for _, done, total in steps)
    assert {name for name, done, total in steps if done == total} == {name for name, *_ in steps}
    with pytest.raises(LayoutError, match="69"):
        lay_out(rows, other[1:])


@pytest.mark.parametrize("n", [0, 1, 3, 6])
def test_few_images_have_two_maps(n: int) -> None:
    for lay_out in (aligned_layouts, turned_layouts):
        for points in lay_out(vectors(n, 8), vectors(n, 5)):
            assert_in_range(points, n)


def test_reading_layouts_loads_no_umap() -> None:
    code = "import sys, embeddings.layouts; print('umap' in sys.modules, 'sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "False"]
