"""Where two images differ to an encoder: how badly each patch's best match in the other one fits.

Patch cosines have another range in every encoder, so a mismatch of 0.3 may be much to one and
little to another. To compare two encoders, divide by `usual_mismatch`: how badly patches of
unrelated images match, by the same images for both. A percentile among those would say less: the
patches of a pair that is worth looking at nearly all match better than the best percent of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from embeddings.encoder import Encoder, PatchEncoder
from embeddings.errors import EmbeddingsError

if TYPE_CHECKING:
    import torch

Mismatch = NDArray[np.float32]

# What model code raises when it was not written to give patch features.
_NO_PATCHES: Final = (
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
# The picture that finds the crop: position as brightness, with noise against rounding.
_PROBE_LONG, _PROBE_SHORT = 768, 96
_DARKEST, _BRIGHTEST, _NOISE = 24.0, 231.0, 5.0
_MARK, _MARK_REACH = 160.0, 12.0
_TRIM: Final = 0.06
_WHOLE: Final = (0.0, 1.0)
_LITTLE: Final = 0.4
_MOST_BENT: Final = 0.02


@dataclass(frozen=True)
class PatchMatches:
    """The patches of one image against those of another.

    Attributes:
        mismatch: (grid height, grid width), 1 - cosine of the best match, 0 (same) to 2.
        match: same shape, the place of the best match in the other grid, row by row.
    """

    mismatch: Mismatch
    match: NDArray[np.int32]


@dataclass(frozen=True)
class CropBox:
    """The part of an image that the model sees, in fractions of the image's width and height.

    Below 0 or above 1 where the model's square is padded.
    """

    left: float
    top: float
    width: float
    height: float

    def of(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in pixels of an image of this size."""
        right, bottom = self.left + self.width, self.top + self.height
        return self.left * width, self.top * height, right * width, bottom * height


def compare_patches(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[PatchMatches, PatchMatches]:
    """Each patch's best match in the other image, for both images.

    Where a patch lies does not count: what only moved finds its match at the new place.

    Args:
        first: (grid height, grid width, d), vectors of length 1; `second` likewise.
    """
    rows, columns = (patches.reshape(-1, patches.shape[-1]) for patches in (first, second))
    cosines = rows @ columns.T
    return _best(cosines, first.shape[:2]), _best(cosines.T, second.shape[:2])


def _best(cosines: NDArray[np.float32], grid: tuple[int, ...]) -> PatchMatches:
    match = cosines.argmax(axis=1)
    best = np.take_along_axis(cosines, match[:, None], axis=1)[:, 0]
    mismatch = np.clip(1 - best, 0, 2).astype(np.float32)
    return PatchMatches(mismatch.reshape(grid), match.astype(np.int32).reshape(grid))


def embed_patches(encoder: PatchEncoder, image: Image.Image) -> NDArray[np.float32]:
    """The patch features of one upright RGB image: (grid height, grid width, d), length 1.

    Raises:
        EmbeddingsError: this model gives none.
    """
    try:
        patches: NDArray[np.float32] = encoder.embed_patches(encoder.preprocess(image)[None])[0]
    except EmbeddingsError:
        raise
    except _NO_PATCHES as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise EmbeddingsError(
            f"the encoder gives no patch features: {reason.rstrip('.')}.", where=encoder.spec
        ) from error
    return patches


def usual_mismatch(patches: Sequence[NDArray[np.float32]]) -> float:
    """The median mismatch between the patches of images that have nothing to do with each other.

    Args:
        patches: of at least two images, each (grid height, grid width, d) with vectors of length 1;
            every image is compared with every other.

    Raises:
        EmbeddingsError: there are fewer than two images.
    """
    if len(patches) < 2:
        raise EmbeddingsError("it takes two images or more to know what is usual.")
    found = [
        one.mismatch.ravel()
        for first, second in combinations(patches, 2)
        for one in compare_patches(first, second)
    ]
    return float(np.median(np.concatenate(found)))


def crop_box(encoder: Encoder, width: int, height: int) -> CropBox:
    """The part of a `width` x `height` image that the encoder's own preprocessing keeps.

    It is measured, not assumed: a picture in which brightness tells the position goes through
    `preprocess`, and where its pixels land says what was cut off, squashed or padded.

    Raises:
        EmbeddingsError: the preprocessing does more than to scale, crop and pad.
    """
    scale = max(_PROBE_LONG / max(width, height), _PROBE_SHORT / min(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    across = down = _WHOLE
    # Of a thin image little is kept: a second look at that part alone tells its place exactly.
    for _ in range(2):
        seen = _as_brightness(encoder, encoder.preprocess(_probe(*size, across, down)))
        inside = np.abs(seen[2] - _MARK) < _MARK_REACH
        left, wide = _line(encoder, seen[0], inside, across)
        top, high = _line(encoder, seen[1].T, inside.T, down)
        if min(wide, high) > _LITTLE:
            break
        across, down = _window(left, wide), _window(top, high)
    return CropBox(left, top, wide, high)


def _window(start: float, length: float) -> tuple[float, float]:
    if length > _LITTLE:
        return _WHOLE
    return max(0.0, start - length / 4), min(1.0, start + 1.25 * length)


def _probe(
    width: int, height: int, across: tuple[float, float], down: tuple[float, float]
) -> Image.Image:
    """Red grows to the right, green downwards, blue is the same everywhere but in padding.

    Args:
        across: the fractions of the width between which red goes from dark to bright.
        down: of the height, for green.
    """
    pixels = np.empty((height, width, 3))
    pixels[..., 0] = _ramp(width, across)
    pixels[..., 1] = _ramp(height, down)[:, None]
    pixels[..., :2] += np.random.default_rng(0).normal(0, _NOISE, (height, width, 2))
    pixels[..., 2] = _MARK
    return Image.fromarray(np.round(np.clip(pixels, 0, 255)).astype(np.uint8))


def _ramp(length: int, window: tuple[float, float]) -> NDArray[np.float64]:
    place = ((np.arange(length) + 0.5) / length - window[0]) / (window[1] - window[0])
    ramp: NDArray[np.float64] = _DARKEST + (_BRIGHTEST - _DARKEST) * np.clip(place, 0, 1)
    return ramp


def _as_brightness(encoder: Encoder, pixels: "torch.Tensor") -> NDArray[np.float64]:
    """The model's input as 0 to 255 again, by what black and white become."""
    plain = [encoder.preprocess(Image.new("RGB", (64, 64), (v, v, v))) for v in (0, 255)]
    middle = pixels.shape[-1] // 2
    black, white = (
        one[:, middle, middle].numpy().astype(np.float64)[:, None, None] for one in plain
    )
    return 255 * (pixels.numpy().astype(np.float64) - black) / (white - black)


def _line(
    encoder: Encoder,
    brightness: NDArray[np.float64],
    inside: NDArray[np.bool_],
    window: tuple[float, float],
) -> tuple[float, float]:
    """Start and length of the model's square along the last axis, by a straight line's fit."""
    columns = np.flatnonzero(inside.mean(axis=0) > inside.mean() / 2)
    trim = int(len(columns) * _TRIM)
    columns = columns[trim : len(columns) - trim]
    problem = EmbeddingsError(
        "cannot tell which part of an image the encoder sees.", where=encoder.spec
    )
    if len(columns) < 3:
        raise problem
    weights = inside[:, columns]
    means = (brightness[:, columns] * weights).sum(axis=0) / weights.sum(axis=0)
    place = (means - _DARKEST) / (_BRIGHTEST - _DARKEST)
    place = window[0] + (window[1] - window[0]) * place
    at = (columns + 0.5) / brightness.shape[1]
    slope, start = np.polyfit(at, place, 1)
    if slope <= 0 or np.abs(start + slope * at - place).max() > _MOST_BENT:
        raise problem
    return float(start), float(slope)
