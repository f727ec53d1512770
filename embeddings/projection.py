"""Two-dimensional maps of embeddings: seeded UMAP layouts, stored as .npz files."""

import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EmbeddingsError

# More spread than UMAP's own 15 and 0.1, which draw images that an encoder merges as one dot: here
# such images are what people look for.
N_NEIGHBORS: Final = 30
MIN_DIST: Final = 0.5
SEED: Final = 42

# Below this many images UMAP's neighbour graph says nothing.
_MIN_FOR_UMAP = 5
_PCA_DIMENSIONS = 50
# Exact neighbours beat compiling UMAP's approximate search (about 7 s in each process) up to here.
_EXACT_NEIGHBORS_MAX = 50_000


class LayoutError(EmbeddingsError):
    """A layout cannot be computed, stored or read."""


@dataclass(frozen=True)
class Layout:
    """A stored map: point i belongs to keys[i].

    Attributes:
        keys: image SHA-256s.
        points: (n, 2) float32 in [-1, 1].
        parameters: what the layout was computed with.
    """

    keys: list[str]
    points: NDArray[np.float32]
    parameters: dict[str, Any]


def umap_layout(
    vectors: NDArray[np.float32],
    *,
    n_neighbors: int = N_NEIGHBORS,
    min_dist: float = MIN_DIST,
    seed: int = SEED,
) -> NDArray[np.float32]:
    """Lay the rows out in the plane: (n, d) unit vectors to (n, 2) points in [-1, 1].

    The same vectors, parameters and library versions give the same bytes. Vectors wider than 50
    are first reduced to their 50 principal components. Fewer than 5 images lie evenly on a circle.

    Raises:
        LayoutError: the vectors are not a matrix of finite numbers, or a
            parameter is out of its range.
    """
    if vectors.ndim != 2:
        raise LayoutError(f"Embeddings are a matrix, not of shape {vectors.shape}.")
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise LayoutError(
            "The vector has a value that is not a number or infinite.", where=f"row {bad[0]}"
        )
    if n_neighbors < 2:
        raise LayoutError(f"The value is at least 2, not {n_neighbors}.", where="n_neighbors")
    if not 0 <= min_dist <= 1:
        raise LayoutError(f"The value is from 0 to 1, not {min_dist}.", where="min_dist")
    if len(vectors) < _MIN_FOR_UMAP:
        return _circle(len(vectors))
    if not np.ptp(vectors, axis=0).any():
        return np.zeros((len(vectors), 2), dtype=np.float32)
    with _quiet():
        points = _umap(vectors, min(n_neighbors, len(vectors) - 1), min_dist, seed)
    return _scaled(points)


def save_layout(
    path: Path, keys: Sequence[str], points: NDArray[np.float32], parameters: dict[str, Any]
) -> None:
    """Write the layout as .npz, atomically; the same layout gives the same bytes.

    Raises:
        LayoutError: keys and points do not match.
    """
    if points.shape != (len(keys), 2):
        raise LayoutError(f"{len(keys):,} keys do not match points of shape {points.shape}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                keys=np.array(list(keys), dtype=np.str_),
                points=points.astype(np.float32),
                parameters=np.array(json.dumps(parameters, sort_keys=True)),
            )
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_layout(path: Path) -> Layout:
    """Read a layout that `save_layout` wrote.

    Raises:
        LayoutError: the file is missing or is no layout.
    """
    hint = "Compute the map again."
    try:
        with np.load(path, allow_pickle=False) as stored:
            keys = [str(key) for key in stored["keys"]]
            points = stored["points"]
            parameters = json.loads(str(stored["parameters"]))
    except FileNotFoundError as error:
        raise LayoutError("There is no such map.", where=str(path), hint=hint) from error
    except Exception as error:  # zipfile, zlib and numpy raise many kinds for a broken file
        raise LayoutError("The file is not a stored map.", where=str(path), hint=hint) from error
    return Layout(keys, points, parameters)


def _umap(
    vectors: NDArray[np.float32], n_neighbors: int, min_dist: float, seed: int
) -> NDArray[np.float32]:
    # Importing these takes seconds; reading a stored layout must not.
    import umap  # noqa: PLC0415
    from sklearn.decomposition import PCA  # noqa: PLC0415
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    reduced = np.ascontiguousarray(vectors, dtype=np.float32)
    n_components = min(_PCA_DIMENSIONS, len(vectors))
    if vectors.shape[1] > n_components:
        reduced = PCA(n_components, random_state=seed).fit_transform(reduced)
    elif vectors.shape[1] == 1:
        reduced = np.hstack([reduced, np.zeros_like(reduced)])
    known = (None, None, None)
    if len(reduced) <= _EXACT_NEIGHBORS_MAX:
        search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(reduced)
        distances, indices = search.kneighbors(reduced)
        known = (indices.astype(np.int32), distances.astype(np.float32), None)
    # init="pca": the spectral start is slow, and fails on maps that fall into separate islands.
    # n_jobs=1: only one thread is reproducible.
    layout = umap.UMAP(
        n_neighbors=n_neighbors,
        min_dist=min_dist,
        init="pca",
        random_state=seed,
        n_jobs=1,
        precomputed_knn=known,
    )
    return np.asarray(layout.fit_transform(reduced), dtype=np.float32)


def _circle(n_points: int) -> NDArray[np.float32]:
    if n_points == 1:
        return np.zeros((1, 2), dtype=np.float32)
    angles = 2 * np.pi * np.arange(n_points) / max(1, n_points)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def _scaled(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre and shrink to [-1, 1], with one scale for both axes."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) / 2 or 1.0
    scaled: NDArray[np.float32] = np.clip((points - (low + high) / 2) / half, -1.0, 1.0)
    return scaled.astype(np.float32)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence remarks of the libraries under UMAP that say nothing to a user."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*precomputed_knn.*")
        warnings.filterwarnings("ignore", module=r"(umap|pynndescent|numba|sklearn)\b")
        yield
