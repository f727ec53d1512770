"""The steps of a UMAP layout: fewer dimensions, the neighbours' graph, a start, the optimiser."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

if TYPE_CHECKING:
    from embeddings.projection import LayoutOptions

_PCA_DIMENSIONS = 50
_ROWS_AT_ONCE = 4096
# As UMAP chooses: a small map needs more steps.
_EPOCHS_SMALL, _EPOCHS_LARGE, _SMALL = 500, 200, 10_000
_START_EXTENT, _START_NOISE = 10.0, 1e-4
_NEGATIVE_SAMPLES = 5

Points = NDArray[np.float32]
# Called with what is being done, how much of it is done, and how much there is.
StepProgress = Callable[[str, int, int], None]


def principal_components(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """The 50 principal components of the rows, or as many as there are, at least two columns."""
    # Importing these takes seconds; reading a stored layout must not.
    from sklearn.decomposition import PCA  # noqa: PLC0415

    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    n_components = min(_PCA_DIMENSIONS, *rows.shape)
    reduced: NDArray[np.float32] = PCA(n_components, random_state=seed).fit_transform(rows)
    return np.hstack([reduced, np.zeros_like(reduced)]) if n_components == 1 else reduced


def neighbour_graph(
    rows: NDArray[np.float32], options: "LayoutOptions", tell: StepProgress, step: str
) -> csr_matrix:
    """UMAP's weighted graph, from exact neighbours: they need no compiling and no luck."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415
    from umap.umap_ import fuzzy_simplicial_set  # noqa: PLC0415

    n = len(rows)
    k = min(options.n_neighbors, n - 1)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows)
    indices, distances = np.empty((n, k), dtype=np.int32), np.empty((n, k), dtype=np.float32)
    for begin in range(0, n, _ROWS_AT_ONCE):
        tell(step, begin, n)
        block = slice(begin, min(n, begin + _ROWS_AT_ONCE))
        distances[block], indices[block] = search.kneighbors(rows[block])
    tell(step, n, n)
    graph, _, _ = fuzzy_simplicial_set(
        rows,
        k,
        np.random.RandomState(options.seed),
        "euclidean",
        knn_indices=indices,
        knn_dists=distances,
    )
    return csr_matrix(graph)


def starting_plane(reduced: NDArray[np.float32], seed: int) -> Points:
    """The first two principal components; the spectral start is slow, and fails on islands."""
    plane = reduced[:, :2] - reduced[:, :2].min(axis=0)
    plane *= _START_EXTENT / np.maximum(plane.max(axis=0), 1e-12)
    # Equal points would never part, and a map without any height has no scale.
    noise = np.random.RandomState(seed).normal(scale=_START_NOISE, size=plane.shape)
    start: Points = (plane + noise).astype(np.float32)
    return start


def epochs_for(n_images: int) -> int:
    """How many steps a layout of so many images takes."""
    return _EPOCHS_SMALL if n_images <= _SMALL else _EPOCHS_LARGE


def optimised(
    graph: csr_matrix,
    start: Points,
    options: "LayoutOptions",
    n_epochs: int,
    tell: StepProgress,
    step: str,
) -> Points:
    """UMAP's own optimiser from the given start, on one thread; tells each epoch."""
    from umap.umap_ import find_ab_params, simplicial_set_embedding  # noqa: PLC0415

    # Weak edges are never followed in so few epochs; explicit zeros would only take memory.
    edges = coo_matrix(graph)
    edges.eliminate_zeros()
    a, b = find_ab_params(1.0, options.min_dist)
    tell(step, 0, n_epochs)
    # parallel=False: only one thread is reproducible.
    points, _ = simplicial_set_embedding(
        start,
        edges,
        n_components=2,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=_NEGATIVE_SAMPLES,
        n_epochs=n_epochs,
        init=start,
        random_state=np.random.RandomState(options.seed),
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        parallel=False,
        tqdm_kwds=_epochs_told(tell, step),
    )
    return np.asarray(points, dtype=np.float32)


def _epochs_told(tell: StepProgress, step: str) -> dict[str, Any]:
    """Settings of the bar that UMAP draws, so that it tells its epochs instead of drawing."""

    class Bar:
        def write(self, text: str) -> None:
            if found := re.search(r"(\d+) of (\d+)", text):
                tell(step, int(found[1]), int(found[2]))

        def flush(self) -> None:
            pass

    return {"disable": False, "file": Bar(), "bar_format": "{n} of {total}"}


@contextmanager
def quiet() -> Iterator[None]:
    """Silence remarks of the libraries under UMAP that say nothing to a user."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(umap|pynndescent|numba|sklearn)\b")
        yield
