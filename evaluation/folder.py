"""A benchmark on disk, in any format that is read, as questions to be asked of a model."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from embeddings.images import jpeg_of
from evaluation.asked import AskedPair, FaultyBenchmark, asked_pairs
from evaluation.benchmark import Benchmark
from evaluation.errors import UnreadableBenchmark
from evaluation.items import Item, QuestionSet, from_benchmark
from evaluation.labels import entries_for
from evaluation.originals import own_images, table_differences
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers import read
from evaluation.readers.columns import whole_number
from evaluation.readers.finding import Finder
from evaluation.scores import Side

__all__ = ["UnreadableBenchmark", "read_folder"]

_SIDES: tuple[Side, Side] = ("first", "second")
_MISSING = "Copy the whole folder."


def read_folder(path: Path) -> QuestionSet:
    """The questions of a folder or file with a benchmark; images are read when they are asked for.

    Pairs are those of ``benchmark.json`` where there is one. A table says them in a column
    ``pair_id``, or by its numbers as MMVP does: 1 and 2 are a pair, 3 and 4 the next, in whatever
    order the rows stand. Patterns may stand in a column ``pattern``.

    Raises:
        UnreadableBenchmark: names the file and row.
    """
    raw = read(path)
    if raw.document is not None:
        return _of_document(raw, raw.document)
    asked, problems, _ = asked_pairs(raw)
    problems = [fault for fault in raw.faults if fault.stops] + problems
    missing = [row for one in asked for row in (one.first, one.second) if row.image is None]
    problems += [
        RawFault("image", f"this image is missing: {row.image_name}.", row.place, _MISSING)
        for row in missing
    ]
    if problems:
        raise FaultyBenchmark(raw, problems)
    patterns = entries_for(one.pattern for one in asked)
    slugs = {name: entry.slug for name, entry in patterns.items() if name is not None}
    images = {
        _key(one, side): row.image
        for one in asked
        for side, row in zip(_SIDES, (one.first, one.second), strict=True)
        if row.image is not None
    }
    return QuestionSet(
        name=raw.name,
        items=tuple(item for one in asked for item in _items(one, slugs)),
        patterns={entry.slug: entry.name for name, entry in patterns.items() if name is not None},
        read_image=lambda key: _jpeg(images[key]),
    )


def _items(one: AskedPair, slugs: Mapping[str, str]) -> list[Item]:
    golds = (one.question.answer_first, one.question.answer_second)
    return [
        Item(
            pair_id=one.pair_id,
            side=side,
            row=_row(row),
            question=one.question.text.strip(),
            option_a=one.question.option_a,
            option_b=one.question.option_b,
            gold=gold,
            pattern=slugs.get(one.pattern) if one.pattern else None,
            image=_key(one, side),
            statement=statement,
        )
        for side, gold, row, statement in zip(
            _SIDES, golds, (one.first, one.second), one.statements or (None, None), strict=True
        )
    ]


def _row(row: RawRow) -> int:
    number = whole_number(row.number)
    return (row.place.row or 0) if number is None else number


def _key(one: AskedPair, side: Side) -> str:
    return f"{one.pair_id} {side}"


def _of_document(raw: RawBenchmark, document: Benchmark) -> QuestionSet:
    found, faults = own_images(raw, document, Finder(None), checked=False)
    faults = table_differences(raw, document) + faults
    if faults:
        raise FaultyBenchmark(raw, faults)
    unchanged = {
        side.sha256: {side.sha256, *([side.exported.sha256] if side.exported else [])}
        for pair in document.pairs
        for side in (pair.first, pair.second)
    }

    def read_image(sha256: str) -> bytes:
        image = found[sha256]
        data = image.read()
        if hashlib.sha256(data).hexdigest() not in unchanged[sha256]:
            fault = RawFault(
                "image",
                "this image changed since the export.",
                Place(image.path or raw.path),
                "Export the benchmark again.",
            )
            raise FaultyBenchmark(raw, [fault])
        return _jpeg(image, data)

    return from_benchmark(document, {sha256: sha256 for sha256 in found}, read_image)


def _jpeg(image: RawImage, data: bytes | None = None) -> bytes:
    """The upright JPEG of an image; its own bytes where they are that."""
    return jpeg_of(image.read() if data is None else data, image.path or Path(image.name))
