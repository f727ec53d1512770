"""How many pairs fit into the memory that mining may use beside the vectors."""

import os
from typing import Final

from embeddings.mining.pairs import MiningError
from embeddings.mining.plan import PrefixPlan

_PAIR: Final = 128  # bytes: its four numbers, and the copies while pairs are ranked
_MANY: Final = 50_000_000  # more pairs help nobody, and ranking them takes minutes
_TILES: Final = 16  # float32 tiles, or what looking for entries in one takes


def most_pairs(memory: int | None, n_images: int, plan: PrefixPlan | None, block_size: int) -> int:
    """Pairs that may be held at once.

    Args:
        memory: bytes; None is a quarter of the machine's.
        n_images: rows of the vectors.
        plan: of the filter, whose features stay in memory; None compares whole vectors.
        block_size: rows of a tile.

    Raises:
        MiningError: not even the features and tiles fit.
    """
    memory = a_quarter_of_this_machine() if memory is None else memory
    size = min(block_size, max(1, n_images))
    needed = _TILES * 4 * size * size
    if plan is not None and plan.device == "cpu":
        needed += 2 * n_images * plan.width * (4 if plan.dtype == "float32" else 2)
    if memory < needed + _PAIR:
        raise MiningError(
            f"{n_images:,} images need {needed / 2**20:,.3f} MiB beside their vectors, not "
            f"{memory / 2**20:,.3f}.",
            where="memory",
            hint="Allow more.",
        )
    return min(_MANY, (memory - needed) // _PAIR)


def a_quarter_of_this_machine() -> int:
    """Bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
