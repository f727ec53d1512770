"""Reads our own benchmark.json, with the images that an export put beside it."""

from collections.abc import Sequence
from pathlib import Path

from evaluation.benchmark import Benchmark, BenchmarkPair, ImageEntry
from evaluation.errors import InvalidBenchmark
from evaluation.question import Choice
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.pictures import file_image, inside
from evaluation.readers.texts import decoded, read_bytes

NAME = "mmvp-json"
DOCUMENT = "benchmark.json"
_HINT = "Correct the document, or export it again."


def document_of(path: Path) -> Path:
    """benchmark.json in a folder; a file is the document itself."""
    return path / DOCUMENT if path.is_dir() else path


def recognises(path: Path) -> bool:
    """Whether there is a document of ours, by its name or by what stands at its beginning."""
    document = document_of(path)
    if path.is_dir() or document.suffix.lower() != ".json":
        return path.is_dir() and document.is_file()
    try:
        with document.open("rb") as file:
            return b'"format_version"' in file.read(2048)
    except OSError:
        return False


def read(path: Path) -> RawBenchmark:
    """The document and its rows; a document that breaks a rule is a fault with every problem.

    Raises:
        UnreadableBenchmark: there is no such file.
    """
    file = document_of(path)
    document, faults = _parsed(file, read_bytes(file))
    return RawBenchmark(
        name=document.name if document else file.resolve().parent.name or DOCUMENT,
        format=NAME,
        path=path,
        columns=(),
        rows=tuple(rows_of(document, file)) if document else (),
        faults=tuple(faults),
        document=document,
        table=file,
    )


def beside(folder: Path) -> tuple[Benchmark | None, Sequence[RawFault]]:
    """The document in a folder of tables, and what is wrong with it; None where there is none."""
    file = folder / DOCUMENT
    if not file.is_file():
        return None, ()
    return _parsed(file, read_bytes(file))


def _parsed(file: Path, data: bytes) -> tuple[Benchmark | None, list[RawFault]]:
    text, faults = decoded(data, file)
    try:
        return Benchmark.from_json(text), faults
    except InvalidBenchmark as error:
        problems = [
            RawFault("document", f"{problem}.", Place(file), error.hint or _HINT)
            for problem in error.problems
        ]
        return None, [*faults, *problems]
    except RecursionError:
        message = "it has too many brackets inside each other."
        return None, [*faults, RawFault("document", message, Place(file), _HINT)]


def rows_of(document: Benchmark, file: Path) -> list[RawRow]:
    """Two rows a pair, in the order of the table that was exported with the document."""
    rows: list[tuple[int, RawRow]] = []
    for pair in document.pairs:
        asked = pair.question
        sides = (
            (pair.first, asked.answer_first, pair.statement_first),
            (pair.second, asked.answer_second, pair.statement_second),
        )
        for image, answer, statement in sides:
            number = image.exported.row if image.exported else len(rows) + 1
            rows.append((number, _row(file, number, pair, image, answer, statement)))
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _row(
    file: Path,
    number: int,
    pair: BenchmarkPair,
    image: ImageEntry,
    answer: Choice,
    statement: str | None,
) -> RawRow:
    asked = pair.question
    return RawRow(
        place=Place(file, row=number),
        number=str(number),
        question=asked.text,
        options=f"(a) {asked.option_a} (b) {asked.option_b}",
        option_a=asked.option_a,
        option_b=asked.option_b,
        answer=answer,
        pattern=pair.pattern,
        pair=str(pair.pair_id),
        statement=statement,
        image=exported_image(file.parent, image),
        image_name=image.exported.path if image.exported else image.file_name,
    )


def exported_image(folder: Path, image: ImageEntry) -> RawImage | None:
    """The file that an export put beside its document, if it is there."""
    if image.exported is None:
        return None
    path = inside(folder, image.exported.path)
    return file_image(path, image.exported.path) if path else None
