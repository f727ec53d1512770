"""A benchmark of somebody's, read and checked, as it will be stored."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotator.errors import AppError
from annotator.imported_images import WantedImage
from annotator.version import PRODUCT, product_version
from db.import_tables import KeptAs
from db.imports import NewImport, NewPairOf
from db.lifecycle import RunKind
from db.pattern_fields import PatternFields
from db.views import QuestionView
from evaluation.asked import FaultyBenchmark
from evaluation.benchmark import Benchmark, BenchmarkPair, ImageEntry
from evaluation.originals import own_images, table_differences
from evaluation.raw import RawBenchmark, RawImage
from evaluation.readers import read
from evaluation.readers.finding import Finder
from evaluation.strict import ReadBenchmark, strict

_HIGHEST = 10**15  # of a pair or row


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What was read, ready to be stored: the pairs with the images that each needs.

    ``faulty`` says which images are missing; it is no fault if the workspace has them.
    """

    new: NewImport
    images: Mapping[str, WantedImage]
    notes: tuple[str, ...] = ()
    faulty: FaultyBenchmark | None = None


def read_incoming(
    path: Path,
    *,
    format_name: str | None = None,
    images: Path | None = None,
    name: str | None = None,
    kept_as: KeptAs = KeptAs.complete,
) -> Incoming:
    """Reads and checks a benchmark; it touches no workspace.

    Args:
        path: file or folder.
        format_name: what it is; by default it is recognised.
        images: folder with images that are not where the benchmark says.
        name: to know it by; by default the benchmark's own.
        kept_as: what its pairs are at first.

    Raises:
        EvaluationError: it cannot be read, or breaks a rule; all that is wrong is named.
        AppError: it has numbers that no database can hold.
    """
    raw, faulty = read(path, format_name), None
    if raw.document is not None:
        found, faulty = _own(raw, raw.document, images)
    else:
        found = strict(raw, images=images, created_by=f"{PRODUCT} {product_version()}")
    benchmark = found.benchmark
    if name is not None:
        benchmark = replace(benchmark, name=name)
    incoming = from_benchmark(
        benchmark,
        found.images,
        source=shown_name(path),
        format_name=benchmark.source.format if benchmark.source else "mmvp-json",
        kept_as=kept_as,
    )
    return replace(incoming, notes=found.notes, faulty=faulty)


def shown_name(path: Path) -> str:
    """The name of a file or folder; what is no text in it is written as a question mark."""
    return path.resolve().name.encode("utf-8", "replace").decode()


def _own(
    raw: RawBenchmark, document: Benchmark, folder: Path | None
) -> tuple[ReadBenchmark, FaultyBenchmark | None]:
    """A document of ours; images that it lacks may be in the workspace."""
    if differences := table_differences(raw, document):
        raise FaultyBenchmark(raw, differences)
    images, missing = own_images(raw, document, Finder(folder))
    faulty = FaultyBenchmark(raw, missing) if missing else None
    return ReadBenchmark(benchmark=document, images=images), faulty


def from_benchmark(
    benchmark: Benchmark,
    images: Mapping[str, RawImage],
    *,
    source: str,
    format_name: str,
    kept_as: KeptAs,
) -> Incoming:
    """A benchmark document as it is stored.

    Args:
        images: the bytes that came with it, by the SHA-256 that its pairs name.
    """
    _refuse_huge(benchmark)
    document: dict[str, Any] = json.loads(benchmark.to_json())
    entries = document.pop("pairs")
    rows = [_rows(benchmark, pair, place) for place, pair in enumerate(benchmark.pairs)]
    wanted: dict[str, WantedImage] = {}
    pairs = []
    for pair, entry, of in zip(benchmark.pairs, entries, rows, strict=True):
        for image, row in zip((pair.first, pair.second), of, strict=True):
            came = images.get(image.sha256)
            where = f"{source}, row {row}"
            wanted.setdefault(image.sha256, _wanted(image, came, where))
        pairs.append(_pair(pair, entry, of))
    is_open = kept_as is KeptAs.open
    used = {pair.pattern for pair in benchmark.pairs if not is_open}
    new = NewImport(
        name=benchmark.name,
        format=format_name,
        source=source,
        digest=_digest(document, entries),
        kind=RunKind.pairs if is_open else RunKind.benchmark,
        kept_as=kept_as,
        author=benchmark.name,
        document=document,
        patterns=[
            PatternFields(
                slug=one.slug,
                name=one.name,
                definition=one.definition or f"A pattern of the benchmark {benchmark.name}.",
            )
            for one in benchmark.patterns
            if one.slug in used
        ],
        pairs=pairs,
    )
    return Incoming(new=new, images=wanted)


def _rows(benchmark: Benchmark, pair: BenchmarkPair, place: int) -> tuple[int, int]:
    """The rows of a pair in its table: as an export noted them, else as MMVP counts."""
    first, second = pair.first.exported, pair.second.exported
    if first is not None and second is not None:
        return first.row, second.row
    number = pair.pair_id if benchmark.source and pair.pair_id >= 1 else place + 1
    return 2 * number - 1, 2 * number


def _refuse_huge(benchmark: Benchmark) -> None:
    """No database has numbers of that size."""
    for pair in benchmark.pairs:
        rows = [one.exported.row for one in (pair.first, pair.second) if one.exported]
        for number in (pair.pair_id, *rows):
            if abs(number) > _HIGHEST:
                raise AppError(f"{number} is too high a number.", where=f"pair {pair.pair_id}")


def _wanted(image: ImageEntry, came: RawImage | None, where: str) -> WantedImage:
    return WantedImage(
        identity=image.sha256,
        name=image.file_name or (came.name if came else image.sha256),
        where=where,
        read=came.read if came else None,
    )


def _pair(pair: BenchmarkPair, entry: Mapping[str, Any], rows: tuple[int, int]) -> NewPairOf:
    asked = pair.question
    return NewPairOf(
        number=pair.pair_id,
        first=pair.first.sha256,
        second=pair.second.sha256,
        rows=rows,
        entry=entry,
        question=QuestionView(
            text=asked.text,
            option_a=asked.option_a,
            option_b=asked.option_b,
            answer_first=asked.answer_first,
            answer_second=asked.answer_second,
            pattern=pair.pattern,
            statement_first=pair.statement_first,
            statement_second=pair.statement_second,
        ),
        blind_cosine=pair.blind_cosine,
        reference_cosine=pair.reference_cosine,
        note=pair.note,
    )


def _digest(document: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> str:
    """Equal for the same benchmark, whatever it and its file are called."""
    source = dict(document.get("source") or {})
    source.pop("name", None)
    said = {**document, "name": "", "source": source, "pairs": entries}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
