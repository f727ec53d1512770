"""Regions: groups of images that lie together in the blind space, and how collapsed each is."""

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embeddings.comparison.grid import Rows, Vectors

# About so many images share a region, and no more regions than a person would look through.
IMAGES_PER_REGION = 25
MOST_REGIONS = 500
FEWEST_IMAGES = 4
N_SHOWN = 12
# The representatives are chosen among so many images nearest the centre.
_NEAR_CENTRE = 4 * N_SHOWN
_PASSES = 5
_BATCH = 4096
_DRAWN_PER_CENTRE = 4


@dataclass(frozen=True)
class Region:
    """Images that the blind encoder puts together.

    Attributes:
        rows: its images, nearest the centre (in the blind space) first.
        shown: up to 12 of them: the one nearest the centre, then those that differ most from one
            another in the reference space.
        collapse: blind less reference closeness; closeness is the mean cosine within the region, 0
            at the mean cosine of all pairs of that space and 1 for equal images.
        mean_blind_cosine: over the pairs within the region, as the next.
        mean_reference_cosine: likewise.
    """

    rows: Rows
    shown: Rows
    collapse: float
    mean_blind_cosine: float
    mean_reference_cosine: float


def find_regions(blind: Vectors, reference: Vectors, *, seed: int) -> list[Region]:
    """The regions of at least 4 images, the most collapsed first.

    Every image belongs to the centre nearest in the blind space (k-means); those of smaller groups
    are in no region. The means are over all pairs, none is sampled.
    """
    if len(blind) < FEWEST_IMAGES:
        return []
    n_regions = min(MOST_REGIONS, len(blind) // IMAGES_PER_REGION)
    labels, centres = _cluster(blind, max(1, n_regions), seed)
    usual = (mean_cosine(blind), mean_cosine(reference))
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(len(centres) + 1))
    groups = [order[start:end] for start, end in pairwise(ends.tolist())]
    regions = [
        _region(blind, reference, rows, centre, usual)
        for rows, centre in zip(groups, centres, strict=True)
        if len(rows) >= FEWEST_IMAGES
    ]
    return sorted(regions, key=lambda region: (-region.collapse, int(region.rows[0])))


def mean_cosine(vectors: Vectors) -> float:
    """Mean over all pairs of different rows, in one pass: (|sum|^2 - sum of |row|^2) / n(n - 1)."""
    n = len(vectors)
    if n < 2:
        return 0.0
    total = np.zeros(vectors.shape[1])
    own = 0.0
    for start in range(0, n, _BATCH):
        rows = vectors[start : start + _BATCH].astype(np.float64)
        total += rows.sum(axis=0)
        own += float(np.einsum("ij,ij->", rows, rows))
    return float((total @ total - own) / (n * (n - 1)))


def farthest_first(vectors: Vectors, n: int) -> Rows:
    """Positions of n rows: the first, then always the one least like all chosen before."""
    chosen = [0]
    likeness = vectors @ vectors[0]
    while len(chosen) < min(n, len(vectors)):
        likeness[chosen] = np.inf
        chosen.append(int(likeness.argmin()))
        likeness = np.maximum(likeness, vectors @ vectors[chosen[-1]])
    return np.array(chosen, dtype=np.int64)


def _cluster(
    vectors: Vectors, n_clusters: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    if n_clusters == 1:
        return np.zeros(len(vectors), dtype=np.int32), vectors.mean(axis=0, keepdims=True)
    # Importing these takes seconds; reading a stored comparison must not.
    from sklearn.cluster import MiniBatchKMeans, kmeans_plusplus  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    n_drawn = min(len(vectors), _DRAWN_PER_CENTRE * n_clusters)
    drawn = np.random.default_rng(seed).choice(len(vectors), n_drawn, replace=False)
    # One thread and no early stop: sums over threads differ in their last bits, which would decide.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"sklearn\b")  # fewer different rows than centres
        starts, _ = kmeans_plusplus(
            vectors[np.sort(drawn)].astype(np.float64), n_clusters, random_state=seed
        )
        means = MiniBatchKMeans(
            n_clusters,
            init=starts.astype(np.float32),
            n_init=1,
            batch_size=_BATCH,
            max_iter=_PASSES,
            max_no_improvement=None,
            tol=0.0,
            random_state=seed,
        ).fit(vectors)
    return means.labels_, means.cluster_centers_


def _region(
    blind: Vectors,
    reference: Vectors,
    rows: Rows,
    centre: NDArray[np.float32],
    usual: tuple[float, float],
) -> Region:
    own_blind, own_reference = blind[rows], reference[rows]
    inwards = np.lexsort((rows, -np.round(own_blind @ centre, 6)))
    rows, own_reference = rows[inwards], own_reference[inwards]
    means = (mean_cosine(own_blind), mean_cosine(own_reference))
    closeness = [
        (mean - typical) / max(1e-6, 1 - typical)
        for mean, typical in zip(means, usual, strict=True)
    ]
    return Region(
        rows=rows,
        shown=rows[farthest_first(own_reference[:_NEAR_CENTRE], N_SHOWN)],
        collapse=closeness[0] - closeness[1],
        mean_blind_cosine=means[0],
        mean_reference_cosine=means[1],
    )
