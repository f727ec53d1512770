"""Tiles scanned by a processor's cores before they are asked for, as long as few pairs wait."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

Positions = NDArray[np.int64] | torch.Tensor
Pairs = tuple[Positions, Positions]

_TILES: Final = 256  # ahead: deciding what a tile leaves takes turns with the search for more
_PAIRS: Final = 1 << 22  # ahead: 64 MiB


class ScannedAhead:
    """What `scan` finds in each tile, in the order of the tiles.

    Where all is alike a tile leaves millions of pairs, and whoever decides them falls behind: then
    the workers leave tiles alone, and these are scanned when their turn comes.
    """

    def __init__(self, scan: Callable[[slice, slice], Pairs], workers: Executor | None) -> None:
        """Without workers each tile is scanned when its turn comes."""
        self._scan, self._workers = scan, workers
        self._lock, self._n_pairs = threading.Lock(), 0

    def of(self, tiles: Iterable[tuple[slice, slice]]) -> Iterator[Pairs]:
        """Rows and columns of the tiles."""
        if self._workers is None:
            yield from (self._scan(*tile) for tile in tiles)
            return
        waiting: deque[tuple[tuple[slice, slice], Future[Pairs | None]]] = deque()
        for tile in tiles:
            waiting.append((tile, self._workers.submit(self._unless_many_wait, *tile)))
            if len(waiting) > _TILES:
                yield self._taken(*waiting.popleft())
        while waiting:
            yield self._taken(*waiting.popleft())

    def _unless_many_wait(self, rows: slice, columns: slice) -> Pairs | None:
        if self._n_pairs > _PAIRS:
            return None
        found = self._scan(rows, columns)
        self._count(len(found[0]))
        return found

    def _taken(self, tile: tuple[slice, slice], scanned: Future[Pairs | None]) -> Pairs:
        found = scanned.result()
        if found is None:
            return self._scan(*tile)
        self._count(-len(found[0]))
        return found

    def _count(self, n_pairs: int) -> None:
        with self._lock:
            self._n_pairs += n_pairs


@contextmanager
def one_part_a_core(device: str) -> Iterator[Executor | None]:
    """Workers with a core each; None where a GPU does the work, or one core.

    Threads that share a step wait for each other at its end, which takes many times as long as the
    step itself where another program has one of the cores.
    """
    n_threads = torch.get_num_threads()
    if device != "cpu" or n_threads == 1:
        yield None
        return
    workers = ThreadPoolExecutor(
        n_threads, "part", initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield workers
    finally:
        workers.shutdown(wait=True, cancel_futures=True)
        # torch gives new threads the number that was set last, in whichever thread.
        torch.set_num_threads(n_threads)


@contextmanager
def one_thread() -> Iterator[int]:
    """What torch does here it does in one thread, as such a worker; gives the number otherwise."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield n_threads
    finally:
        torch.set_num_threads(n_threads)
