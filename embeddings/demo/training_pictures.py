"""Pictures for training the demo's models: many scenes in memory, and jittered crops of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from embeddings.demo.scenes import draw, sample_scene

INPUT = 96
"""Width and height of both models' input, in pixels."""

STORED = 112
"""Width and height at which pictures are kept, so that crops can move."""

MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)

_DRAWN = 224

logger = logging.getLogger(__name__)


def _small(index: int, seed: int) -> NDArray[np.uint8]:
    picture = draw(sample_scene(seed, index), _DRAWN)
    return np.asarray(picture.resize((STORED, STORED), Image.Resampling.BICUBIC))


def training_pictures(count: int, seed: int, cache: Path | None = None) -> torch.Tensor:
    """Scenes 0 to ``count`` - 1 of the series ``seed`` as bytes, (count, 3, STORED, STORED).

    ``cache``: a folder in which they are kept between two runs.
    """
    file = cache / f"scenes-{seed}-{count}.npy" if cache else None
    if file is not None and file.exists():
        stacked = np.load(file)
    else:
        stacked = np.stack(_drawn(count, seed))
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, stacked)
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).contiguous()


def _drawn(count: int, seed: int) -> Sequence[NDArray[np.uint8]]:
    logger.info("drawing %d scenes", count)
    job = partial(_small, seed=seed)
    if count < 256:
        return [job(index) for index in range(count)]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(job, range(count), chunksize=64))


def jittered(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Model input from stored pictures: a crop that moves and grows a little, never mirrored.

    Args:
        pictures: (n, 3, STORED, STORED) bytes.

    Returns:
        (n, 3, INPUT, INPUT) normalised floats. Brightness and contrast move by 6% at most, so
        that orientation and colour stay worth knowing.
    """
    n = len(pictures)
    side = int(torch.randint(STORED - 12, STORED + 1, (), generator=generator))
    starts = torch.randint(0, STORED - side + 1, (n, 2), generator=generator).tolist()
    crops = torch.stack(
        [p[:, y : y + side, x : x + side] for p, (y, x) in zip(pictures, starts, strict=True)]
    )
    resized = functional.interpolate(
        crops.float() / 255, (INPUT, INPUT), mode="bilinear", antialias=True
    )
    contrast = 1 + 0.12 * (torch.rand(n, 1, 1, 1, generator=generator) - 0.5)
    brightness = 0.12 * (torch.rand(n, 1, 1, 1, generator=generator) - 0.5)
    return normalised(((resized - 0.5) * contrast + 0.5 + brightness).clamp(0, 1))


def whole(pictures: torch.Tensor) -> torch.Tensor:
    """Model input from stored pictures without any jitter."""
    size = (INPUT, INPUT)
    return normalised(
        functional.interpolate(pictures.float() / 255, size, mode="bilinear", antialias=True)
    )


def normalised(pictures: torch.Tensor) -> torch.Tensor:
    """Subtract MEAN and divide by STD, channel by channel."""
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    return (pictures - mean[:, None, None]) / std[:, None, None]
