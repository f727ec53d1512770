"""Forward passes of decoded batches: on a GPU one at a time, on processors side by side.

Cores that work on one batch together wait for each other after every operation, and for whatever
else runs on one of them: decoding, or another program. With a batch for each they need not.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.decoding import DecodedBatch
from embeddings.encoder import Encoder

Vectors = NDArray[np.float32]
Timed = tuple[Vectors | None, float]
Submit = Callable[[DecodedBatch], "Future[Timed]"]

_MOST_AT_ONCE: Final = 4  # each takes the memory of a batch


class OutOfMemoryError(Exception):
    """The batch is too large for the memory."""


def batches_at_once(encoder: Encoder) -> int:
    """How many batches are computed side by side."""
    return min(_MOST_AT_ONCE, torch.get_num_threads()) if encoder.device == "cpu" else 1


def embedded_batches(
    encoder: Encoder, decoded: Iterator[DecodedBatch], at_once: int
) -> Generator[tuple[DecodedBatch, Vectors | None, float]]:
    """Each batch with its vectors (n, d), and the seconds that the encoder waited for it.

    The vectors of a batch without readable images are None.

    Raises:
        OutOfMemoryError: a batch is too large.
    """
    running: deque[tuple[DecodedBatch, Future[Timed], float]] = deque()
    with _forwards(encoder, at_once) as submit:
        while True:
            begun = time.perf_counter()
            batch = next(decoded, None)
            if batch is not None:
                waited = _idle_seconds(begun, [future for _, future, _ in running], at_once)
                running.append((batch, submit(batch), waited))
            if not running:
                return
            if batch is None or len(running) == at_once:
                done, future, waited = running.popleft()
                yield done, future.result()[0], waited


def forward(encoder: Encoder, pixels: torch.Tensor) -> Vectors:
    """The vectors of one batch.

    Raises:
        OutOfMemoryError: it is too large.
    """
    try:
        return encoder.embed_images(pixels)
    except (torch.OutOfMemoryError, MemoryError):
        pass
    except RuntimeError as error:
        # What torch's allocator for main memory says.
        if "can't allocate memory" not in str(error):
            raise
    # Outside the handlers, whose traceback would keep the failed batch's tensors alive.
    if encoder.device.startswith("cuda"):
        torch.cuda.empty_cache()
    raise OutOfMemoryError


@contextmanager
def _forwards(encoder: Encoder, at_once: int) -> Iterator[Submit]:
    n_threads = torch.get_num_threads()
    each = max(1, n_threads // at_once)

    def timed(batch: DecodedBatch) -> Timed:
        # Every time: at its first operation a new thread takes the number that was set last.
        torch.set_num_threads(each)
        vectors = None if batch.pixels is None else forward(encoder, batch.pixels)
        return vectors, time.perf_counter()

    if at_once == 1:
        yield lambda batch: _done(timed(batch))
        return
    workers = ThreadPoolExecutor(at_once, "forward")
    try:
        yield lambda batch: workers.submit(timed, batch)
    finally:
        workers.shutdown(wait=True, cancel_futures=True)
        # torch gives new threads the number that was set last, in whichever thread.
        torch.set_num_threads(n_threads)


def _done(result: Timed) -> "Future[Timed]":
    future: Future[Timed] = Future()
    future.set_result(result)
    return future


def _idle_seconds(begun: float, running: list["Future[Timed]"], at_once: int) -> float:
    """Since `begun`: the part of the time in which nothing was computed, of all at once."""
    now = time.perf_counter()
    ends = [min(now, one.result()[1]) if one.done() else now for one in running]
    busy = sum(max(0.0, end - begun) for end in ends)
    return max(0.0, now - begun - busy / at_once)
