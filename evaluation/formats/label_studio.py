"""Label Studio: one task a pair with both images, the answers as annotations, and its page."""

import json
from typing import Any

from evaluation.benchmark import BenchmarkPair
from evaluation.formats.files import COMMON, NUMBERED, finish, sides, write_numbered
from evaluation.formats.format import Export, Format

TASKS, PAGE = "tasks.json", "labeling.xml"
_PAGE = """<View>
  <Header value="$question"/>
  <View style="display: flex; gap: 16px">
    <View>
      <Image name="first" value="$first"/>
      <Choices name="answer_first" toName="first" value="$options" choice="single"
               required="true"/>
    </View>
    <View>
      <Image name="second" value="$second"/>
      <Choices name="answer_second" toName="second" value="$options" choice="single"
               required="true"/>
    </View>
  </View>
  <TextArea name="note" toName="first" rows="2" placeholder="Note"/>
</View>
"""

_LOADING = """1. Start Label Studio with `LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true` and
   `LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT` set to this folder.
2. Make a project, and paste `labeling.xml` as its labeling interface.
3. Add this folder's `images` under *Cloud storage*, *Local files*, so that it may be shown.
4. Import `tasks.json`: one task a pair, and the right answers as its annotation.

People who should answer blind get tasks without `annotations`: leave that list out before the
import."""


def write(job: Export) -> list[str]:
    """Write the tasks, the labeling interface and ``images/ROW.jpg``."""
    places = write_numbered(job)
    tasks = [
        _task(pair, (first.path, second.path))
        for pair, (first, second) in zip(job.benchmark.pairs, places, strict=True)
    ]
    text = json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"
    finish(job, places, {TASKS: text, PAGE: _PAGE}, loading=_LOADING)
    return []


def _task(pair: BenchmarkPair, paths: tuple[str, str]) -> dict[str, Any]:
    asked = pair.question
    options = {"a": asked.option_a, "b": asked.option_b}
    result: list[dict[str, Any]] = [
        {
            "id": f"{pair.pair_id}-{side}",
            "from_name": f"answer_{side}",
            "to_name": side,
            "type": "choices",
            "value": {"choices": [options[answer]]},
        }
        for side, _, answer in sides(pair)
    ]
    if pair.note.strip():
        note = {"id": f"{pair.pair_id}-note", "from_name": "note", "to_name": "first"}
        result.append({**note, "type": "textarea", "value": {"text": [pair.note]}})
    first, second = (f"/data/local-files/?d={path}" for path in paths)
    return {
        "id": pair.pair_id,
        "data": {
            "pair_id": pair.pair_id,
            "pattern": pair.pattern,
            "question": asked.text,
            "options": [{"value": options["a"]}, {"value": options["b"]}],
            "first": first,
            "second": second,
            "first_sha256": pair.first.sha256,
            "second_sha256": pair.second.sha256,
        },
        "annotations": [{"result": result, "ground_truth": True}],
    }


FORMAT = Format(
    name="labelstudio",
    about="Label Studio: a task a pair, with both images and the answers",
    readers="Label Studio, as tasks with annotations",
    write=write,
    files=(TASKS, PAGE, NUMBERED, *COMMON),
)
