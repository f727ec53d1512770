"""The table that VLMEvalKit reads: MMVP.tsv, options in columns A and B, images as base64."""

import base64
import csv
import hashlib
from typing import TextIO

from evaluation.benchmark import Benchmark, BenchmarkPair
from evaluation.errors import UnfitForFormat
from evaluation.formats.files import COMMON, Places, finish, in_pairs, placed, rows_of
from evaluation.formats.format import Export, Format

TABLE = "MMVP.tsv"
HEADER = ("index", "question", "A", "B", "answer", "category", "pair_id", "image")
# What pandas takes for a missing value in a table (io.parsers, STR_NA_VALUES), quoted or not.
MISSING = frozenset(
    ["#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"]
) | {"<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}

_LOADING = """`MMVP.tsv` is a table for VLMEvalKit: tab-separated, `index` from 0 on, the right
answer as A or B, the image as base64 of a JPEG. Rows 0 and 1 are a pair, rows 2 and 3 the next.

```python
import base64
import csv
from pathlib import Path

csv.field_size_limit(1 << 30)
with Path("MMVP.tsv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file, delimiter="\\t"))
for row in rows:
    jpeg = base64.b64decode(row["image"])
    right = row["answer"]  # A or B
```

VLMEvalKit reports the pair accuracy only of a dataset that is called exactly `MMVP`, and compares
the file's MD5 with the one it knows; where they differ it downloads the original over this file.
So put `MMVP.tsv` into the folder that `LMUData` names, and before the run tell the kit its MD5:

```python
from vlmeval.dataset.image_mcq import ImageMCQDataset

ImageMCQDataset.DATASET_MD5["MMVP"] = "{md5}"
```

Under any other name the kit reads the file too, and scores single questions, never pairs."""


def write(job: Export) -> list[str]:
    """Write the table, row by row.

    Raises:
        UnfitForFormat: a text that the kit would take for missing, or an image is not JPEG.
    """
    _refuse_missing(job.benchmark)
    with (job.folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        places = _write_table(job, file)
    with (job.folder / TABLE).open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    finish(job, places, {}, loading=_LOADING.replace("{md5}", md5))
    return [
        f"The MD5 of {TABLE} is {md5}: tell VLMEvalKit as README.md shows, and keep the name "
        "MMVP.tsv, or the kit downloads the original over it and scores no pairs."
    ]


def _write_table(job: Export, file: TextIO) -> Places:
    names = {pattern.slug: pattern.name for pattern in job.benchmark.patterns}
    table = csv.writer(file, delimiter="\t", lineterminator="\n")
    table.writerow(HEADER)
    found = []
    for row, pair, _, answer, data in rows_of(job):
        asked = pair.question
        texts = (asked.text, asked.option_a, asked.option_b, answer.upper(), names[pair.pattern])
        table.writerow([row - 1, *texts, pair.pair_id, base64.b64encode(data).decode("ascii")])
        found.append(placed(row, f"{row}.jpg", data))
    return in_pairs(found)


def _refuse_missing(benchmark: Benchmark) -> None:
    offending = [
        f"pair {pair.pair_id} ({text})"
        for pair in benchmark.pairs
        for text in _texts(pair)
        if text in MISSING
    ]
    if offending:
        raise UnfitForFormat(
            "Texts that VLMEvalKit reads as missing cannot be exported: "
            f"{'; '.join(offending)}. A pair with one of them would count as wrong.",
            hint="Write them as more than this one word, for example “None of them”.",
        )


def _texts(pair: BenchmarkPair) -> tuple[str, str, str]:
    return pair.question.text, pair.question.option_a, pair.question.option_b


FORMAT = Format(
    name="vlmevalkit",
    about="MMVP.tsv: one table with the images inside",
    readers="VLMEvalKit, once it knows the file's MD5",
    write=write,
    files=(TABLE, *COMMON),
)
