"""COCO captions: a statement about each image, with the question and the pair beside it."""

import json
from typing import Any

from evaluation.formats.files import COMMON, NUMBERED, finish, sides, write_numbered
from evaluation.formats.format import Export, Format
from evaluation.formats.mmvp_vlm import statements_of

ANNOTATIONS = "annotations.json"

_LOADING = """`annotations.json` is in the COCO captions format. The caption of an image is what the
right answer says of it; `question`, `options`, `answer`, `pair_id` and `side` stand beside it.
`file_name` is relative to this folder.

```python
from pycocotools.coco import COCO

captions = COCO("annotations.json")
for one in captions.loadAnns(captions.getAnnIds()):
    image = captions.loadImgs(one["image_id"])[0]["file_name"]
    print(one["pair_id"], image, one["caption"])
```"""


def write(job: Export) -> list[str]:
    """Write annotations.json and ``images/ROW.jpg``; the numbers of images are the rows."""
    benchmark = job.benchmark
    places = write_numbered(job)
    ids = {pattern.slug: at for at, pattern in enumerate(benchmark.patterns, 1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for pair, both in zip(benchmark.pairs, places, strict=True):
        told = zip(sides(pair), both, statements_of(pair), strict=True)
        for (side, image, answer), place, caption in told:
            size = {"width": image.width, "height": image.height}
            images.append({"id": place.row, "file_name": place.path, **size})
            annotations.append(
                {
                    "id": place.row,
                    "image_id": place.row,
                    "caption": caption,
                    "category_id": ids[pair.pattern],
                    "pair_id": pair.pair_id,
                    "side": side,
                    "question": pair.question.text,
                    "options": {"a": pair.question.option_a, "b": pair.question.option_b},
                    "answer": answer,
                }
            )
    document = {
        "info": {"description": benchmark.name, "contributor": benchmark.created_by},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": ids[one.slug], "name": one.name, "slug": one.slug} for one in benchmark.patterns
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    finish(job, places, {ANNOTATIONS: text}, loading=_LOADING)
    return []


FORMAT = Format(
    name="coco",
    about="COCO captions: annotations.json and the images",
    readers="pycocotools and viewers of COCO files",
    write=write,
    files=(ANNOTATIONS, NUMBERED, *COMMON),
)
