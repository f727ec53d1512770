"""FiftyOne: labels.json and data/, each image with its pattern, question and pair."""

import json
from typing import Any

from evaluation.formats.files import COMMON, finish, sides, write_numbered
from evaluation.formats.format import Export, Format

LABELS, DATA = "labels.json", "data"

_LOADING = """`labels.json` and `data/` are a FiftyOneImageDetectionDataset. Each image has one
detection that covers it whole; its label is the visual pattern, and question, options, answer, pair
and side are its attributes.

```python
import fiftyone

dataset = fiftyone.Dataset.from_dir(
    dataset_dir=".", dataset_type=fiftyone.types.FiftyOneImageDetectionDataset
)
```"""


def write(job: Export) -> list[str]:
    """Write labels.json and ``data/ROW.jpg``."""
    benchmark = job.benchmark
    names = {pattern.slug: pattern.name for pattern in benchmark.patterns}
    places = write_numbered(job, DATA)
    labels: dict[str, Any] = {}
    for pair, both in zip(benchmark.pairs, places, strict=True):
        for (side, _, answer), place in zip(sides(pair), both, strict=True):
            attributes = {
                "pair_id": pair.pair_id,
                "side": side,
                "question": pair.question.text,
                "option_a": pair.question.option_a,
                "option_b": pair.question.option_b,
                "answer": answer,
            }
            whole = {"label": names[pair.pattern], "bounding_box": [0, 0, 1, 1]}
            labels[str(place.row)] = [{**whole, "attributes": attributes}]
    text = json.dumps({"labels": labels}, ensure_ascii=False, indent=1) + "\n"
    finish(job, places, {LABELS: text}, loading=_LOADING)
    return []


FORMAT = Format(
    name="fiftyone",
    about="FiftyOne: labels.json and data/",
    readers="FiftyOne's importers",
    write=write,
    files=(LABELS, f"{DATA}/[0-9]*.jpg", *COMMON),
)
