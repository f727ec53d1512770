"""What lmms-eval runs: the rows in Parquet, and a task of their own that reads them from here."""

import re
from collections.abc import Iterator
from typing import Any

from assets import asset
from evaluation.benchmark import ExportedImage
from evaluation.formats.files import COMMON, finish, in_pairs, placed, rows_of
from evaluation.formats.format import Export, Format
from evaluation.formats.mmvp import refuse_parentheses
from evaluation.formats.parquet import Columns, image_value, write_parquet

TABLE = "data/test-00000-of-00001.parquet"
TASK = "task"
_TASK_FILES = {"task.yaml": f"{TASK}/task.yaml", "scoring.py": f"{TASK}/utils.py"}
_COLUMNS: Columns = {
    "Index": "int64",
    "Question": "string",
    "Options": "string",
    "Correct Answer": "string",
    "image": "image",
    "pattern": "string",
    "pair_id": "int64",
}

_LOADING = """In this folder:

```
lmms_eval --include_path task --tasks {task} --model … --batch_size 1
```

`task/task.yaml` reads `data/` from the folder that the command runs in, so run it here. `Index` is
a whole number from 1 on; rows 2k-1 and 2k are a pair. The score of pairs is
`mmvp_pair_accuracy`.

Do not load these rows with lmms-eval's own task `mmvp`: some of its versions replace the answers
of rows 99, 100, 279 and 280, whatever stands there."""


def write(job: Export) -> list[str]:
    """Write the rows, and a task whose name comes from the benchmark's.

    Raises:
        UnfitForFormat: an option has parentheses, or an image is not JPEG.
    """
    refuse_parentheses(job.benchmark, "lmms-eval")
    found: list[ExportedImage] = []
    write_parquet(job.folder / TABLE, _COLUMNS, _rows(job, found))
    task = task_name(job.benchmark.name)
    texts = {
        path: asset(f"lmms_eval/{name}").read_text(encoding="utf-8").replace("MMVP_TASK", task)
        for name, path in _TASK_FILES.items()
    }
    finish(job, in_pairs(found), texts, loading=_LOADING.replace("{task}", task))
    return [f"The task is called {task}; README.md has the command, which runs in this folder."]


def task_name(name: str) -> str:
    """A name for the task that lmms-eval has not already."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    return f"mmvp_studio_{plain}" if plain else "mmvp_studio"


def _rows(job: Export, found: list[ExportedImage]) -> Iterator[dict[str, Any]]:
    for row, pair, _, answer, data in rows_of(job):
        name = f"{row}.jpg"
        found.append(placed(row, name, data))
        asked = pair.question
        yield {
            "Index": row,
            "Question": asked.text,
            "Options": f"(a) {asked.option_a} (b) {asked.option_b}",
            "Correct Answer": f"({answer})",
            "image": image_value(data, name),
            "pattern": pair.pattern,
            "pair_id": pair.pair_id,
        }


FORMAT = Format(
    name="lmms-eval",
    about="Parquet and a ready task folder for lmms-eval",
    readers="lmms-eval with --include_path",
    write=write,
    files=(TABLE, *_TASK_FILES.values(), *COMMON),
)
