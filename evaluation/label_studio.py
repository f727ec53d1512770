"""Reads the tasks that Label Studio exports as JSON: two images, choices and texts."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from evaluation.raw import Place, RawFault
from evaluation.readers.texts import decoded, read_bytes

# What the two images of a task are called in its data, ours first.
_IMAGES = (
    ("first", "second"),
    ("image_first", "image_second"),
    ("first_image", "second_image"),
    ("image1", "image2"),
    ("image_1", "image_2"),
)
# Answers and texts by the name of their control; "from_name" says which.
_CONTROLS = (
    "question",
    "option_a",
    "option_b",
    "answer_first",
    "answer_second",
    "pattern",
    "note",
)
_ASKED = _CONTROLS[:5]
_DIGESTS = ("first_sha256", "second_sha256")
_COSINES = ("blind_cosine", "reference_cosine")
_HINT = "Export the project as JSON; each task's data has two images, first and second."


def tasks_as_rows(path: Path, faults: list[RawFault]) -> list[tuple[Place, Mapping[str, Any]]]:
    """Each task as a row of a list of pairs: of several annotations the newest counts.

    Texts are those of the annotation, or where it has none of the task's data. An answer is a
    letter or the text of an option. A task that nobody answered is a pair without a question.

    Args:
        faults: what is wrong is added to it; ``row`` is the number of the task, from 1.
    """
    text, odd = decoded(read_bytes(path), path)
    faults += [fault for fault in odd if fault.stops]
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        faults.append(RawFault("json", f"this is not JSON: {error}.", Place(path), _HINT))
        return []
    if not isinstance(tasks, list):
        faults.append(RawFault("json", "this is no list of tasks.", Place(path), _HINT))
        return []
    rows: list[tuple[Place, Mapping[str, Any]]] = []
    for number, task in enumerate(tasks, start=1):
        place = Place(path, row=number)
        row = _row(task)
        if row is None:
            what = "this task names no two images in its data."
            faults.append(RawFault("image", what, place, _HINT))
        else:
            rows.append((place, row))
    return rows


def _row(task: object) -> dict[str, Any] | None:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(task, dict) or not isinstance(data, dict):
        return None
    names = next((two for two in _IMAGES if all(data.get(name) for name in two)), None)
    if names is None:
        return None
    row: dict[str, Any] = {
        "first": image_named(str(data[names[0]])),
        "second": image_named(str(data[names[1]])),
    }
    for name in (*_CONTROLS, *_COSINES, *_DIGESTS):
        if isinstance(data.get(name), str | int | float):
            row[name] = data[name]
    options = [_option(one) for one in _listed(data.get("options"))]
    if len(options) == 2:
        row |= {"option_a": options[0], "option_b": options[1]}
    row |= _annotated(task.get("annotations"))
    letters = {str(row.get(name, "")).strip(): name[-1] for name in ("option_a", "option_b")}
    for name in ("answer_first", "answer_second"):
        if row.get(name) in letters:
            row[name] = letters[row[name]]
    is_answered = any(row.get(name) for name in ("answer_first", "answer_second"))
    return row if is_answered else {k: v for k, v in row.items() if k not in _ASKED}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _option(value: object) -> str:
    """A choice of the task's data: its text, or an object with it."""
    return str(value.get("value", "") if isinstance(value, dict) else value)


def _annotated(annotations: object) -> dict[str, str]:
    """What the newest annotation of a task says that nobody cancelled."""
    found = [
        one
        for one in _listed(annotations)
        if isinstance(one, dict) and not one.get("was_cancelled")
    ]
    if not found:
        return {}
    newest = max(found, key=lambda one: str(one.get("updated_at") or one.get("created_at") or ""))
    said = {}
    for result in _listed(newest.get("result")):
        if isinstance(result, dict) and result.get("from_name") in _CONTROLS:
            said[str(result["from_name"])] = _value(result.get("value"))
    return said


def _value(value: object) -> str:
    """A choice, or a text that may have several lines."""
    if not isinstance(value, dict):
        return ""
    texts: Sequence[object] = []
    for key in ("choices", "text"):
        if key in value:
            given = value[key]
            texts = given if isinstance(given, list) else [given]
    return " ".join(str(text).strip() for text in texts)


def image_named(address: str) -> str:
    """The path or name in what Label Studio calls an image: uploaded, or of its local storage."""
    parts = urlsplit(address)
    if parts.query and (path := parse_qs(parts.query).get("d")):
        return path[0]
    if parts.path.startswith("/data/upload/"):
        name = PurePosixPath(unquote(parts.path)).name
        return name.split("-", 1)[1] if "-" in name else name  # it puts a code in front
    return address
