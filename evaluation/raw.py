"""A benchmark as its files say it, faults and all: what checks and importers start from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.benchmark import Benchmark

FAULTS = {
    "encoding": "The text is not UTF-8, or begins with a byte order mark.",
    "blank-line": "An empty line stands in the table.",
    "quoting": "Quotes inside a quoted text are not doubled, or a quote is never closed.",
    "delimiter": "The values are not separated as this format separates them.",
    "column-count": "A row has more or fewer values than the header.",
    "missing-column": "A column that the format needs is not there.",
    "no-rows": "The table has a header and nothing under it.",
    "number": "The number of a row is missing, no whole number, text, or not the same twice.",
    "json": "A line or document is not JSON, or not of the shape that is read.",
    "document": "The benchmark.json beside the table breaks a rule of the document.",
    "image-data": "The image inside the table cannot be decoded from its text.",
    "image-reference": "A row refers to the image of a row that is not there.",
    "image-path": "The path of an image leads out of the benchmark's folder.",
    "image-twice": "There are two image files with the number of one row.",
    "image-folder": "The folder of the images has another name than programs look for.",
    "shard": "One file of several cannot be read.",
}
"""The codes of what readers find, each with what it means."""


@dataclass(frozen=True)
class Place:
    """Where something stands in a file; lines and rows count from 1, rows without the header."""

    file: Path
    line: int | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [
            str(self.file),
            *([f"line {self.line}"] if self.line is not None else []),
            *([f"row {self.row}"] if self.row is not None else []),
            *([f"column {self.column}"] if self.column is not None else []),
        ]
        return ", ".join(parts)


@dataclass(frozen=True)
class RawImage:
    """One image of a benchmark: its name as written, and how to get its bytes.

    ``path`` is the file, None for an image that a table carries inside itself. ``read`` raises
    UnreadableBenchmark where the bytes cannot be had.
    """

    name: str
    read: Callable[[], bytes] = field(compare=False)
    path: Path | None = None


@dataclass(frozen=True)
class RawFault:
    """Something that keeps a file from being read as it was meant: what, where, what to do.

    ``code`` is one of ``FAULTS``. What does not ``stop`` an import was read as it was meant all
    the same; other programs may still fall over it.
    """

    code: str
    message: str
    place: Place
    hint: str = ""
    stops: bool = True

    def __str__(self) -> str:
        said = f"{self.place}: {self.message}"
        return f"{said} {self.hint}" if self.hint else said


@dataclass(frozen=True, kw_only=True)
class RawRow:
    """One question about one image, each value as it is written; None where there is none.

    ``pair`` is the pair that the row names itself; where it is None, pairs follow the format's
    rule. ``options`` is the text of a column that holds both options, and ``option_a`` and
    ``option_b`` are what a reader takes out of it.
    """

    place: Place
    number: str | None = None
    question: str | None = None
    options: str | None = None
    option_a: str | None = None
    option_b: str | None = None
    answer: str | None = None
    pattern: str | None = None
    pair: str | None = None
    statement: str | None = None
    image: RawImage | None = None
    image_name: str | None = None
    """What the file calls the image, also where it was not found."""


@dataclass(frozen=True, kw_only=True)
class RawBenchmark:
    """The rows of a benchmark in the order of its file, and what could not be read.

    ``document`` is our own ``benchmark.json`` where one stands beside the rows and is valid.
    """

    name: str
    format: str
    path: Path
    columns: Sequence[str]
    rows: Sequence[RawRow]
    faults: Sequence[RawFault] = ()
    document: Benchmark | None = None
    table: Path | None = None
    """The table or document that the rows stand in; the first one, where there are several."""
    unnamed_images: Sequence[Path] = ()
    """Image files in the folder of the images that no row names."""
