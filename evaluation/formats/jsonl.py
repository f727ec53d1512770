"""Question files in JSON Lines: for LLaVA-style runs, and requests for an OpenAI batch."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, TextIO

from evaluation.benchmark import BenchmarkPair, ExportedImage
from evaluation.formats.files import (
    COMMON,
    IMAGES,
    NUMBERED,
    finish,
    in_pairs,
    prompt_of,
    rows_of,
    write_image,
)
from evaluation.formats.format import Export, Format
from evaluation.question import Choice

# The questions come first by name, which is where readers of a whole folder begin.
QUESTIONS, KEY, REQUESTS = "questions.jsonl", "questions_key.jsonl", "requests.jsonl"
_LARGEST_BATCH = 200 * 1000 * 1000

_LOADING = """`questions.jsonl` has one question about one image a line, `images/` the images, and
`questions_key.jsonl` the right answer of each `question_id`. Questions 2k-1 and 2k are a pair.

For LLaVA:

```
python -m llava.eval.model_vqa --question-file questions.jsonl --image-folder images \\
    --answers-file answers.jsonl --model-path …
```

`requests.jsonl` is the input of an OpenAI batch, one request a line, with the image inside. Its
`custom_id` is `row-` and the `question_id`; the model is `{model}`."""


def write(job: Export) -> list[str]:
    """Write the three files line by line, and ``images/ROW.jpg``."""
    (job.folder / IMAGES).mkdir()
    found: list[ExportedImage] = []
    with ExitStack() as files:
        questions, key, requests = (
            files.enter_context((job.folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in (QUESTIONS, KEY, REQUESTS)
        )
        for row, pair, _, answer, data in rows_of(job):
            found.append(write_image(job.folder, row, f"{IMAGES}/{row}.jpg", data))
            _line(questions, _question(row, pair))
            _line(key, _key(row, pair, answer))
            _line(requests, _request(row, pair, data, job.options.model))
    finish(job, in_pairs(found), {}, loading=_LOADING.replace("{model}", job.options.model))
    return list(_notes(job))


def _question(row: int, pair: BenchmarkPair) -> dict[str, Any]:
    return {
        "question_id": row,
        "image": f"{row}.jpg",
        "text": prompt_of(pair),
        "category": pair.pattern,
    }


def _key(row: int, pair: BenchmarkPair, answer: Choice) -> dict[str, Any]:
    return {"question_id": row, "pair_id": pair.pair_id, "answer": answer.upper()}


def _request(row: int, pair: BenchmarkPair, data: bytes, model: str) -> dict[str, Any]:
    url = f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"
    content = [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": prompt_of(pair)},
    ]
    return {
        "custom_id": f"row-{row}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": model, "messages": [{"role": "user", "content": content}]},
    }


def _line(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _notes(job: Export) -> Iterator[str]:
    size = (job.folder / REQUESTS).stat().st_size
    if size > _LARGEST_BATCH:
        yield (
            f"{REQUESTS} has {size / 1e6:,.0f} MB, and a batch takes up to 200 MB: cut it in "
            "parts, line by line."
        )


FORMAT = Format(
    name="jsonl",
    about="JSON Lines: questions, answer key, and requests for a batch",
    readers="LLaVA-style scripts, and OpenAI's batch API or servers that have it",
    write=write,
    files=(QUESTIONS, KEY, REQUESTS, NUMBERED, *COMMON),
)
