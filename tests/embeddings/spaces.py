"""Pairs of small spaces that are hard to compare: copies, ties, cosines on an edge."""

import math

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def unit(rows: NDArray[np.floating]) -> Vectors:
    rows = np.asarray(rows, dtype=np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def cosine(vectors: Vectors, i: int, j: int) -> float:
    """The correctly rounded dot, one pair at a time: shares no code with what is tested."""
    products = [float(a) * float(b) for a, b in zip(vectors[i], vectors[j], strict=True)]
    return min(1.0, max(-1.0, math.fsum(products)))


def cosines(vectors: Vectors) -> NDArray[np.float64]:
    """All of them; no sum of these few products is rounded differently in float64."""
    n = len(vectors)
    found = [[cosine(vectors, i, j) for j in range(n)] for i in range(n)]
    return np.array(found).reshape(n, n)


@st.composite
def space(draw: st.DrawFn, n: int, *, dimension: int | None = None) -> Vectors:
    """Unit rows: spread out, in tight clusters, on a coarse grid (many exact ties), or equal."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = dimension or draw(st.integers(1, 24))
    kind = draw(st.sampled_from(["spread", "clusters", "grid", "copies", "equal"]))
    if kind == "equal":
        return np.repeat(unit(rng.normal(size=(1, d))), n, axis=0)
    if kind == "grid":  # few values whose dots are exact
        # (1/2, 1/2, 1/2, 1/2) and (1, 0, 0, 0), in all directions: cosines are multiples of 1/4
        halves = rng.choice([-0.5, 0.5], size=(n, 4))
        axes = np.eye(4)[rng.integers(0, 4, n)] * rng.choice([-1, 1], size=(n, 1))
        return np.where(rng.random((n, 1)) < 0.5, halves, axes).astype(np.float32)
    centres = rng.normal(size=(3, d))
    spread = 0.05 if kind == "clusters" else 2.0
    rows = unit(centres[rng.integers(0, 3, n)] + spread * rng.normal(size=(n, d)))
    if kind == "copies" and n:
        rows = rows[rng.integers(0, max(1, n // 3), n)]
    return rows


@st.composite
def two_spaces(draw: st.DrawFn, max_size: int = 20) -> tuple[Vectors, Vectors]:
    """Two spaces of the same images; none, one and two images as well."""
    n = draw(st.integers(0, max_size))
    return draw(space(n)), draw(space(n))
