"""Our own document with its JSON Schema and the images: everything, for programs and for import."""

import json

from evaluation.benchmark import Benchmark
from evaluation.formats.files import COMMON, NUMBERED, finish, write_numbered
from evaluation.formats.format import Export, Format

SCHEMA = "benchmark.schema.json"

_LOADING = """```python
import json
from pathlib import Path

folder = Path(".")
document = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
for pair in document["pairs"]:
    question = pair["question"]
    for side in ("first", "second"):
        image = folder / pair[side]["exported"]["path"]
        right = question["answer_" + side]  # a or b
```

`benchmark.schema.json` is the JSON Schema of `benchmark.json` (draft 2020-12)."""


def write(job: Export) -> list[str]:
    """Write benchmark.json, its schema and ``images/ROW.jpg``."""
    places = write_numbered(job)
    schema = json.dumps(Benchmark.schema(), ensure_ascii=False, indent=2) + "\n"
    finish(job, places, {SCHEMA: schema}, loading=_LOADING)
    return []


FORMAT = Format(
    name="mmvp-json",
    about="benchmark.json with its JSON Schema, and the images",
    readers="MMVP Studio itself, with nothing lost, and your own programs",
    write=write,
    files=(SCHEMA, NUMBERED, *COMMON),
)
