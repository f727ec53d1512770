"""Chooses how to compare all pairs: the prefix filter and its width, or whole vectors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.tiles import tile_product
from embeddings.mining.vectors import rough_cosines

if TYPE_CHECKING:
    from embeddings.mining.ahead import Pairs
    from embeddings.mining.prefix import Basis, PrefixFeatures

# Columns beside the directions: q, and two halves of each of the two b.
_OWN_COLUMNS: Final = 5

# Below this many images the choice itself would take longer than comparing whole vectors.
_FEWEST: Final = 12_000
_MANY: Final = 30_000  # from here on it pays to try several widths
_WIDTH: Final = 128  # never far from the quickest
_NARROWER: Final = (96, 64, 48, 40, 32)
_WIDER: Final = (192, 256)
_BLOCK: Final = 2048
_CLEARLY: Final = 1.25  # worse, whatever else ran during the trial
_TRIED_ROWS: Final = _BLOCK // 2
_N_DOTS: Final = 1 << 14  # timed, of so many rows that they do not fit into a cache
_MANY_LEFT: Final = 1e-3  # share of pairs above which deciding them costs more than filtering


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

    @property
    def block_size(self) -> int:
        """Rows of a block: what stays in a processor's cache, and enough to keep a GPU busy."""
        return _BLOCK if self.device == "cpu" else 4 * _BLOCK

    def __str__(self) -> str:
        return f"a filter of {self.n_directions} directions, {self.dtype} on {self.device}"


@dataclass(frozen=True)
class ChosenPlan:
    """A plan with the basis of its features; no plan compares whole vectors."""

    plan: PrefixPlan | None
    basis: "Basis | None" = None

    @property
    def block_size(self) -> int:
        """Rows of a block."""
        return self.plan.block_size if self.plan else _BLOCK

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

    widest = max(_WIDER) if plan == "quickest" else plan.n_directions
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
    from embeddings.mining.prefix import fit_basis  # noqa: PLC0415 - torch

    device = device or best_device()
    rng = np.random.default_rng(1)
    sample = vectors[np.sort(rng.choice(len(vectors), 2 * _BLOCK, replace=False))]
    basis = basis or fit_basis(vectors, max(_WIDER))
    trials = _Trials(sample, blind_min, basis)
    if device != "cpu":  # products cost next to nothing there, while few enough pairs are left
        narrow, wide = (PrefixPlan(width, "float16", device) for width in (128, 256))
        return narrow if trials.share_left(narrow) < _MANY_LEFT else wide
    one_dot = _seconds_of_a_dot(vectors, rng)
    best = PrefixPlan(_WIDTH, quickest_dtype())
    least = trials.cost(best, one_dot)
    for widths in (_NARROWER, _WIDER) if len(vectors) >= _MANY else ():
        for width in widths:
            plan = replace(best, width=width)
            cost = trials.cost(plan, one_dot)
            if cost > _CLEARLY * least:
                break
            if cost < least:
                least, best = cost, plan
        if best.width < _WIDTH:
            break
    # Half the entries of the plans' products.
    whole_vectors = 2 * _seconds(lambda: tile_product(sample, 0, 1, _BLOCK // 2))
    return best if least < whole_vectors else None


@cache
def quickest_dtype() -> str:
    """In which of two a processor multiplies short vectors quickest.

    bfloat16 takes many times as long as float32 on processors without instructions for it.
    """
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    from embeddings.mining.ahead import one_thread  # noqa: PLC0415 - torch

    seconds = {}
    with one_thread():
        for dtype in (torch.float32, torch.bfloat16):
            left, right = (torch.ones(n, _WIDTH, dtype=dtype) for n in (_BLOCK // 16, _BLOCK))
            buffer = left @ right.T
            seconds[dtype] = _seconds(partial(torch.mm, left, right.T, out=buffer))
    return str(min(seconds, key=seconds.__getitem__)).removeprefix("torch.")


class _Trials:
    """One product of 1024 rows of a sample with 2048 others, for several plans."""

    def __init__(self, sample: NDArray[np.float32], blind_min: float, basis: "Basis") -> None:
        self._sample, self._blind_min, self._basis = sample, blind_min, basis
        self._of: dict[PrefixPlan, PrefixFeatures] = {}

    def share_left(self, plan: PrefixPlan) -> float:
        """Of the pairs, what the filter leaves."""
        return len(self._survivors(plan)[0]) / (_TRIED_ROWS * _BLOCK)

    def cost(self, plan: PrefixPlan, one_dot: float) -> float:
        """Seconds with every core at work; what the filter leaves is decided by one of them."""
        from embeddings.mining.ahead import one_thread  # noqa: PLC0415 - torch

        with one_thread() as n_threads:
            filtering = _seconds(partial(self._survivors, plan))
        deciding = len(self._survivors(plan)[0]) * one_dot
        return max(deciding, (filtering + deciding) / n_threads)

    def _survivors(self, plan: PrefixPlan) -> "Pairs":
        from embeddings.mining.prefix import PrefixFeatures  # noqa: PLC0415 - torch

        if plan not in self._of:
            self._of[plan] = PrefixFeatures(self._sample, self._blind_min, self._basis, plan)
        rows = slice(_BLOCK, _BLOCK + _TRIED_ROWS)
        return self._of[plan].survivors(rows, slice(0, _BLOCK))


def best_device() -> str:
    """The GPU, where torch has one."""
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    return "cuda" if torch.cuda.is_available() else "cpu"


def _seconds_of_a_dot(vectors: NDArray[np.float32], rng: np.random.Generator) -> float:
    rows = np.asarray(vectors[: 2 * _N_DOTS])
    first, second = rng.integers(0, len(rows), (2, _N_DOTS))
    return _seconds(partial(rough_cosines, rows, first, second)) / _N_DOTS


def _seconds(work: Callable[[], object]) -> float:
    """The quickest of three runs, after one that warms up."""
    times = []
    for _ in range(4):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times[1:])
