"""Processes that decode, and the memory that they share with the one that reads.

Forked, so that neither model nor libraries are loaded again; they never touch a GPU. Handing every
picture's pixels through a pipe would take the reading process longer than a GPU takes for them.
"""

import mmap
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.images import Images

Decoded = torch.Tensor | str
Decode = Callable[[str, Path], Decoded]
Told = str | NDArray[np.float32] | None  # None: the pixels are in the shared row

_MOST_AT_ONCE: Final = 8  # images of a task


class SharedRows:
    """Rows (n, *shape) of float32 that processes forked later write and this one reads."""

    def __init__(self, n: int, shape: Sequence[int]) -> None:
        size = n * int(np.prod(shape)) * np.dtype(np.float32).itemsize
        self.rows = np.frombuffer(mmap.mmap(-1, size), np.float32).reshape(n, *shape)

    def put(self, row: int | None, pixels: torch.Tensor) -> NDArray[np.float32] | None:
        """Writes the pixels into a row, or gives them back where they do not fit."""
        values: NDArray[np.float32] = pixels.numpy()
        if row is None or values.shape != self.rows.shape[1:] or values.dtype != np.float32:
            return values
        self.rows[row] = values
        return None


class ForkedDecoders:
    """`n` processes that decode batches; those of one batch last until `ahead` more came."""

    def __init__(
        self, decode: Decode, n: int, *, shape: Sequence[int], batch_size: int, ahead: int
    ) -> None:
        """Pixels of this shape, in batches of this size, need not go through a pipe."""
        self._shared = SharedRows(ahead * batch_size, shape)
        self._n, self._batch_size, self._ahead, self._n_batches = n, batch_size, ahead, 0
        context = multiprocessing.get_context("fork")
        self.executor = ProcessPoolExecutor(
            n, context, initializer=_start_process, initargs=(decode, self._shared)
        )

    def submit(self, images: Images) -> Callable[[], list[Decoded]]:
        """Begins to decode a batch; what is returned waits for it."""
        rows = self._rows_for(len(images))
        at_once = max(1, min(_MOST_AT_ONCE, len(images) // self._n))
        tasks = [
            self.executor.submit(
                _decode_in_process, images[at : at + at_once], rows[at : at + at_once]
            )
            for at in range(0, len(images), at_once)
        ]
        return lambda: self._wait(tasks, rows)

    def _rows_for(self, n_images: int) -> list[int | None]:
        begin = self._n_batches % self._ahead * self._batch_size
        self._n_batches += 1
        n_shared = min(n_images, self._batch_size)
        return [*range(begin, begin + n_shared), *[None] * (n_images - n_shared)]

    def _wait(self, tasks: Sequence[Future[list[Told]]], rows: list[int | None]) -> list[Decoded]:
        told = [one for task in tasks for one in task.result()]
        return [self._pixels(one, row) for one, row in zip(told, rows, strict=True)]

    def _pixels(self, told: Told, row: int | None) -> Decoded:
        if isinstance(told, str):
            return told
        return torch.from_numpy(self._shared.rows[row] if told is None else told)


_of_process: list[tuple[Decode, SharedRows]] = []


def _start_process(decode: Decode, shared: SharedRows) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends them
    torch.set_num_threads(1)
    _of_process[:] = [(decode, shared)]


def _decode_in_process(images: Images, rows: Sequence[int | None]) -> list[Told]:
    ((decode, shared),) = _of_process
    decoded = [decode(key, path) for key, path in images]
    return [
        one if isinstance(one, str) else shared.put(row, one)
        for one, row in zip(decoded, rows, strict=True)
    ]
