"""The only decoder: what encoder, thumbnail, viewer and exporter see of an image file."""

import hashlib
import io
import os
import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal

from PIL import Image

from embeddings.errors import EmbeddingsError
from embeddings.pixels import browser_agrees, to_upright_rgb

DEFAULT_MAX_PIXELS: Final = 100_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
Images = Sequence[tuple[str, Path]]  # SHA-256 of each file, and its path
Reason = Literal[
    "missing",
    "unreadable",
    "empty",
    "changed",
    "not an image",
    "truncated",
    "too large",
    "unsupported",
]

_UNSUPPORTED_SUFFIXES: Final = frozenset(
    {".avif", ".heic", ".heif", ".jp2", ".jxl", ".svg", ".psd", ".ico"}
    | {".dng", ".cr2", ".cr3", ".nef", ".arw", ".raw", ".eps"}
)
# Scaling the short side of a thinner picture to a model's size would fill the memory.
_MOST_ELONGATED: Final = 100
_WEBP_MAX_SIDE: Final = 16383
_JPEG_MAX_SIDE: Final = 65500
# What Pillow's decoders raise on hostile or broken bytes.
_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


class UnreadableImage(EmbeddingsError):
    """A file that cannot be shown as an image; `reason` is one of `Reason`, `detail` says more."""

    def __init__(self, path: Path, reason: Reason, detail: str) -> None:
        self.path, self.reason, self.detail = path, reason, detail
        super().__init__(f"{reason}: {detail}.", where=str(path))


def load_upright(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Image.Image:
    """First frame as 8-bit sRGB, EXIF orientation applied, alpha over white.

    Raises:
        UnreadableImage: the file is missing, broken, of another kind, or over `max_pixels`.
    """
    with open_file(path) as file:
        return decode_upright(file, path, max_pixels=max_pixels)[0]


def decode_upright(
    file: BinaryIO, path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS
) -> tuple[Image.Image, str]:
    """Like `load_upright` from an open file; also the format's name. `path` is for messages."""
    with _decoding(file, path, max_pixels) as image:
        return to_upright_rgb(image), _format_of(image)


def model_image(
    content: bytes,
    path: Path,
    *,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    draft_side: int | None = None,
) -> Image.Image:
    """What an encoder is given of a file's bytes: `load_upright` of pictures that are not too thin.

    Args:
        draft_side: let a JPEG be decoded at 1/2, 1/4 or 1/8 of its size, its shorter side no
            shorter than this. That is quicker, and not quite the same pixels.

    Raises:
        UnreadableImage: it cannot be decoded, or one side is over a hundred times the other.
    """
    with _decoding(io.BytesIO(content), path, max_pixels, draft_side) as decoded:
        image = to_upright_rgb(decoded)
    if max(image.size) > _MOST_ELONGATED * min(image.size):
        detail = f"{image.width} x {image.height} pixels is too elongated"
        raise UnreadableImage(path, "unsupported", detail)
    return image


def indexed_image(
    path: Path,
    sha256: str,
    *,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    draft_side: int | None = None,
) -> Image.Image:
    """Like `model_image`, of a file that must still hold the bytes it was indexed with.

    Raises:
        UnreadableImage: it does not, or it cannot be decoded.
    """
    with open_file(path) as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnreadableImage(path, "changed", "since it was indexed")
    return model_image(content, path, max_pixels=max_pixels, draft_side=draft_side)


@contextmanager
def open_file(path: Path) -> Iterator[io.BufferedReader]:
    """Open a regular, non-empty file for reading.

    Raises:
        UnreadableImage: it is missing, empty, a pipe or device, or may not be read.
    """
    try:
        # Never block on a named pipe: look before opening.
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableImage(path, "unreadable", "a folder, or one that may not be listed")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImage(path, "not an image", "not a regular file")
        file = path.open("rb")
    except FileNotFoundError:
        raise UnreadableImage(path, "missing", "no such file") from None
    except (OSError, ValueError) as error:
        raise UnreadableImage(path, "unreadable", _sentence(error)) from error
    with file:
        if status.st_size == 0:
            raise UnreadableImage(path, "empty", "zero bytes")
        yield file


def thumbnail_jpeg(image: Image.Image, *, side: int = 320) -> bytes:
    """JPEG bytes of the RGB image fitted into a square of `side` pixels; never enlarged."""
    scale = min(1.0, side / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # Means of whole blocks first: four times as quick, and not to be told apart.
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.0)
    return _encoded(small, "JPEG", quality=88)


def viewer_bytes(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> tuple[bytes, str]:
    """Bytes and media type that a browser shows exactly as `load_upright` sees the file.

    The file's own bytes where that holds; otherwise JPEG (from a JPEG) or a lossless format.
    """
    with open_file(path) as file, _decoding(file, path, max_pixels) as image:
        if browser_agrees(image):
            file.seek(0)
            return file.read(), Image.MIME[_format_of(image)]
        upright, source_format = to_upright_rgb(image), _format_of(image)
    if source_format == "JPEG":
        return _jpeg(upright), "image/jpeg"
    if max(upright.size) <= _WEBP_MAX_SIDE:
        return _encoded(upright, "WEBP", lossless=True, quality=20, method=0), "image/webp"
    return _encoded(upright, "PNG", compress_level=1), "image/png"


def export_jpeg(path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> bytes:
    """JPEG of what `load_upright` sees: the original bytes when they already are that.

    Raises:
        UnreadableImage: it cannot be decoded, or it is too large for a JPEG.
    """
    with open_file(path) as file:
        return _export_jpeg(file, path, max_pixels)


def jpeg_of(content: bytes, path: Path, *, max_pixels: int = DEFAULT_MAX_PIXELS) -> bytes:
    """Like `export_jpeg` of bytes that are no file of their own; `path` is for messages."""
    return _export_jpeg(io.BytesIO(content), path, max_pixels)


def _export_jpeg(file: BinaryIO, path: Path, max_pixels: int) -> bytes:
    with _decoding(file, path, max_pixels) as image:
        if _format_of(image) == "JPEG" and browser_agrees(image):
            file.seek(0)
            return file.read()
        upright = to_upright_rgb(image)
    if max(upright.size) > _JPEG_MAX_SIDE:
        raise UnreadableImage(path, "too large", f"JPEG sides end at {_JPEG_MAX_SIDE} pixels")
    return _jpeg(upright)


@contextmanager
def _decoding(
    file: BinaryIO, path: Path, max_pixels: int, draft_side: int | None = None
) -> Iterator[Image.Image]:
    """The decoded first frame; anything that goes wrong becomes `UnreadableImage`."""
    try:
        with _identify(file, path) as image:
            width, height = image.size
            if width * height > max_pixels:
                detail = f"{width} x {height} pixels, the limit is {max_pixels:,}"
                raise UnreadableImage(path, "too large", detail)
            if image.format == "JPEG" and not _jpeg_has_end(file):
                raise UnreadableImage(path, "truncated", "the end of the JPEG is missing")
            if draft_side is not None:
                image.draft(None, (draft_side, draft_side))  # only JPEGs know how
            image.load()
            yield image
    except UnreadableImage:
        raise
    except MemoryError as error:
        raise UnreadableImage(path, "too large", "not enough memory to decode it") from error
    except _DECODER_ERRORS as error:
        raise UnreadableImage(path, _reason(error), _sentence(error)) from error


def _identify(file: BinaryIO, path: Path) -> Image.Image:
    """Open without decoding, through the six decoders only.

    Not `Image.open`: its pixel limit is one global for the whole process, ours is an argument.
    """
    Image.init()
    file.seek(0)
    prefix = file.read(16)
    failure: Exception | None = None
    for name in FORMATS:
        factory, accept = Image.OPEN[name]
        if accept is not None and accept(prefix) is not True:
            continue
        file.seek(0)
        try:
            return factory(file, str(path))
        except _DECODER_ERRORS as error:
            failure = error
    if failure is not None:
        raise UnreadableImage(path, _reason(failure), _sentence(failure)) from failure
    if path.suffix.lower() in _UNSUPPORTED_SUFFIXES:
        raise UnreadableImage(path, "unsupported", f"{path.suffix} files are not read")
    raise UnreadableImage(path, "not an image", f"none of {', '.join(FORMATS)}")


def _jpeg_has_end(file: BinaryIO) -> bool:
    """Whether an end marker follows the start of scan.

    A download cut short and padded with zeros decodes without an error, half of it grey.
    """
    file.seek(0)
    content = file.read()
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        if content[position + 1] == 0xDA:
            return content.find(b"\xff\xd9", position) >= 0
        position += 2 + int.from_bytes(content[position + 2 : position + 4], "big")
    return True


def _format_of(image: Image.Image) -> str:
    # A phone's multi-picture file is a JPEG to everyone else.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _jpeg(image: Image.Image) -> bytes:
    return _encoded(image, "JPEG", quality=95, subsampling=0)


def _encoded(image: Image.Image, format_name: str, **options: int | bool) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _reason(error: Exception) -> Reason:
    if isinstance(error, Image.DecompressionBombError):
        return "too large"
    text = str(error).lower()
    cut = ("truncated", "not enough", "eof", "end of file", "incomplete", "short")
    return "truncated" if any(word in text for word in cut) else "unreadable"


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return " ".join(str(error).split())[:200] or type(error).__name__
