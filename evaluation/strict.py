"""From the rows of a benchmark's files to its document, with every reason why that cannot be."""

import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from embeddings.images import UnreadableImage, decode_upright
from evaluation.asked import AskedPair, FaultyBenchmark, asked_pairs
from evaluation.benchmark import Benchmark, BenchmarkPair, ImageEntry, PatternEntry, SourceEntry
from evaluation.errors import InvalidDocument, UnreadableBenchmark
from evaluation.labels import UNLABELLED, entries_for
from evaluation.originals import own_images, table_differences
from evaluation.patterns import load_patterns
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.finding import Finder
from evaluation.readers.texts import read_bytes

_SHOWN = 5
_MISSING = "Copy the whole folder, or say where the images are: --images FOLDER."


@dataclass(frozen=True, kw_only=True)
class ReadBenchmark:
    """A benchmark that was read whole.

    ``images`` leads from the SHA-256 of an image of the document to the bytes that were found;
    in a document of ours that is the hash of the original file, of which an export may hold a
    JPEG. ``notes`` say what was decided on the way, one sentence each.
    """

    benchmark: Benchmark
    images: Mapping[str, RawImage] = field(hash=False)
    notes: tuple[str, ...] = ()


def strict(
    raw: RawBenchmark, *, images: Path | None = None, created_by: str = "MMVP Studio"
) -> ReadBenchmark:
    """The document of a benchmark, and its images.

    A document of ours comes back exactly as it was written. Of other files every pair gets the
    number that its rows say, what is not known is null, and pairs without a pattern get
    ``unlabelled``.

    Args:
        raw: what a reader found.
        images: a folder to look for images in that are not where the files say.
        created_by: product and version, written into a document that is made here.

    Raises:
        FaultyBenchmark: names every problem with its place; nothing is given back then.
        UnreadableBenchmark: there is no such folder of images.
    """
    finder = Finder(images)
    if raw.document is not None:
        faults = table_differences(raw, raw.document)
        found, missing = own_images(raw, raw.document, finder)
        if faults or missing:
            raise FaultyBenchmark(raw, [*faults, *missing])
        return ReadBenchmark(benchmark=raw.document, images=found)
    asked, faults, notes = asked_pairs(raw)
    pictures = _Pictures(finder)
    by_row = {id(row): pictures.entry(row) for row in raw.rows}
    entries = [(by_row[id(one.first)], by_row[id(one.second)]) for one in asked]
    problems = [*stopping(raw), *pictures.faults(), *faults, *_same_twice(asked, entries)]
    if problems:
        raise FaultyBenchmark(raw, problems)
    patterns = entries_for(one.pattern for one in asked)
    try:
        benchmark = Benchmark(
            name=raw.name,
            created_by=created_by,
            blind_encoder=None,
            reference_encoder=None,
            blind_min=None,
            reference_max=None,
            patterns=_listed(patterns),
            pairs=[
                _pair(one, first, second, patterns[one.pattern].slug)
                for one, (first, second) in zip(asked, entries, strict=True)
                if first is not None and second is not None
            ],
            source=_source(raw),
        )
    except InvalidDocument as error:
        found_faults = [RawFault("document", f"{one}.", Place(raw.path)) for one in error.problems]
        raise FaultyBenchmark(raw, found_faults) from error
    notes += _pattern_notes(asked, patterns)
    return ReadBenchmark(benchmark=benchmark, images=pictures.found, notes=tuple(notes))


def stopping(raw: RawBenchmark) -> list[RawFault]:
    """What a reader found that keeps the benchmark from being used."""
    return [fault for fault in raw.faults if fault.stops]


class _Pictures:
    """The images of all rows: read once, known by the hash of their bytes."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._missing: list[RawRow] = []
        self._unreadable: list[RawFault] = []
        self.found: dict[str, RawImage] = {}

    def entry(self, row: RawRow) -> ImageEntry | None:
        """What the document says of a row's image; None, and a fault, where there is none."""
        image = self._finder.image_of(row)
        if image is None:
            self._missing.append(row)
            return None
        try:
            data = image.read()
            upright, _ = decode_upright(io.BytesIO(data), image.path or Path(image.name))
        except (UnreadableBenchmark, UnreadableImage) as error:
            reason = getattr(error, "reason", "") or error.what
            detail = getattr(error, "detail", "")
            what = f"the image {image.name} cannot be used: {reason}"
            what += f" ({detail})." if detail else "."
            self._unreadable.append(RawFault("image", what, row.place, "Replace it."))
            return None
        digest = hashlib.sha256(data).hexdigest()
        self.found.setdefault(digest, image)
        name = PurePosixPath(image.name.replace("\\", "/")).name or image.name
        return ImageEntry(sha256=digest, file_name=name, width=upright.width, height=upright.height)

    def faults(self) -> list[RawFault]:
        """Every image that could not be used; many missing ones are one fault."""
        missing = [
            (row.image_name or f"the image of row {row.place.row}", row) for row in self._missing
        ]
        if len(missing) <= _SHOWN:
            lost = [
                RawFault("image", f"this image is missing: {name}.", row.place, _MISSING)
                for name, row in missing
            ]
        else:
            names = ", ".join(name for name, _ in missing[:_SHOWN])
            what = f"{len(missing)} images are missing: {names} and {len(missing) - _SHOWN} more."
            lost = [RawFault("image", what, Place(missing[0][1].place.file), _MISSING)]
        return [*lost, *self._unreadable]


def _same_twice(
    asked: Sequence[AskedPair], entries: Sequence[tuple[ImageEntry | None, ImageEntry | None]]
) -> list[RawFault]:
    return [
        RawFault(
            "image",
            f"pair {one.pair_id} has the same image twice.",
            one.second.place,
            "A pair needs two images; replace one of them.",
        )
        for one, (first, second) in zip(asked, entries, strict=True)
        if first is not None and second is not None and first.sha256 == second.sha256
    ]


def _pair(one: AskedPair, first: ImageEntry, second: ImageEntry, slug: str) -> BenchmarkPair:
    said = one.statements or (None, None)
    return BenchmarkPair(
        pair_id=one.pair_id,
        first=first,
        second=second,
        blind_cosine=None,
        reference_cosine=None,
        question=one.question,
        pattern=slug,
        annotators=(),
        statement_first=said[0],
        statement_second=said[1],
    )


def _listed(patterns: Mapping[str | None, PatternEntry]) -> list[PatternEntry]:
    """Each pattern once: a file may have two names for one."""
    return list({entry.slug: entry for entry in patterns.values()}.values())


def _pattern_notes(
    asked: Sequence[AskedPair], patterns: Mapping[str | None, PatternEntry]
) -> list[str]:
    counts = Counter(patterns[one.pattern].slug for one in asked)
    notes = []
    if counts[UNLABELLED.slug]:
        notes.append(f"Pairs without a visual pattern: {counts[UNLABELLED.slug]}.")
    nine = load_patterns("mmvp")
    customs = [
        entry.name for entry in _listed(patterns) if entry.slug not in nine and entry != UNLABELLED
    ]
    if customs:
        notes.append(f"Patterns that are none of MMVP's nine: {', '.join(customs)}.")
    return notes


def _source(raw: RawBenchmark) -> SourceEntry:
    digest = hashlib.sha256(read_bytes(raw.table)).hexdigest() if raw.table else None
    return SourceEntry(format=raw.format, name=raw.path.resolve().name or raw.name, sha256=digest)
