"""Stored layouts: numbered versions, whole or not at all, and those of version 0.1."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embeddings.layouts import (
    UNNUMBERED,
    LayoutKind,
    LayoutVersion,
    delete_layout,
    digest_of_keys,
    list_versions,
    load_layout,
    load_unnumbered,
    save_layout,
)
from embeddings.projection import LayoutError
from tests.mapped_workspace import save_single

KEYS = [f"{i:064x}" for i in range(3)]
POINTS = np.linspace(-1, 1, 6, dtype=np.float32).reshape(3, 2)


def about(name: str = "") -> LayoutVersion:
    parameters = {"n_neighbors": 30, "min_dist": 0.5, "seed": 42}
    weights = {"blind": "a", "reference": "b"}
    return LayoutVersion(UNNUMBERED, LayoutKind.aligned, name, parameters, weights, "", 0, "")


def save(folder: Path, name: str = "", points: NDArray[np.float32] = POINTS) -> LayoutVersion:
    return save_layout(folder, KEYS, points, -points, about(name))


def test_a_layout_survives_storing_with_the_same_bytes(tmp_path: Path) -> None:
    stored = save(tmp_path / "new folder", "räume")
    assert (stored.number, stored.n_images) == (1, 3)
    assert stored.keys_digest == digest_of_keys(KEYS)
    layout = load_layout(tmp_path / "new folder", 1)
    assert layout.version == stored
    assert layout.keys == KEYS
    assert layout.blind.tobytes() == POINTS.tobytes()
    assert layout.reference.tobytes() == (-POINTS).tobytes()
    assert layout.blind.dtype == np.float32


def test_versions_are_numbered_and_listed_newest_first(tmp_path: Path) -> None:
    assert list_versions(tmp_path / "nothing") == []
    for name in ("first", "second", "third"):
        save(tmp_path, name)
    delete_layout(tmp_path, 2)
    assert [(one.number, one.name) for one in list_versions(tmp_path)] == [
        (3, "third"),
        (1, "first"),
    ]
    assert save(tmp_path).number == 4
    with pytest.raises(LayoutError, match="no such map"):
        delete_layout(tmp_path, 2)


def test_writers_at_the_same_time_get_numbers_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [one.number for one in pool.map(lambda k: save(tmp_path, str(k)), range(24))]
    assert sorted(numbers) == list(range(1, 25))
    assert {one.name for one in list_versions(tmp_path)} == {str(k) for k in range(24)}


def test_a_refused_layout_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="3 keys"):
        save_layout(tmp_path, KEYS, POINTS[:2], POINTS, about())
    unusable = about()
    unusable.parameters["seed"] = object()
    with pytest.raises(TypeError):
        save_layout(tmp_path, KEYS, POINTS, POINTS, unusable)
    assert list_versions(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_missing_or_broken_layout_says_so_and_is_not_listed(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"0007\.npz: There is no such map"):
        load_layout(tmp_path, 7)
    save(tmp_path)
    whole = (tmp_path / "0001.npz").read_bytes()
    for content in (b"", b"no zip", whole[:-30]):
        (tmp_path / "0001.npz").write_bytes(content)
        with pytest.raises(LayoutError, match="not a stored map"):
            load_layout(tmp_path, 1)
        assert list_versions(tmp_path) == []


def test_the_two_files_of_version_0_1_are_read_as_one_layout(tmp_path: Path) -> None:
    blind, reference = tmp_path / "a.npz", tmp_path / "b.npz"
    save_single(blind, KEYS, POINTS)
    save_single(reference, KEYS[:0:-1], POINTS[:0:-1])
    layout = load_unnumbered(blind, reference)
    assert layout.keys == KEYS[1:]
    np.testing.assert_array_equal(layout.blind, POINTS[1:])
    np.testing.assert_array_equal(layout.reference, POINTS[1:])
    assert (layout.version.number, layout.version.kind) == (UNNUMBERED, LayoutKind.umap)
    assert layout.version.parameters == {"n_neighbors": 30, "min_dist": 0.5, "seed": 42}
    reference.write_bytes(b"torn")
    with pytest.raises(LayoutError, match="not a stored map"):
        load_unnumbered(blind, reference)
