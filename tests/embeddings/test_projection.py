"""Layouts: reproducible, in range for any number of images, stored atomically."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.projection import LayoutError, load_layout, save_layout, umap_layout

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
    assert umap_layout(rows, seed=7).tobytes() != first.tobytes()


def test_clusters_stay_together() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 80))
    rows = (np.repeat(centres, 40, axis=0) + 0.1 * rng.normal(size=(160, 80))).astype(np.float32)
    points = umap_layout(rows, n_neighbors=10)
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
        umap_layout(rows, n_neighbors=1)
    with pytest.raises(LayoutError, match="min_dist"):
        umap_layout(rows, min_dist=-0.1)
    rows[3, 2] = np.nan
    with pytest.raises(LayoutError, match="row 3"):
        umap_layout(rows)


@pytest.mark.parametrize("n", [0, 3])
def test_a_layout_survives_storing_with_the_same_bytes(tmp_path: Path, n: int) -> None:
    keys = [f"{i:064x}" for i in range(n)]
    points = np.linspace(-1, 1, 2 * n, dtype=np.float32).reshape(n, 2)
    parameters = {"seed": 42, "encoder": "hf:räume", "min_dist": 0.1}
    for name in ("a.npz", "b.npz"):
        save_layout(tmp_path / "new folder" / name, keys, points, parameters)
    folder = tmp_path / "new folder"
    assert sorted(path.name for path in folder.iterdir()) == ["a.npz", "b.npz"]
    assert (folder / "a.npz").read_bytes() == (folder / "b.npz").read_bytes()
    layout = load_layout(folder / "a.npz")
    assert layout.keys == keys
    assert layout.points.tobytes() == points.tobytes()
    assert layout.points.dtype == np.float32
    assert layout.parameters == parameters


def test_a_failed_save_leaves_the_old_layout(tmp_path: Path) -> None:
    path = tmp_path / "map.npz"
    points = np.zeros((1, 2), dtype=np.float32)
    save_layout(path, ["k"], points, {})
    with pytest.raises(TypeError):
        save_layout(path, ["new"], points, {"not json": object()})
    with pytest.raises(LayoutError, match="2 keys"):
        save_layout(path, ["k", "l"], points, {})
    assert load_layout(path).keys == ["k"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_or_broken_layout_says_so(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"map\.npz: There is no such map"):
        load_layout(tmp_path / "map.npz")
    whole = tmp_path / "whole.npz"
    save_layout(whole, ["k"], np.zeros((1, 2), dtype=np.float32), {})
    broken = tmp_path / "broken.npz"
    for content in (b"", b"no zip", whole.read_bytes()[:-30]):
        broken.write_bytes(content)
        with pytest.raises(LayoutError, match="not a stored map"):
            load_layout(broken)


def test_reading_layouts_loads_no_umap() -> None:
    code = (
        "import sys, embeddings.projection; print('umap' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["False", "False"]
