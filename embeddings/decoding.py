"""Batches of model input, decoded by threads while the encoder works on the batch before."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from embeddings.encoder import Encoder
from embeddings.images import UnreadableImage, indexed_image

Images = Sequence[tuple[str, Path]]

_BATCHES_AHEAD: Final = 3
_MOST_WORKERS: Final = 32


@dataclass(frozen=True)
class DecodedBatch:
    """The readable images of one batch, None if there are none, and why the others are not."""

    keys: list[str]
    pixels: torch.Tensor | None
    skipped: dict[str, str]


def decode_batches(
    encoder: Encoder, batches: Iterable[Images], *, max_pixels: int, workers: int | None = None
) -> Generator[DecodedBatch]:
    """Yield the batches in order; pinned in memory when the encoder is on a GPU.

    Args:
        batches: (SHA-256 of the file, its path) of each image.
        max_pixels: larger images are skipped.
        workers: decoding threads; as many as processors by default.
    """
    torch_threads = torch.get_num_threads()
    pin = encoder.device.startswith("cuda")
    waiting: deque[Future[DecodedBatch]] = deque()
    # One torch thread each: the processors are the encoder's and the decoders', not torch's twice.
    threads = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    decoders = ThreadPoolExecutor(threads, "decode", initializer=_one_torch_thread)
    collector = ThreadPoolExecutor(1, "collect", initializer=_one_torch_thread)
    try:
        for images in batches:
            pixels = [
                decoders.submit(_decode, encoder, key, path, max_pixels) for key, path in images
            ]
            waiting.append(collector.submit(_collect, images, pixels, pin))
            if len(waiting) == _BATCHES_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        decoders.shutdown(wait=True, cancel_futures=True)
        collector.shutdown(wait=True, cancel_futures=True)
        # torch gives new threads the number that was set last, in whichever thread.
        torch.set_num_threads(torch_threads)


def _one_torch_thread() -> None:
    torch.set_num_threads(1)


def _decode(encoder: Encoder, key: str, path: Path, max_pixels: int) -> torch.Tensor | str:
    """The model's input, or why there is none."""
    try:
        image = indexed_image(path, key, max_pixels=max_pixels)
    except UnreadableImage as error:
        return f"{error.reason}: {error.detail}"
    return encoder.preprocess(image)


def _collect(images: Images, pixels: list[Future[torch.Tensor | str]], pin: bool) -> DecodedBatch:
    keys, tensors, skipped = [], [], {}
    for (key, _), future in zip(images, pixels, strict=True):
        result = future.result()
        if isinstance(result, str):
            skipped[key] = result
        else:
            keys.append(key)
            tensors.append(result)
    if not tensors:
        return DecodedBatch(keys, None, skipped)
    stacked = torch.stack(tensors)
    return DecodedBatch(keys, stacked.pin_memory() if pin else stacked, skipped)
