"""Batches of model input, decoded while the encoder works on the batch before.

Threads decode where the encoder runs on the processors; for a GPU processes do, because many
threads would wait for each other inside one Python.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import torch
from PIL import Image

from embeddings.encoder import Encoder
from embeddings.errors import EmbeddingsError
from embeddings.forked_decoding import Decode, Decoded, ForkedDecoders
from embeddings.images import Images, UnreadableImage, indexed_image

Preprocess = Callable[[Image.Image], torch.Tensor]

_BATCHES_AHEAD: Final = 3
_FEW_WORKERS: Final = 4
_MOST_WORKERS: Final = 32
_ANY_IMAGE: Final = (64, 48)


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
    decode = partial(_decode, encoder.preprocess, max_pixels=max_pixels, draft_side=draft_side)
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    decoders = (
        _forked(encoder.preprocess, decode, threads, max(1, len(first)))
        if in_processes
        else _Threads(decode, threads)
    )
    collector = ThreadPoolExecutor(1, "collect", initializer=_one_torch_thread)
    try:
        for images in chain([first], batches):
            waiting.append(collector.submit(_collect, images, decoders.submit(images), pin))
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
        decoders.executor.shutdown(wait=True, cancel_futures=True)
        collector.shutdown(wait=True, cancel_futures=True)
        # torch gives new threads the number that was set last, in whichever thread.
        torch.set_num_threads(torch_threads)


class _Decoders(Protocol):
    executor: Executor

    def submit(self, images: Images) -> Callable[[], list[Decoded]]: ...


class _Threads:
    def __init__(self, decode: Decode, n: int) -> None:
        self._decode = decode
        self.executor = ThreadPoolExecutor(n, "decode", initializer=_one_torch_thread)

    def submit(self, images: Images) -> Callable[[], list[Decoded]]:
        tasks = [self.executor.submit(self._decode, key, path) for key, path in images]
        return lambda: [task.result() for task in tasks]


def _forked(preprocess: Preprocess, decode: Decode, n: int, batch_size: int) -> ForkedDecoders:
    shape = preprocess(Image.new("RGB", _ANY_IMAGE)).shape
    return ForkedDecoders(decode, n, shape=shape, batch_size=batch_size, ahead=_BATCHES_AHEAD)


def _one_torch_thread() -> None:
    torch.set_num_threads(1)


def _decode(
    preprocess: Preprocess, key: str, path: Path, *, max_pixels: int, draft_side: int | None
) -> Decoded:
    """The model's input, or why there is none."""
    try:
        image = indexed_image(path, key, max_pixels=max_pixels, draft_side=draft_side)
    except UnreadableImage as error:
        return f"{error.reason}: {error.detail}"
    return preprocess(image)


def _collect(images: Images, decoded: Callable[[], list[Decoded]], pin: bool) -> DecodedBatch:
    keys, tensors, skipped = [], [], {}
    for (key, _), result in zip(images, decoded(), strict=True):
        if isinstance(result, str):
            skipped[key] = result
        else:
            keys.append(key)
            tensors.append(result)
    if not tensors:
        return DecodedBatch(keys, None, skipped)
    shape = len(tensors), *tensors[0].shape
    room = torch.empty(shape, dtype=tensors[0].dtype, pin_memory=pin)
    return DecodedBatch(keys, torch.stack(tensors, out=room), skipped)
