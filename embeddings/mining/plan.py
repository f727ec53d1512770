"""Chooses how to compare all pairs: the prefix filter and its width, or whole vectors."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.prefix import Basis, PrefixFeatures, PrefixPlan, fit_basis
from embeddings.mining.tiles import tile_product
from embeddings.mining.vectors import exact_cosines

# Below this many images the choice itself would take longer than comparing whole vectors.
_FEWEST: Final = 12_000
_MANY: Final = 30_000  # from here on it pays to try several widths
_WIDTHS: Final = (128, 96, 192, 256)
_BLOCK: Final = 2048
_N_DOTS: Final = 2000  # timed


def quickest_plan(
    vectors: NDArray[np.float32], blind_min: float, *, device: str | None = None
) -> PrefixPlan | None:
    """Measure on a sample which plan is quickest here, for these vectors and this threshold.

    Args:
        device: torch's name of one; None takes a GPU where there is one.

    Returns:
        None if it is quickest to compare whole vectors, as where most pairs are alike.
    """
    if len(vectors) < _FEWEST:
        return None
    device = device or _best_device()
    rng = np.random.default_rng(1)
    sample = vectors[np.sort(rng.choice(len(vectors), 2 * _BLOCK, replace=False))]
    first, second = rng.integers(0, len(sample), (2, _N_DOTS))
    one_dot = _seconds(lambda: exact_cosines(sample, first, second)) / _N_DOTS
    least = _seconds(lambda: tile_product(sample, 0, 1, _BLOCK)) if device == "cpu" else np.inf
    basis, best = fit_basis(vectors, max(_WIDTHS)), None
    # bfloat16 is slower than float32 on processors without instructions for it
    dtypes: tuple[str, ...] = ("bfloat16", "float32") if device == "cpu" else ("float16",)
    for width in _WIDTHS if len(vectors) >= _MANY else _WIDTHS[:1]:
        for dtype in dtypes:
            plan = PrefixPlan(width, dtype, device)
            narrow = Basis(basis.centre, basis.directions[:, : plan.n_directions])
            features = PrefixFeatures(sample, blind_min, narrow, plan, _BLOCK)
            n_left = len(features.survivors(0, 1)[0])
            expected = _seconds(partial(features.survivors, 0, 1)) + n_left * one_dot
            if expected < least:
                best, least = plan, expected
        dtypes = (best.dtype,) if best else dtypes
    return best


def _best_device() -> str:
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    return "cuda" if torch.cuda.is_available() else "cpu"


def _seconds(work: Callable[[], object]) -> float:
    """The quicker of two runs, after one that warms up."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times[1:])
