"""The files that formats have in common: images by row, the card, our document, the errata."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evaluation.benchmark import Benchmark, BenchmarkPair, ExportedImage, ImageEntry
from evaluation.card import CARD_FILES, card_files
from evaluation.errata import ERRATA_DOCUMENT, ERRATA_TEXT, errata_json, errata_text
from evaluation.errors import UnfitForFormat
from evaluation.formats.format import Export
from evaluation.formats.staging import DOCUMENT
from evaluation.question import Choice
from evaluation.scores import Side

IMAGES = "images"
NUMBERED = f"{IMAGES}/[0-9]*.jpg"
COMMON = (*CARD_FILES, DOCUMENT, ERRATA_TEXT, ERRATA_DOCUMENT)
"""Patterns of the files that every export may have."""
_JPEG_START = b"\xff\xd8\xff"

Places = Sequence[tuple[ExportedImage, ExportedImage]]
"""Of every pair of a benchmark, where its first and second image were put."""


def sides(pair: BenchmarkPair) -> tuple[tuple[Side, ImageEntry, Choice], ...]:
    """The first and the second image of a pair, each with its right answer."""
    asked = pair.question
    return (
        ("first", pair.first, asked.answer_first),
        ("second", pair.second, asked.answer_second),
    )


def rows_of(
    job: Export, pairs: Sequence[BenchmarkPair] | None = None
) -> Iterator[tuple[int, BenchmarkPair, Side, Choice, bytes]]:
    """Row, from 1 on, pair, side, right answer and JPEG of every image; counts the progress.

    Args:
        pairs: in the order of the rows; by default all as they stand in the benchmark.

    Raises:
        UnfitForFormat: an image is not JPEG.
    """
    pairs = job.benchmark.pairs if pairs is None else pairs
    total = len(pairs)
    for at, pair in enumerate(pairs):
        for offset, (side, image, answer) in enumerate(sides(pair)):
            yield 2 * at + offset + 1, pair, side, answer, jpeg_of(job, pair, image)
        job.progress(at + 1, total)


def jpeg_of(job: Export, pair: BenchmarkPair, image: ImageEntry) -> bytes:
    """The bytes of an image.

    Raises:
        UnfitForFormat: they are not JPEG.
    """
    data = job.image_bytes(image.sha256)
    if not data.startswith(_JPEG_START):
        raise UnfitForFormat(
            f"The image {image.file_name!r} did not come as JPEG.", where=f"pair {pair.pair_id}"
        )
    return data


def write_image(folder: Path, row: int, path: str, data: bytes) -> ExportedImage:
    """Write an image to its path inside the folder; the folder of the path must be there."""
    (folder / path).write_bytes(data)
    return placed(row, path, data)


def placed(row: int, path: str, data: bytes) -> ExportedImage:
    """What the document says of an image that stands in this row."""
    return ExportedImage(row=row, path=path, sha256=hashlib.sha256(data).hexdigest())


def write_numbered(job: Export, images: str = IMAGES) -> Places:
    """Write every image as ``images/ROW.jpg``."""
    (job.folder / images).mkdir(parents=True)
    found = [
        write_image(job.folder, row, f"{images}/{row}.jpg", data)
        for row, _, _, _, data in rows_of(job)
    ]
    return in_pairs(found)


def in_pairs(found: Sequence[ExportedImage]) -> Places:
    """The images of rows 2k-1 and 2k together."""
    return list(zip(found[::2], found[1::2], strict=True))


def finish(
    job: Export,
    places: Places,
    texts: Mapping[str, str],
    *,
    loading: str,
    front_matter: str = "",
) -> None:
    """Write the texts of a format, and beside them the card, our document and the errata.

    Args:
        places: of the images, one entry a pair of the benchmark.
        texts: from paths inside the folder to what stands there.
        loading: Markdown on how to read the files of this format.
        front_matter: more lines of YAML for the head of the card.
    """
    benchmark = job.benchmark.with_exported(places)
    written = {**texts, DOCUMENT: benchmark.to_json()} | _errata(benchmark, places)
    files = {name: text.encode() for name, text in written.items()}
    for name, content in (
        files | card_files(benchmark, loading=loading, configs=front_matter)
    ).items():
        path = job.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _errata(benchmark: Benchmark, places: Places) -> dict[str, str]:
    if not benchmark.errata:
        return {}
    rows = {
        pair.pair_id: (first.row, second.row)
        for pair, (first, second) in zip(benchmark.pairs, places, strict=True)
    }
    return {
        ERRATA_TEXT: errata_text(benchmark.name, benchmark.errata, rows),
        ERRATA_DOCUMENT: errata_json(benchmark.errata),
    }


def only(benchmark: Benchmark, pairs: Sequence[BenchmarkPair]) -> Benchmark:
    """The benchmark with these of its pairs, and the errata of these."""
    kept = {pair.pair_id for pair in pairs}
    errata = [one for one in benchmark.errata if one.pair_id in kept]
    return replace(benchmark, pairs=pairs, errata=errata)


def prompt_of(pair: BenchmarkPair) -> str:
    """The question as most programs ask it: options as A and B, the letter as the answer."""
    asked = pair.question
    return (
        f"{asked.text}\nA. {asked.option_a}\nB. {asked.option_b}\n"
        "Answer with the option's letter from the given choices directly."
    )
