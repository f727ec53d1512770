"""Batches of model input, decoded while the encoder works on the batch before.

Threads decode where the encoder runs on the processors; for a GPU processes do, because many
threads would wait for each other inside one Python.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from embeddings.encoder import Encoder
from embeddings.errors import EmbeddingsError
from embeddings.images import UnreadableImage, indexed_image

Images = Sequence[tuple[str, Path]]

Preprocess = Callable[[Image.Image], torch.Tensor]
Decoded = torch.Tensor | NDArray[np.float32] | str

_BATCHES_AHEAD: Final = 3
_FEW_WORKERS: Final = 4
_MOST_WORKERS: Final = 32


@dataclass(frozen=True)
class DecodedBatch:
    """The readable images of one batch, None if there are none, and why the others are not."""

    keys: list[str]
    pixels: torch.Tensor | None
    skipped: dict[str, str]


def decode_batches(
    encoder: Encoder,
    batches: Iterable[Images],
    *,
    max_pixels: int,
    draft_side: int | None = None,
    workers: int | None = None,
    in_processes: bool | None = None,
) -> Generator[DecodedBatch]:
    """Yield the batches in order; pinned in memory when the encoder is on a GPU.

    Args:
        encoder: whose preprocessing the images go through.
        batches: (SHA-256 of the file, its path) of each image.
        max_pixels: larger images are skipped.
        draft_side: as in `model_image`.
        workers: decoding threads or processes; as many as processors by default.
        in_processes: None is where it pays: for a GPU, beside more processors than a few.

    Raises:
        EmbeddingsError: a decoding process was killed, as for want of memory.
    """
    torch_threads = torch.get_num_threads()
    pin = encoder.device.startswith("cuda")
    waiting: deque[Future[DecodedBatch]] = deque()
    # One torch thread each: the processors are the encoder's and the decoders', not torch's twice.
    threads = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    if in_processes is None:
        in_processes = pin and threads > _FEW_WORKERS
    decoders, decode = _decoders(encoder.preprocess, threads, in_processes=in_processes)
    collector = ThreadPoolExecutor(1, "collect", initializer=_one_torch_thread)
    try:
        for images in batches:
            pixels = [
                decoders.submit(decode, key, path, max_pixels, draft_side) for key, path in images
            ]
            waiting.append(collector.submit(_collect, images, pixels, pin))
            if len(waiting) == _BATCHES_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise EmbeddingsError(
            "a process that decoded images was killed, perhaps for want of memory.",
            hint="Try fewer workers.",
        ) from error
    finally:
        decoders.shutdown(wait=True, cancel_futures=True)
        collector.shutdown(wait=True, cancel_futures=True)
        # torch gives new threads the number that was set last, in whichever thread.
        torch.set_num_threads(torch_threads)


def _decoders(
    preprocess: Preprocess, n: int, *, in_processes: bool
) -> tuple[Executor, Callable[[str, Path, int, int | None], Decoded]]:
    if not in_processes:
        threads = ThreadPoolExecutor(n, "decode", initializer=_one_torch_thread)
        return threads, partial(_decode, preprocess)
    # Forked, so that neither model nor libraries are loaded again; they never touch the GPU.
    context = multiprocessing.get_context("fork")
    processes = ProcessPoolExecutor(n, context, initializer=_start_process, initargs=(preprocess,))
    return processes, _decode_in_process


def _one_torch_thread() -> None:
    torch.set_num_threads(1)


_of_process: list[Preprocess] = []


def _start_process(preprocess: Preprocess) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends them
    _one_torch_thread()
    _of_process[:] = [preprocess]


def _decode_in_process(key: str, path: Path, max_pixels: int, draft_side: int | None) -> Decoded:
    decoded = _decode(_of_process[0], key, path, max_pixels, draft_side)
    # As an array: torch would hand each tensor over through a file of its own.
    return decoded.numpy() if isinstance(decoded, torch.Tensor) else decoded


def _decode(
    preprocess: Preprocess, key: str, path: Path, max_pixels: int, draft_side: int | None
) -> Decoded:
    """The model's input, or why there is none."""
    try:
        image = indexed_image(path, key, max_pixels=max_pixels, draft_side=draft_side)
    except UnreadableImage as error:
        return f"{error.reason}: {error.detail}"
    return preprocess(image)


def _collect(images: Images, pixels: list[Future[Decoded]], pin: bool) -> DecodedBatch:
    keys, tensors, skipped = [], [], {}
    for (key, _), future in zip(images, pixels, strict=True):
        result = future.result()
        if isinstance(result, str):
            skipped[key] = result
        else:
            keys.append(key)
            tensors.append(torch.as_tensor(result))
    if not tensors:
        return DecodedBatch(keys, None, skipped)
    stacked = torch.stack(tensors)
    return DecodedBatch(keys, stacked.pin_memory() if pin else stacked, skipped)
