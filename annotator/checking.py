"""`mmvp check` of the workspace itself: its complete pairs by the rules for anybody's benchmark."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from annotator.errors import AppError
from annotator.exchange import Choice, image_bytes, prepare
from annotator.studio import Studio
from db.images import FoundFile, known_files
from evaluation.benchmark import Benchmark
from evaluation.check import Picture, Report, check
from evaluation.check.report import as_json
from evaluation.errors import EmptyBenchmark
from evaluation.key_order import in_key_order
from evaluation.raw import RawBenchmark, RawImage
from evaluation.readers.document import NAME, rows_of

# The perceptual hashes of images without features: nothing can be compared by them.
_FLAT = {0, 1 << 63}
_Look = Callable[[RawImage], Picture]


def check_workspace(studio: Studio, *, rules: Collection[str] | None = None) -> Report:
    """Checks all complete pairs, verified or not, as an export would write them.

    Raises:
        EmptyBenchmark: there is no complete pair.
    """
    return check(_raw(studio, _checkable(studio)), rules=rules, look=_looking(studio))


def checked(studio: Studio) -> dict[str, Any]:
    """The same as JSON values for the page; checked again only after something has changed.

    Without a complete pair it has `empty`, a sentence, and nothing else.
    """
    return studio.shared(_Checked).report()


class _Checked:
    """The last report, kept by the digest of what was checked."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._digest, self._found = "", {"empty": ""}

    def report(self) -> dict[str, Any]:
        try:
            found = _checkable(self._studio)
        except (EmptyBenchmark, AppError) as error:
            return {"empty": error.what}
        look = _looking(self._studio)
        with self._lock:  # two people who open the page have it checked once
            raw = _raw(self._studio, found)
            digest = _digest(found.document, raw, look)
            if digest != self._digest:
                self._found = as_json(check(raw, look=look))
                self._digest = digest
            return self._found


@dataclass(frozen=True)
class _Checkable:
    """A benchmark in the order of its rows, and the workspace's image for each, by SHA-256."""

    document: Benchmark
    image_of: Mapping[str, str]


def _checkable(studio: Studio) -> _Checkable:
    """All complete pairs by the workspace's numbers, in rows as an export writes them."""
    choice = Choice(unverified=True)
    found = prepare(studio, choice, name=None, own_name=studio.workspace.root.name)
    document = in_key_order(found.benchmark, found.order)
    here = [
        replace(pair, pair_id=found.pair_of.get(pair.pair_id, pair.pair_id))
        for pair in document.pairs
    ]
    return _Checkable(replace(document, pairs=here, errata=()), found.image_of)


def _raw(studio: Studio, found: _Checkable) -> RawBenchmark:
    """The rows of the document, each image known by the hash of the workspace's file."""
    document = found.document
    root = studio.workspace.root
    entries = [image for pair in document.pairs for image in (pair.first, pair.second)]
    rows = [
        replace(
            row,
            image=_image(studio, found.image_of.get(entry.sha256, entry.sha256)),
            image_name=entry.file_name,
        )
        for row, entry in zip(rows_of(document, root), entries, strict=True)
    ]
    return RawBenchmark(
        name=document.name, format=NAME, path=root, columns=(), rows=tuple(rows), document=document
    )


def _image(studio: Studio, sha256: str) -> RawImage:
    return RawImage(sha256, lambda: image_bytes(studio, sha256))


def _digest(document: Benchmark, raw: RawBenchmark, look: _Look) -> str:
    troubles = [look(row.image).trouble for row in raw.rows if row.image is not None]
    return hashlib.sha256("\0".join([document.to_json(), *troubles]).encode()).hexdigest()


def _looking(studio: Studio) -> _Look:
    """Tells about an image what the index knows; a file is only read if it looks changed."""
    files: dict[str, list[FoundFile]] = {}
    for file in known_files(studio.database):
        files.setdefault(file.sha256, []).append(file)

    def look(image: RawImage) -> Picture:
        known = files.get(image.name, [])
        if not any(_is_there(file) for file in known):
            changed = [file for file in known if file.path.exists()]
            trouble = f"{'changed' if changed else 'vanished'} since it was indexed"
            return Picture(sha256=image.name, trouble=trouble)
        flat = known[0].perceptual_hash in _FLAT
        return Picture(
            sha256=image.name,
            perceptual_hash=None if flat else known[0].perceptual_hash,
            kind=known[0].format,
        )

    return look


def _is_there(file: FoundFile) -> bool:
    try:
        status = Path(file.path).stat()
    except OSError:
        return False
    if (status.st_size, status.st_mtime_ns) == (file.size_bytes, file.mtime_ns):
        return True
    try:
        with file.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False
