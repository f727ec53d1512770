"""The layout of the original MMVP: numbered images, Questions.csv, and our benchmark.json."""

import csv
import hashlib
import io
from pathlib import Path

from evaluation.benchmark import Benchmark, BenchmarkPair, ExportedImage, ImageEntry
from evaluation.card import dataset_card
from evaluation.errors import UnfitForFormat
from evaluation.formats.format import Format, ImageBytes, Progress
from evaluation.formats.staging import DOCUMENT

IMAGES = "MMVP Images"
QUESTIONS = "Questions.csv"
CARD = "README.md"
# Clients differ in how they spell the first column (some read it with a lower-case L); with the
# second spelling as the last column, readers by name and readers by position are all served.
HEADER = ("lndex", "Question", "Options", "Correct Answer", "Index")
_JPEG_START = b"\xff\xd8\xff"

_LOADING = """```python
import csv
from pathlib import Path

folder = Path(".")
with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    image = folder / "MMVP Images" / f"{row['Index']}.jpg"
    prompt = f"{row['Question']} {row['Options']}"
    right = row["Correct Answer"]  # (a) or (b)
```

Rows 1 and 2 are a pair, rows 3 and 4 the next, and so on. A model gets a pair right only if it
answers both of its rows right; guessing gets a quarter of the pairs."""


def write(benchmark: Benchmark, folder: Path, image_bytes: ImageBytes, progress: Progress) -> None:
    """Write the export into an empty folder: row 2k-1 is the first image of pair k, 2k the second.

    Raises:
        UnfitForFormat: an option has parentheses, or an image is not JPEG.
    """
    _refuse_parentheses(benchmark)
    (folder / IMAGES).mkdir()
    exported: list[tuple[ExportedImage, ExportedImage]] = []
    for pair in benchmark.pairs:
        row = 2 * len(exported) + 1
        first = _write_image(folder, row, pair, pair.first, image_bytes)
        second = _write_image(folder, row + 1, pair, pair.second, image_bytes)
        exported.append((first, second))
        progress(len(exported), len(benchmark.pairs))
    benchmark = benchmark.with_exported(exported)
    for name, text in (
        (QUESTIONS, questions_csv(benchmark)),
        (CARD, dataset_card(benchmark, loading=_LOADING)),
        (DOCUMENT, benchmark.to_json()),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def questions_csv(benchmark: Benchmark) -> str:
    """The text of Questions.csv: two rows a pair, answers as (a) and (b)."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    row = 0
    for pair in benchmark.pairs:
        question = pair.question
        options = f"(a) {question.option_a} (b) {question.option_b}"
        for answer in (question.answer_first, question.answer_second):
            row += 1
            writer.writerow([row, question.text, options, f"({answer})", row])
    return table.getvalue()


def _refuse_parentheses(benchmark: Benchmark) -> None:
    offending = [
        f"pair {pair.pair_id} ({option})"
        for pair in benchmark.pairs
        for option in (pair.question.option_a, pair.question.option_b)
        if "(" in option or ")" in option
    ]
    if offending:
        raise UnfitForFormat(
            "Options with parentheses cannot be exported, because readers of Questions.csv split "
            f"the options at them: {'; '.join(offending)}.",
            hint="Write these options without parentheses.",
        )


def _write_image(
    folder: Path, row: int, pair: BenchmarkPair, image: ImageEntry, image_bytes: ImageBytes
) -> ExportedImage:
    data = image_bytes(image.sha256)
    if not data.startswith(_JPEG_START):
        raise UnfitForFormat(
            f"The image {image.file_name!r} did not come as JPEG.", where=f"pair {pair.pair_id}"
        )
    path = f"{IMAGES}/{row}.jpg"
    (folder / path).write_bytes(data)
    return ExportedImage(row=row, path=path, sha256=hashlib.sha256(data).hexdigest())


FORMAT = Format(
    name="mmvp",
    about="The original MMVP layout: MMVP Images/, Questions.csv and benchmark.json",
    write=write,
    files=(f"{IMAGES}/[0-9]*.jpg", QUESTIONS, CARD, DOCUMENT),
)
