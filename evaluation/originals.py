"""The images of a document of ours, and whether the table beside it says the same."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from evaluation.benchmark import Benchmark, ImageEntry
from evaluation.errors import UnreadableBenchmark
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.columns import letter_of
from evaluation.readers.document import DOCUMENT, exported_image
from evaluation.readers.finding import Finder

_MISSING = "Copy the whole folder, or say where the images are: --images FOLDER."
_CHANGED = "Export the benchmark again."


def own_images(
    raw: RawBenchmark, document: Benchmark, finder: Finder, *, checked: bool = True
) -> tuple[dict[str, RawImage], list[RawFault]]:
    """The bytes of every image of a document by its hash there, and those that cannot be had.

    An image is the file that was exported, or the original, unchanged. Without ``checked`` the
    bytes are left for whoever reads them to check.
    """
    search = _Search(raw, finder, checked)
    found: dict[str, RawImage] = {}
    faults: list[RawFault] = []
    for pair in document.pairs:
        for entry in (pair.first, pair.second):
            if entry.sha256 in found:
                continue
            image = search.image_of(entry)
            if isinstance(image, RawFault):
                faults.append(image)
            else:
                found[entry.sha256] = image
    return found, faults


class _Search:
    """Looks for an image where the document says, in its table, and in a folder of a person's."""

    def __init__(self, raw: RawBenchmark, finder: Finder, checked: bool) -> None:
        self._raw, self._finder, self._checked = raw, finder, checked
        self._folder = raw.path if raw.path.is_dir() else raw.path.parent

    def image_of(self, entry: ImageEntry) -> RawImage | RawFault:
        """The unchanged image, or why there is none."""
        wanted = {entry.sha256, *([entry.exported.sha256] if entry.exported else [])}
        seen: RawImage | None = None
        for image in self._candidates(entry):
            seen = image
            if not self._checked or _digest(image) in wanted:
                return image
        if seen is not None:
            place = Place(seen.path or self._raw.path)
            what = f"the image {seen.name} changed since the export."
            return RawFault("image", what, place, _CHANGED)
        path = entry.exported.path if entry.exported else entry.file_name
        return RawFault("image", "this image is missing.", Place(self._folder / path), _MISSING)

    def _candidates(self, entry: ImageEntry) -> Iterator[RawImage]:
        exported = exported_image(self._folder, entry)
        if exported is not None:
            yield exported
        if entry.exported is not None and entry.exported.sha256 in self._in_table:
            yield self._in_table[entry.exported.sha256]
        if entry.sha256 in self._in_table:
            yield self._in_table[entry.sha256]
        for name in (entry.exported.path if entry.exported else None, entry.file_name):
            image = self._finder.named([name])
            if image is not None:
                yield image

    @cached_property
    def _in_table(self) -> dict[str, RawImage]:
        """The images that the table carries, by the hash of their bytes."""
        images = [row.image for row in self._raw.rows if row.image is not None]
        return {digest: image for image in images if (digest := _digest(image))}


def _digest(image: RawImage) -> str:
    try:
        return hashlib.sha256(image.read()).hexdigest()
    except UnreadableBenchmark:
        return ""


def table_differences(raw: RawBenchmark, document: Benchmark) -> list[RawFault]:
    """Rows of the table that the document beside it does not have; which of the two is right?"""
    if raw.table is None or raw.table.name == DOCUMENT:
        return []
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    for pair in document.pairs:
        asked = pair.question
        for answer in (asked.answer_first, asked.answer_second):
            wanted[asked.text.strip(), asked.option_a.strip(), asked.option_b.strip(), answer] += 1
    faults = []
    for row in raw.rows:
        if row.question is None:
            continue
        said = _said(row)
        if wanted[said] > 0:
            wanted[said] -= 1
        else:
            faults.append(_difference(row, raw.table))
    return faults


def _said(row: RawRow) -> tuple[str, str, str, str]:
    letter = letter_of(row.answer or "", row.option_a, row.option_b)
    texts = (row.question or "", row.option_a or "", row.option_b or "")
    return (texts[0].strip(), texts[1].strip(), texts[2].strip(), letter or "")


def _difference(row: RawRow, table: Path) -> RawFault:
    return RawFault(
        "document",
        f"this row says something that {DOCUMENT} beside it does not say.",
        row.place,
        f"If {table.name} is right, move {DOCUMENT} elsewhere; else give {DOCUMENT} alone.",
    )
