"""Chooses how to compare all pairs: the prefix filter and its width, or whole vectors."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.tiles import tile_product
from embeddings.mining.vectors import exact_cosines

if TYPE_CHECKING:
    from embeddings.mining.prefix import Basis

# Columns beside the directions: q, and two halves of each of the two b.
_OWN_COLUMNS: Final = 5

# Below this many images the choice itself would take longer than comparing whole vectors.
_FEWEST: Final = 12_000
_MANY: Final = 30_000  # from here on it pays to try several widths
_WIDTHS: Final = (128, 96, 192, 256)
_BLOCK: Final = 2048
_N_DOTS: Final = 2000  # timed
_ONE_DOT_ON_GPU: Final = 1e-8  # seconds; it matters little there


@dataclass(frozen=True)
class PrefixPlan:
    """How the filter works: columns of the features, their dtype's name, and the device."""

    width: int
    dtype: str = "bfloat16"
    device: str = "cpu"

    @property
    def n_directions(self) -> int:
        """Directions that have room beside a row's own columns."""
        return self.width - _OWN_COLUMNS

    def __str__(self) -> str:
        return f"a filter of {self.n_directions} directions, {self.dtype} on {self.device}"


@dataclass(frozen=True)
class ChosenPlan:
    """A plan with the basis of its features; no plan compares whole vectors."""

    plan: PrefixPlan | None
    basis: "Basis | None" = None

    @property
    def device(self) -> str:
        """Where the pairs are compared."""
        return self.plan.device if self.plan else "cpu"

    def __str__(self) -> str:
        return str(self.plan or "their whole vectors")


def choose_plan(
    vectors: NDArray[np.float32],
    blind_min: float,
    plan: PrefixPlan | Literal["quickest"] | None,
) -> ChosenPlan:
    """The plan that is given, or the quickest, with a basis fitted to a sample of the vectors."""
    if plan is None or len(vectors) < (_FEWEST if plan == "quickest" else 2):
        return ChosenPlan(None)
    from embeddings.mining.prefix import fit_basis  # noqa: PLC0415 - torch

    widest = max(_WIDTHS) if plan == "quickest" else plan.n_directions
    basis = fit_basis(vectors, widest)
    if plan == "quickest":
        plan = quickest_plan(vectors, blind_min, basis=basis)
    return ChosenPlan(plan, basis)


def quickest_plan(
    vectors: NDArray[np.float32],
    blind_min: float,
    *,
    basis: "Basis | None" = None,
    device: str | None = None,
) -> PrefixPlan | None:
    """Measure on a sample which plan is quickest here, for these vectors and this threshold.

    Args:
        vectors: (n, d) unit float32 rows.
        blind_min: the threshold of the blind cosine.
        basis: of these vectors; fitted if it is not given.
        device: torch's name of one; None takes a GPU where there is one.

    Returns:
        None if it is quickest to compare whole vectors, as where most pairs are alike.
    """
    if len(vectors) < _FEWEST:
        return None
    from embeddings.mining.prefix import PrefixFeatures, fit_basis  # noqa: PLC0415 - torch

    device = device or best_device()
    rng = np.random.default_rng(1)
    sample = vectors[np.sort(rng.choice(len(vectors), 2 * _BLOCK, replace=False))]
    one_dot = _ONE_DOT_ON_GPU if device != "cpu" else _seconds_of_a_dot(sample, rng)
    least = _seconds(lambda: tile_product(sample, 0, 1, _BLOCK)) if device == "cpu" else np.inf
    basis, best = basis or fit_basis(vectors, max(_WIDTHS)), None
    # bfloat16 is slower than float32 on processors without instructions for it
    dtypes: tuple[str, ...] = ("bfloat16", "float32") if device == "cpu" else ("float16",)
    first, second = slice(0, _BLOCK), slice(_BLOCK, 2 * _BLOCK)
    for width in _WIDTHS if len(vectors) >= _MANY else _WIDTHS[:1]:
        for dtype in dtypes:
            plan = PrefixPlan(width, dtype, device)
            survivors = PrefixFeatures(sample, blind_min, basis, plan).survivors
            n_left = len(survivors(second, first)[0])
            seconds = _seconds(lambda: survivors(second, first)[0].cpu())  # noqa: B023 - run at once
            expected = seconds + n_left * one_dot
            if expected < least:
                best, least = plan, expected
        dtypes = (best.dtype,) if best else dtypes
    return best


def best_device() -> str:
    """The GPU, where torch has one."""
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    return "cuda" if torch.cuda.is_available() else "cpu"


def _seconds_of_a_dot(sample: NDArray[np.float32], rng: np.random.Generator) -> float:
    first, second = rng.integers(0, len(sample), (2, _N_DOTS))
    return _seconds(partial(exact_cosines, sample, first, second)) / _N_DOTS


def _seconds(work: Callable[[], object]) -> float:
    """The quicker of two runs, after one that warms up."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times[1:])
