"""The layout of MMVP-VLM: nine patterns of 15 pairs, and a statement about each image."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evaluation.benchmark import Benchmark, BenchmarkPair, ExportedImage
from evaluation.errors import UnfitForFormat
from evaluation.formats.files import COMMON, finish, in_pairs, only, rows_of, write_image
from evaluation.formats.format import Export, Format
from evaluation.patterns import load_patterns
from evaluation.statements import image_statements

PER_PATTERN = 15
IMAGES = "MLLM_VLM Images"
QUESTIONS = "Questions.csv"
HEADER = ("Question ID", "Type", "Statement")

_LOADING = """`Questions.csv` has one statement an image. Rows 2k-1 and 2k are a pair, and the
statement of an odd row is about the first image, that of an even row about the second. The image
of a row is `MLLM_VLM Images/TYPE/ID.jpg`.

```python
import csv
from pathlib import Path

folder = Path(".")
with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    image = folder / "MLLM_VLM Images" / row["Type"] / f"{row['Question ID']}.jpg"
    text = "a photo of " + row["Statement"]
```

With MMVP's own script: `python evaluate_vlm.py --directory FOLDER`. It goes by the place of a row:
every 15 pairs are the next pattern, whatever Type says."""


@dataclass(frozen=True)
class _Chosen:
    """The pairs that fit, in the order of the patterns, and what did not fit."""

    pairs: Sequence[BenchmarkPair]
    too_many: Mapping[str, Sequence[int]]
    other_patterns: Sequence[int]


def shortfall(counts: Mapping[str, int]) -> dict[str, int]:
    """How many pairs each of the nine patterns is short of, by slug; empty if none is.

    Args:
        counts: pairs by slug of their pattern.
    """
    missing = {one.slug: PER_PATTERN - counts.get(one.slug, 0) for one in load_patterns("mmvp")}
    return {slug: n for slug, n in missing.items() if n > 0}


def write(job: Export) -> list[str]:
    """Write the first 15 pairs of each pattern, in the order that the script goes by.

    Raises:
        UnfitForFormat: a pattern has too few pairs, unless that was asked for.
    """
    missing = shortfall(job.benchmark.count_by_pattern())
    chosen = _chosen(job.benchmark)
    if missing and not job.options.partial:
        raise UnfitForFormat(
            f"MMVP-VLM has {PER_PATTERN} pairs of each of its nine patterns, and there are too "
            f"few: {_listed(missing)}.",
            hint="Finish more pairs, or write what there is with `mmvp export --partial`.",
        )
    if not chosen.pairs:
        raise UnfitForFormat("No pair has one of the nine patterns of MMVP-VLM.")
    said = {pair.pair_id: statements_of(pair) for pair in chosen.pairs}
    places = _write_images(job, chosen.pairs)
    table = _table(chosen.pairs, said)
    kept = only(job.benchmark, chosen.pairs)
    in_order = [places[pair.pair_id] for pair in kept.pairs]
    finish(replace(job, benchmark=kept), in_order, {QUESTIONS: table}, loading=_LOADING)
    return [
        *_partial_notes(missing, len(chosen.pairs)),
        *_left_out_notes(chosen),
        *_statement_notes(chosen.pairs, said),
    ]


def statements_of(pair: BenchmarkPair) -> tuple[str, str]:
    """What is said of the first and of the second image, by a person or else by the question."""
    asked = pair.question
    words = asked.text, asked.option_a, asked.option_b, asked.answer_first
    return image_statements(*words, first=pair.statement_first, second=pair.statement_second)


def _chosen(benchmark: Benchmark) -> _Chosen:
    nine = load_patterns("mmvp")
    of_pattern = {
        slug: [pair for pair in benchmark.pairs if pair.pattern == slug] for slug in nine.slugs
    }
    return _Chosen(
        pairs=[pair for found in of_pattern.values() for pair in found[:PER_PATTERN]],
        too_many={
            slug: [pair.pair_id for pair in found[PER_PATTERN:]]
            for slug, found in of_pattern.items()
            if len(found) > PER_PATTERN
        },
        other_patterns=[pair.pair_id for pair in benchmark.pairs if pair.pattern not in nine],
    )


def _write_images(
    job: Export, pairs: Sequence[BenchmarkPair]
) -> dict[int, tuple[ExportedImage, ExportedImage]]:
    """Where the images of each pair were put; the benchmark itself is in another order."""
    nine = load_patterns("mmvp")
    for slug in {pair.pattern for pair in pairs}:
        (job.folder / IMAGES / nine[slug].folder).mkdir(parents=True)
    found: list[ExportedImage] = []
    for row, pair, _, _, data in rows_of(job, pairs):
        path = f"{IMAGES}/{nine[pair.pattern].folder}/{row}.jpg"
        found.append(write_image(job.folder, row, path, data))
    return {pair.pair_id: both for pair, both in zip(pairs, in_pairs(found), strict=True)}


def _table(pairs: Sequence[BenchmarkPair], said: Mapping[int, tuple[str, str]]) -> str:
    nine = load_patterns("mmvp")
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(HEADER)
    rows = [(pair, text) for pair in pairs for text in said[pair.pair_id]]
    for row, (pair, text) in enumerate(rows, 1):
        writer.writerow([row, nine[pair.pattern].folder, text])
    return table.getvalue()


def _listed(missing: Mapping[str, int]) -> str:
    nine = load_patterns("mmvp")
    return ", ".join(
        f"{nine[slug].name} {PER_PATTERN - n} (lacks {n})" for slug, n in missing.items()
    )


def _partial_notes(missing: Mapping[str, int], n_pairs: int) -> list[str]:
    if not missing:
        return []
    if n_pairs < 9:
        told = f"It stops with a division by zero, because there are only {n_pairs} pairs."
    else:
        told = (
            f"It takes every 15 pairs for the next pattern and {n_pairs // 9} pairs for a whole "
            "one, so it reports wrong patterns and wrong percentages. Read this folder with a "
            "program that goes by Type."
        )
    return [
        f"Too few pairs for MMVP-VLM: {_listed(missing)}.",
        f"Do not use MMVP's evaluate_vlm.py on this folder. {told}",
    ]


def _left_out_notes(chosen: _Chosen) -> list[str]:
    nine = load_patterns("mmvp")
    notes = [
        f"{nine[slug].name} has {PER_PATTERN + len(left)} pairs; MMVP-VLM has the first "
        f"{PER_PATTERN}. Left out: pairs {_numbers(left)}."
        for slug, left in chosen.too_many.items()
    ]
    if chosen.other_patterns:
        left = _numbers(chosen.other_patterns)
        notes.append(f"Left out, because their pattern is none of the nine: pairs {left}.")
    return notes


def _statement_notes(
    pairs: Sequence[BenchmarkPair], said: Mapping[int, tuple[str, str]]
) -> list[str]:
    made = [pair.pair_id for pair in pairs if pair.statement_first is None]
    same = [number for number, (first, second) in said.items() if first == second]
    notes = []
    if made:
        notes.append(
            f"Statements of {len(made)} of {len(pairs)} pairs were made from question and option, "
            f"because nobody wrote them. Read them before you publish: pairs {_numbers(made)}."
        )
    if same:
        notes.append(f"Both statements are the same, so nothing is asked: pairs {_numbers(same)}.")
    return notes


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:12])
    return f"{shown} and {len(numbers) - 12} more" if len(numbers) > 12 else shown


FORMAT = Format(
    name="mmvp-vlm",
    about="MMVP-VLM: nine patterns of 15 pairs with statements",
    readers="MMVP's evaluate_vlm.py and others that test CLIP-like encoders",
    write=write,
    files=(f"{IMAGES}/*/[0-9]*.jpg", QUESTIONS, *COMMON),
    has_key_order=False,
)
