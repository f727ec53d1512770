"""The layout of the original MMVP: numbered images, Questions.csv, and our benchmark.json."""

import csv
import io

from evaluation.benchmark import Benchmark
from evaluation.errors import UnfitForFormat
from evaluation.formats.files import COMMON, finish, write_numbered
from evaluation.formats.format import Export, Format
from evaluation.spreadsheets import is_formula

IMAGES = "MMVP Images"
QUESTIONS = "Questions.csv"
# Clients differ in how they spell the first column (some read it with a lower-case L); with the
# second spelling as the last column, readers by name and readers by position are all served.
HEADER = ("lndex", "Question", "Options", "Correct Answer", "Index")

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


def write(job: Export) -> list[str]:
    """Write the export into an empty folder: row 2k-1 is the first image of pair k, 2k the second.

    Raises:
        UnfitForFormat: an option has parentheses, or an image is not JPEG.
    """
    refuse_parentheses(job.benchmark, QUESTIONS)
    places = write_numbered(job, IMAGES)
    finish(job, places, {QUESTIONS: questions_csv(job.benchmark)}, loading=_LOADING)
    return warnings(job.benchmark)


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


def warnings(benchmark: Benchmark) -> list[str]:
    """The questions that a spreadsheet would compute: programs need them exactly as they are."""
    return [
        f"Pair {pair.pair_id}: the question begins with “{pair.question.text[0]}”, so a "
        "spreadsheet program would compute it. Open Questions.csv with other programs only, or "
        "rewrite it."
        for pair in benchmark.pairs
        if is_formula(pair.question.text)
    ]


def refuse_parentheses(benchmark: Benchmark, where: str) -> None:
    """Refuse options that readers of "(a) X (b) Y" would cut in pieces.

    Args:
        where: what the readers read, for the message.

    Raises:
        UnfitForFormat: names every option with a parenthesis.
    """
    offending = [
        f"pair {pair.pair_id} ({option})"
        for pair in benchmark.pairs
        for option in (pair.question.option_a, pair.question.option_b)
        if "(" in option or ")" in option
    ]
    if offending:
        raise UnfitForFormat(
            f"Options with parentheses cannot be exported, because readers of {where} split the "
            f"options at them: {'; '.join(offending)}.",
            hint="Write these options without parentheses.",
        )


FORMAT = Format(
    name="mmvp",
    about="The original MMVP layout: MMVP Images/, Questions.csv and benchmark.json",
    readers="MMVP's own scripts, Cambrian, InternVL and most loaders of MMVP",
    write=write,
    files=(f"{IMAGES}/[0-9]*.jpg", QUESTIONS, *COMMON),
)
