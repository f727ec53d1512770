"""Synthetic vectors for the benchmarks, made with fixed seeds: two encoders' views of one corpus.

As CLIP's, rows share a large common mean (0.55 of their squared length) and have a falling
spectrum. The images fall into 1,000 classes of four kinds each, so that about 3 in 100,000 pairs
have a blind cosine above 0.95, of which the reference tells apart 4 in 10, whatever the number of
images. None of this was fitted to a real encoder.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

_N_CLASSES: Final = 1000
_N_KINDS: Final = 4
_ROWS_AT_ONCE: Final = 1 << 15


@dataclass(frozen=True)
class Space:
    """One encoder: its dimension, the mean's share, and how wide classes, kinds and images lie."""

    dimension: int
    common: float
    of_class: float
    of_kind: float
    least: float
    most: float
    seed: int


BLIND: Final = Space(768, 0.55, 0.7, 0.55, 0.1, 1.0, seed=1)
REFERENCE: Final = Space(1024, 0.05, 0.6, 0.5, 0.35, 0.95, seed=2)


def synthetic(space: Space, n_images: int, device: str = "cpu") -> torch.Tensor:
    """Unit float32 rows (n_images, dimension) on a device; other devices give other numbers."""
    layout = torch.Generator().manual_seed(0)
    classes = torch.randint(_N_CLASSES, (n_images,), generator=layout)
    kinds = classes * _N_KINDS + torch.randint(_N_KINDS, (n_images,), generator=layout)
    classes, kinds = classes.to(device), kinds.to(device)
    random = torch.Generator(device).manual_seed(space.seed)

    def normal(n: int) -> torch.Tensor:
        return torch.randn(n, space.dimension, generator=random, device=device)

    spectrum = torch.arange(1, space.dimension + 1, device=device) ** -0.4
    spectrum /= spectrum.norm()
    mean = torch.nn.functional.normalize(normal(1))
    centres = space.of_class * normal(_N_CLASSES) * spectrum
    places = centres.repeat_interleave(_N_KINDS, 0)
    places += space.of_kind * normal(_N_CLASSES * _N_KINDS) * spectrum
    rows = torch.empty(n_images, space.dimension, device=device)
    for start in range(0, n_images, _ROWS_AT_ONCE):
        own = places[kinds[start : start + _ROWS_AT_ONCE]]
        spread = torch.rand(len(own), 1, generator=random, device=device)
        own += (space.least + (space.most - space.least) * spread) * normal(len(own)) * spectrum
        own = torch.nn.functional.normalize(own)
        own = space.common**0.5 * mean + (1 - space.common) ** 0.5 * own
        rows[start : start + _ROWS_AT_ONCE] = torch.nn.functional.normalize(own)
    return rows


def synthetic_pair(
    n_images: int, device: str = "cpu"
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both encoders' rows as arrays in memory."""
    blind, reference = (synthetic(space, n_images, device).cpu() for space in (BLIND, REFERENCE))
    return blind.numpy(), reference.numpy()
