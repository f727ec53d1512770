"""A folder or a manifest to scanned images, and a reason for every file that is none."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from embeddings.atomic import write_bytes
from embeddings.errors import EmbeddingsError
from embeddings.images import (
    DEFAULT_MAX_PIXELS,
    UnreadableImage,
    decode_upright,
    open_file,
    thumbnail_jpeg,
)
from embeddings.manifest import SUFFIXES as MANIFEST_SUFFIXES
from embeddings.manifest import ManifestEntry, ManifestError, read_manifest
from embeddings.near_duplicates import perceptual_hash
from embeddings.progress import Progress

__all__ = ["KnownFile", "ManifestError", "ScannedImage", "SkippedImage", "scan"]

_AHEAD_PER_WORKER: Final = 4
_MOST_WORKERS: Final = 32


@dataclass(frozen=True)
class ScannedImage:
    """A readable image file; the same `sha256` at several paths is an exact duplicate.

    `width` and `height` are of the upright image; `perceptual_hash` is a 64-bit unsigned pHash.
    """

    path: Path
    sha256: str
    width: int
    height: int
    format: str
    size_bytes: int
    mtime_ns: int
    perceptual_hash: int
    caption: str | None = None
    label: str | None = None
    group: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SkippedImage:
    """A file that was passed over; bytes of its name that are not UTF-8 are escaped in `path`."""

    path: Path
    reason: str
    detail: str


@dataclass(frozen=True)
class KnownFile:
    """What an earlier scan found at a path."""

    sha256: str
    size_bytes: int
    mtime_ns: int
    width: int
    height: int
    format: str
    perceptual_hash: int


@dataclass(frozen=True)
class _Task:
    known: Mapping[Path, KnownFile]
    max_pixels: int
    thumbnails: Callable[[str], Path] | None


def scan(
    source: Path,
    *,
    known: Mapping[Path, KnownFile] = MappingProxyType({}),
    max_pixels: int = DEFAULT_MAX_PIXELS,
    thumbnails: Callable[[str], Path] | None = None,
    workers: int | None = None,
    exclude: Collection[Path] = (),
    progress: Progress | None = None,
) -> Iterator[ScannedImage | SkippedImage]:
    """Yield every file of `source` once, in the order of the sorted absolute paths.

    A folder is walked with its subfolders, links included, except for names that start with a
    dot; in a manifest the first row wins when a file is listed twice.

    Args:
        source: a folder, or a .csv, .jsonl or .parquet manifest with a column `path`.
        known: earlier results; a file of the same size and modification time is not read again.
        max_pixels: larger images are skipped before they are decoded.
        thumbnails: where the thumbnail of a hash belongs; written when missing or empty.
        workers: decoding threads; as many as processors by default.
        exclude: folders that are not walked, such as a workspace inside the images.

    Raises:
        ManifestError: the manifest is malformed.
        EmbeddingsError: the source does not exist or is neither folder nor manifest.
    """
    entries = _entries(_absolute(source), exclude)
    task = _Task(known, max_pixels, thumbnails)
    count = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    waiting: deque[Future[ScannedImage | SkippedImage]] = deque()
    done = 0
    pool = ThreadPoolExecutor(count, thread_name_prefix="scan")
    try:
        remaining = iter(entries)
        while True:
            while len(waiting) < count * _AHEAD_PER_WORKER:
                entry = next(remaining, None)
                if entry is None:
                    break
                waiting.append(pool.submit(_scan_file, entry, task))
            if not waiting:
                return
            found = waiting.popleft().result()
            done += 1
            if progress is not None:
                progress(done, len(entries))
            yield found
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _entries(source: Path, exclude: Collection[Path]) -> list[ManifestEntry]:
    if source.is_dir():
        return [
            ManifestEntry(path, None, None, None, {}) for path in sorted(_walk(source, exclude))
        ]
    if not source.exists():
        raise EmbeddingsError("there is no such folder or manifest.", where=str(source))
    if source.suffix.lower() not in MANIFEST_SUFFIXES:
        hint = f"Give a folder of images or a manifest ({', '.join(MANIFEST_SUFFIXES)})."
        raise EmbeddingsError(
            "this is neither a folder nor a manifest.", where=str(source), hint=hint
        )
    first_rows: dict[Path, ManifestEntry] = {}
    for entry in read_manifest(source):
        path = _absolute(entry.path)
        if path not in first_rows:
            first_rows[path] = ManifestEntry(
                path, entry.caption, entry.label, entry.group, entry.metadata
            )
    return sorted(first_rows.values(), key=lambda entry: entry.path)


def _walk(source: Path, exclude: Collection[Path]) -> Iterator[Path]:
    """Files below `source`; a folder that links lead to twice is walked once."""
    excluded = {os.path.realpath(folder) for folder in exclude}
    visited = set(excluded)
    closed: list[Path] = []
    walked = os.walk(
        source, followlinks=True, onerror=lambda error: closed.append(Path(error.filename))
    )
    for folder, folders, files in walked:
        real = os.path.realpath(folder)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(_shown(folders))
        yield from (Path(folder, name) for name in _shown(files))
    # A folder that may not be listed is reported like a file that may not be read.
    yield from closed


def _absolute(path: Path) -> Path:
    # Not `resolve`: a link keeps the name that the user gave it.
    return Path(os.path.abspath(path))  # noqa: PTH100


def _shown(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if not name.startswith("."))


def _scan_file(entry: ManifestEntry, task: _Task) -> ScannedImage | SkippedImage:
    try:
        str(entry.path).encode()
    except UnicodeEncodeError:
        readable = os.fsencode(entry.path).decode("utf-8", "backslashreplace")
        return SkippedImage(Path(readable), "unsupported", "the file name is not valid UTF-8")
    try:
        found = _unchanged(entry.path, task) or _read(entry.path, task)
    except UnreadableImage as error:
        return SkippedImage(entry.path, error.reason, error.detail)
    return ScannedImage(
        path=entry.path,
        sha256=found.sha256,
        width=found.width,
        height=found.height,
        format=found.format,
        size_bytes=found.size_bytes,
        mtime_ns=found.mtime_ns,
        perceptual_hash=found.perceptual_hash,
        caption=entry.caption,
        label=entry.label,
        group=entry.group,
        metadata=entry.metadata,
    )


def _unchanged(path: Path, task: _Task) -> KnownFile | None:
    before = task.known.get(path)
    if before is None or before.width * before.height > task.max_pixels:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    same = (status.st_size, status.st_mtime_ns) == (before.size_bytes, before.mtime_ns)
    return before if same and not _thumbnail_missing(before.sha256, task) else None


def _read(path: Path, task: _Task) -> KnownFile:
    with open_file(path) as file:
        status = os.fstat(file.fileno())
        image, format_name = decode_upright(file, path, max_pixels=task.max_pixels)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if task.thumbnails is not None and _thumbnail_missing(sha256, task):
        # A thumbnail can be made again, so it need not survive a power cut.
        write_bytes(task.thumbnails(sha256), thumbnail_jpeg(image), durable=False)
    return KnownFile(
        sha256=sha256,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        width=image.width,
        height=image.height,
        format=format_name,
        perceptual_hash=perceptual_hash(image),
    )


def _thumbnail_missing(sha256: str, task: _Task) -> bool:
    if task.thumbnails is None:
        return False
    target = task.thumbnails(sha256)
    return not target.exists() or target.stat().st_size == 0
