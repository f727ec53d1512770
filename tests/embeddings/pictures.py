"""Pictures and picture files that the tests of the decoder and of the scan share."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

# Red, green, blue and white quarters: every flip and turn of it is a different picture.
QUARTERS = ((220, 20, 20), (20, 160, 40), (30, 60, 210), (250, 250, 250))


def quarters(width: int = 48, height: int = 32) -> Image.Image:
    """Red and green on top, blue and white below."""
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    pixels[: height // 2, : width // 2] = QUARTERS[0]
    pixels[: height // 2, width // 2 :] = QUARTERS[1]
    pixels[height // 2 :, : width // 2] = QUARTERS[2]
    pixels[height // 2 :, width // 2 :] = QUARTERS[3]
    return Image.fromarray(pixels)


def noise(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """A picture like no other."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (height // 5, width // 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    """The bytes of a file of this format."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def write(path: Path, content: bytes) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def corners(image: Image.Image) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four quarters: top left, top right, bottom left, …"""
    width, height = image.size
    middles = [(w, h) for h in (height // 4, height * 3 // 4) for w in (width // 4, width * 3 // 4)]
    return [image.getpixel(place) for place in middles]


def far(first: object, second: object) -> float:
    """The largest difference of two pictures or colour lists, in steps of 255."""
    return float(np.abs(np.asarray(first, dtype=float) - np.asarray(second, dtype=float)).max())
