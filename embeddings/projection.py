"""Two-dimensional maps of embeddings: seeded UMAP layouts, of one space or of two aligned ones."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes
from scipy.sparse import bmat, csr_matrix, diags

from embeddings.errors import EmbeddingsError
from embeddings.umap_steps import (
    Points,
    StepProgress,
    epochs_for,
    neighbour_graph,
    optimised,
    principal_components,
    quiet,
    starting_plane,
)

# More spread than UMAP's own 15 and 0.1, which draw images that an encoder merges as one dot: here
# such images are what people look for.
N_NEIGHBORS: Final = 30
MIN_DIST: Final = 0.5
SEED: Final = 42

# Below this many images UMAP's neighbour graph says nothing.
_MIN_FOR_UMAP = 5


class LayoutError(EmbeddingsError):
    """A layout cannot be computed, stored or read."""


@dataclass(frozen=True)
class LayoutOptions:
    """How UMAP lays images out.

    Attributes:
        n_neighbors: how many neighbours of each image are kept together, at least 2.
        min_dist: how close neighbours may come, 0 to 1; 0 packs them, 1 spreads them.
        seed: another seed gives another map that is as good.

    Raises:
        LayoutError: a value is out of its range.
    """

    n_neighbors: int = N_NEIGHBORS
    min_dist: float = MIN_DIST
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:
            raise LayoutError(
                f"The value is at least 2, not {self.n_neighbors}.", where="n_neighbors"
            )
        if not 0 <= self.min_dist <= 1:
            raise LayoutError(f"The value is from 0 to 1, not {self.min_dist}.", where="min_dist")
        if not 0 <= self.seed < 2**32:
            raise LayoutError(f"The value is from 0 to 2^32 - 1, not {self.seed}.", where="seed")


def umap_layout(
    vectors: NDArray[np.float32],
    options: LayoutOptions | None = None,
    *,
    progress: StepProgress | None = None,
) -> Points:
    """Lay the rows out in the plane: (n, d) unit vectors to (n, 2) points in [-1, 1].

    The same vectors, options and library versions give the same bytes. Vectors wider than 50
    are first reduced to their 50 principal components. Fewer than 5 images lie evenly on a circle.

    Raises:
        LayoutError: the vectors are not a matrix of finite numbers.
    """
    _check(vectors)
    options, tell = options or LayoutOptions(), progress or _silent
    if not _has_structure(vectors):
        return _without_structure(vectors)
    with quiet():
        reduced = principal_components(vectors, options.seed)
        graph = neighbour_graph(reduced, options, tell, "neighbours")
        n_epochs = epochs_for(len(vectors))
        return _scaled(
            optimised(
                graph, starting_plane(reduced, options.seed), options, n_epochs, tell, "layout"
            )
        )


def turned_layouts(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    options: LayoutOptions | None = None,
    *,
    progress: StepProgress | None = None,
) -> tuple[Points, Points]:
    """A layout of each space on its own, the second turned and mirrored to resemble the first.

    Rows of both are of the same images. Each is laid out as `umap_layout` does; only the turn of
    the second depends on the first.
    """
    tell = progress or _silent
    _check_rows(blind, reference)
    first = umap_layout(blind, options, progress=_named(tell, "blind"))
    second = umap_layout(reference, options, progress=_named(tell, "reference"))
    return first, _turned(second, first)


def aligned_layouts(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    options: LayoutOptions | None = None,
    *,
    progress: StepProgress | None = None,
) -> tuple[Points, Points]:
    """Lay two spaces out together, so that an image moves only where its neighbours changed.

    Both neighbour graphs become one graph of 2n points: an image's two points are joined by an
    edge as strong as its neighbourhoods overlap (Jaccard index, 0 to 1), and UMAP's own optimiser
    lays all out at once. Then the two points move towards each other by that same share: what is
    left of their distance is due to neighbours that changed. An image with the same neighbours in
    both spaces thus has the same place on both maps; one without a common neighbour is held by
    nothing. docs/layouts.md says what else was considered.

    Returns:
        Blind and reference points, each (n, 2) in [-1, 1], in one common scale.

    Raises:
        LayoutError: the vectors are not matrices of finite numbers with as many rows each.
    """
    _check_rows(blind, reference)
    options, tell = options or LayoutOptions(), progress or _silent
    n = len(blind)
    if not (_has_structure(blind) and _has_structure(reference)):
        first, second = (umap_layout(vectors, options) for vectors in (blind, reference))
        return first, _turned(second, first)
    with quiet():
        reduced = [principal_components(vectors, options.seed) for vectors in (blind, reference)]
        graphs = [
            neighbour_graph(rows, options, tell, f"{role}: neighbours")
            for role, rows in zip(("blind", "reference"), reduced, strict=True)
        ]
        overlap = _overlap(*graphs)
        ties = diags(overlap)
        joined = bmat([[graphs[0], ties], [ties, graphs[1]]], format="csr", dtype=np.float32)
        start = np.vstack([starting_plane(reduced[0], options.seed)] * 2)
        points = optimised(joined, start, options, epochs_for(n), tell, "both maps")
    middle, half = (points[:n] + points[n:]) / 2, (points[n:] - points[:n]) / 2
    half *= (1 - overlap)[:, np.newaxis]
    points = _scaled(np.vstack([middle - half, middle + half]))
    return points[:n], points[n:]


def _check(vectors: NDArray[np.float32]) -> None:
    if vectors.ndim != 2:
        raise LayoutError(f"Embeddings are a matrix, not of shape {vectors.shape}.")
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise LayoutError(
            "The vector has a value that is not a number or infinite.", where=f"row {bad[0]}"
        )


def _check_rows(blind: NDArray[np.float32], reference: NDArray[np.float32]) -> None:
    _check(blind)
    _check(reference)
    if len(blind) != len(reference):
        raise LayoutError(f"{len(blind):,} rows do not match {len(reference):,}.")


def _has_structure(vectors: NDArray[np.float32]) -> bool:
    return len(vectors) >= _MIN_FOR_UMAP and bool(np.ptp(vectors, axis=0).any())


def _without_structure(vectors: NDArray[np.float32]) -> Points:
    """All copies of one vector lie in one place; a few images on a circle."""
    n = len(vectors)
    if n == 1 or n >= _MIN_FOR_UMAP:
        return np.zeros((n, 2), dtype=np.float32)
    angles = 2 * np.pi * np.arange(n) / max(1, n)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def _overlap(first: csr_matrix, second: csr_matrix) -> NDArray[np.float32]:
    """Jaccard index of each row's neighbours in the two graphs."""
    present = [(graph > 0).astype(np.float32) for graph in (first, second)]
    common = np.asarray(present[0].multiply(present[1]).sum(axis=1)).ravel()
    sizes = sum(np.asarray(one.sum(axis=1)).ravel() for one in present)
    share: NDArray[np.float32] = (common / np.maximum(sizes - common, 1)).astype(np.float32)
    return share


def _turned(points: Points, like: Points) -> Points:
    """The points turned and mirrored to lie as near as they can to those of the other map."""
    if not len(points):
        return points
    middles = [one.mean(axis=0, dtype=np.float64) for one in (points, like)]
    turn, _ = orthogonal_procrustes(points - middles[0], like - middles[1])
    return _scaled(((points - middles[0]) @ turn).astype(np.float32))


def _scaled(points: Points) -> Points:
    """Centre and shrink to [-1, 1], with one scale for both axes."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) / 2 or 1.0
    scaled: Points = np.clip((points - (low + high) / 2) / half, -1.0, 1.0)
    return scaled.astype(np.float32)


def _named(tell: StepProgress, role: str) -> StepProgress:
    return lambda step, done, total: tell(f"{role}: {step}", done, total)


def _silent(_step: str, _done: int, _total: int) -> None:
    pass
