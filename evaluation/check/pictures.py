"""What the rules need to know of an image: whether it can be read, its bytes, how it looks."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from embeddings.errors import EmbeddingsError
from embeddings.images import UnreadableImage, decode_upright
from embeddings.near_duplicates import perceptual_hash
from embeddings.pixels import orientation
from evaluation.errors import EvaluationError
from evaluation.raw import RawImage


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image after a look at it.

    ``perceptual_hash`` is None also for an image of one colour, which has no features to tell it
    by. ``orientation`` is the EXIF value, 1 for upright. ``trouble`` says why it cannot be shown.
    """

    sha256: str = ""
    perceptual_hash: int | None = None
    kind: str = ""
    orientation: int = 1
    trouble: str = ""


def picture_of(image: RawImage) -> Picture:
    """Reads and decodes an image; what is wrong with it becomes ``trouble``."""
    path = image.path or Path(image.name)
    try:
        data = image.read()
    except UnreadableImage as error:
        return Picture(trouble=f"{error.reason}: {error.detail}")
    except (OSError, ValueError, EvaluationError, EmbeddingsError) as error:
        return Picture(trouble=_sentence(error))
    digest = hashlib.sha256(data).hexdigest()
    try:
        upright, kind = decode_upright(io.BytesIO(data), path)
    except UnreadableImage as error:
        return Picture(sha256=digest, trouble=f"{error.reason}: {error.detail}")
    return Picture(
        sha256=digest,
        perceptual_hash=None if _is_flat(upright) else perceptual_hash(upright),
        kind=kind,
        orientation=_orientation(data),
    )


def _is_flat(image: Image.Image) -> bool:
    # averaged first, or the noise of a JPEG would pass for features
    small = np.asarray(image.resize((8, 8), Image.Resampling.BOX))
    return bool((small.min(axis=(0, 1)) == small.max(axis=(0, 1))).all())


def _orientation(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return orientation(image)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__
