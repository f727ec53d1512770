"""A Hugging Face dataset: Parquet with the images inside, and a card that says what it holds."""

from collections.abc import Iterator
from typing import Any

from evaluation.benchmark import ExportedImage
from evaluation.formats.files import COMMON, finish, in_pairs, placed, rows_of
from evaluation.formats.format import Export, Format
from evaluation.formats.parquet import Columns, features_yaml, image_value, write_parquet

TABLE = "data/test-00000-of-00001.parquet"

_LOADING = """```python
from datasets import load_dataset

rows = load_dataset(".", split="test")  # or the name of the dataset on the Hub
for row in rows:
    image = row["image"]
    prompt = f"{row['question']} (a) {row['option_a']} (b) {row['option_b']}"
    right = rows.features["answer"].int2str(row["answer"])  # a or b
```

Rows with the same `pair_id` are a pair and stand one behind the other. A model gets a pair right
only if it answers both of its rows right; guessing gets a quarter of the pairs."""


def write(job: Export) -> list[str]:
    """Write one row an image, the first image of a pair before the second."""
    columns = _columns(job)
    found: list[ExportedImage] = []
    write_parquet(job.folder / TABLE, columns, _rows(job, found))
    head = (
        "configs:\n- config_name: default\n  data_files:\n  - split: test\n    path: data/test-*\n"
    )
    n_bytes = (job.folder / TABLE).stat().st_size
    head += "dataset_info:\n" + features_yaml(columns)
    head += f"  splits:\n  - name: test\n    num_bytes: {n_bytes}\n    num_examples: {len(found)}\n"
    head += f"  download_size: {n_bytes}\n  dataset_size: {n_bytes}\n"
    finish(job, in_pairs(found), {}, loading=_LOADING, front_matter=head)
    return []


def _columns(job: Export) -> Columns:
    statements = any(pair.statement_first for pair in job.benchmark.pairs)
    return {
        "index": "int64",
        "pair_id": "int64",
        "side": ["first", "second"],
        "image": "image",
        "question": "string",
        "option_a": "string",
        "option_b": "string",
        "answer": ["a", "b"],
        "pattern": [pattern.slug for pattern in job.benchmark.patterns],
        **({"statement": "string"} if statements else {}),
    }


def _rows(job: Export, found: list[ExportedImage]) -> Iterator[dict[str, Any]]:
    for row, pair, side, answer, data in rows_of(job):
        name = f"{row}.jpg"
        found.append(placed(row, name, data))
        asked = pair.question
        yield {
            "index": row,
            "pair_id": pair.pair_id,
            "side": side,
            "image": image_value(data, name),
            "question": asked.text,
            "option_a": asked.option_a,
            "option_b": asked.option_b,
            "answer": answer,
            "pattern": pair.pattern,
            "statement": pair.statement_first if side == "first" else pair.statement_second,
        }


FORMAT = Format(
    name="hf",
    about="A Hugging Face dataset: Parquet with the images inside",
    readers="the datasets library, offline or on the Hub, and its viewer",
    write=write,
    files=(TABLE, *COMMON),
)
