"""Which of the GPU's kernels are used: those that can be had here and pass a trial on a few rows.

They are compiled for the card when they first run, by whatever Triton is installed. Where one does
not compile, or finds anything else than plain torch does, plain torch does all the work.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import torch

if TYPE_CHECKING:
    from embeddings.mining.fused import FusedSearch

Dots = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
T = TypeVar("T")

_TRIED_ROWS: Final = 300
_CERTAIN: Final = 1e-3  # far more than float32 sums of a filter's product are off
_LEAST_CAPABILITY: Final = 8  # before, Triton multiplies without the card's units for products


def fused_search(left: torch.Tensor, right: torch.Tensor) -> "FusedSearch | None":
    """The filter of these features as one kernel; None where it cannot be used."""
    width = left.shape[1]
    if left.device.type != "cuda" or left.dtype == torch.float32 or width & (width - 1):
        return None
    gpu = torch.cuda.get_device_properties(left.device)
    if gpu.major < _LEAST_CAPABILITY:
        return None
    fast_memory = getattr(gpu, "shared_memory_per_block_optin", 1 << 16)
    return or_none("filter", lambda: tried_search(left, right, fast_memory))


@cache
def fused_dots(dimension: int, device: str) -> Dots | None:
    """Exact dots of rows of this many values as one kernel; None where it cannot be used."""
    if torch.device(device).type != "cuda":
        return None
    return or_none("cosine", lambda: tried_dots(dimension, device))


def tried_search(left: torch.Tensor, right: torch.Tensor, fast_memory: int) -> "FusedSearch | None":
    """The search, if there is a tile that fits, after a look at the first rows.

    Raises:
        RuntimeError: it does not find what the product finds.
    """
    from embeddings.mining.fused import FusedSearch, tile_shape  # noqa: PLC0415 - not everywhere

    shape = tile_shape(left.shape[1], fast_memory)
    if shape is None:
        return None
    search = FusedSearch(left, right, shape)
    n = min(len(left), _TRIED_ROWS)
    products = left[:n].double() @ right[:n].double().T
    found = torch.zeros_like(products, dtype=torch.bool)
    for second, first, _ in search.survivors(slice(0, n)):
        found[second, first] = True
    certain = (products.abs() > _CERTAIN).tril(-1)
    if found.triu().any() or not torch.equal(found[certain], products[certain] > 0):
        raise RuntimeError("it finds other pairs than plain torch.")
    return search


def tried_dots(dimension: int, device: str) -> Dots | None:
    """The kernel, for dimensions that it can add up, after a look at its bits.

    Raises:
        RuntimeError: it gives others than plain torch.
    """
    from embeddings.mining.fused import exact_dots  # noqa: PLC0415 - not everywhere
    from embeddings.mining.vectors import dots_step_by_step, even_parts  # noqa: PLC0415 - a circle

    if even_parts(dimension) is None:
        return None
    random = torch.Generator().manual_seed(0)
    rows = torch.randn(_TRIED_ROWS, dimension, generator=random).to(device)
    first, second = torch.randint(_TRIED_ROWS, (2, _TRIED_ROWS), generator=random).to(device)
    if not torch.equal(exact_dots(rows, first, second), dots_step_by_step(rows, first, second)):
        raise RuntimeError("it gives other cosines than plain torch.")
    return exact_dots


def or_none(what: str, make: Callable[[], T | None]) -> T | None:
    """What is made, or None and a warning where it cannot be: the work goes on without."""
    try:
        return make()
    except ImportError:  # no Triton
        return None
    except Exception as error:  # noqa: BLE001 - a compiler for unknown cards may raise anything
        reason = str(error).partition("\n")[0]
        warnings.warn(f"The GPU's {what} kernel is not used here: {reason}", stacklevel=2)
        return None
