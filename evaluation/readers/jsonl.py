"""Reads question lists in JSON: one object a line, or one list of objects."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evaluation.errors import UnreadableBenchmark
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.columns import fields_of, options_of
from evaluation.readers.document import DOCUMENT, beside
from evaluation.readers.encoded import encoded_image
from evaluation.readers.pictures import named_image
from evaluation.readers.rows import row_of
from evaluation.readers.texts import decoded, read_lines

NAME = "jsonl"
_HINT = "Each line is one object: {…}, about one image."
_LOOK = 1 << 20
# Longer texts may be images; paths are not longer than the other.
_LONGEST_NAME, _LONGEST_PATH = 1000, 4000
# Where the options of a prompt begin: "(a) X (b) Y" in one line, or "A. X" and "B. Y" in two.
_OPTIONS = (
    (re.compile(r"\(a\)\s", re.IGNORECASE), re.compile(r"\(b\)\s[^\n]*", re.IGNORECASE)),
    (re.compile(r"\nA[.):]\s"), re.compile(r"\nB[.):]\s[^\n]*")),
)
_BEFORE = re.compile(r"\bquestion:", re.IGNORECASE)
_BETWEEN = re.compile(r"\boptions:$", re.IGNORECASE)


def file_of(path: Path) -> Path:
    """The first list in a folder; a file is the list itself."""
    if not path.is_dir():
        return path
    lists = [*sorted(path.glob("*.jsonl")), *sorted(path.glob("*.json"))]
    return next((file for file in lists if file.name != DOCUMENT), path / "questions.jsonl")


def recognises(path: Path) -> bool:
    """Whether the first object has a question."""
    file = file_of(path)
    if file.suffix.lower() not in (".jsonl", ".json", ".ndjson"):
        return False
    try:
        with file.open("rb") as opened:
            start = opened.read(_LOOK)
    except OSError:
        return False
    text, _ = decoded(start, file)
    first = _first_object(text.lstrip())
    fields = fields_of([str(name) for name in first])
    return "question" in fields and len(fields) > 1


def _first_object(text: str) -> Mapping[str, Any]:
    try:
        value, _ = json.JSONDecoder().raw_decode(text.removeprefix("[").lstrip())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read(path: Path) -> RawBenchmark:
    """The objects with their places, and what is wrong with them.

    Raises:
        UnreadableBenchmark: the file cannot be read, or there is nothing in it.
    """
    file = file_of(path)
    lines, faults = read_lines(file)
    if not any(line.strip() for line in lines):
        raise UnreadableBenchmark("the file is empty.", where=str(file))
    key, odd = _key_beside(file)
    faults += odd
    found = _objects(file, lines)
    rows: list[RawRow] = []
    columns: dict[str, None] = {}
    for place, value in found:
        if isinstance(value, RawFault):
            faults.append(value)
        else:
            value = {**key.get(str(value.get("question_id")), {}), **value}
            columns.update(dict.fromkeys(value))
            rows.append(_row(file.parent, place, value, faults))
    if not rows:
        faults.append(RawFault("no-rows", "there is no object in it.", Place(file), _HINT))
    document, more = beside(file.parent)
    return RawBenchmark(
        name=file.stem,
        format=NAME,
        path=path,
        columns=tuple(columns),
        rows=tuple(rows),
        faults=(*faults, *more),
        document=document,
        table=file,
    )


_Found = Iterator[tuple[Place, dict[str, Any] | RawFault]]


def _key_beside(file: Path) -> tuple[dict[str, dict[str, Any]], list[RawFault]]:
    """The answers that stand in a file of their own, by ``question_id``: our own form."""
    path = file.with_name(f"{file.stem}_key{file.suffix}")
    if not path.is_file():
        return {}, []
    lines, faults = read_lines(path)
    key: dict[str, dict[str, Any]] = {}
    for _, value in _objects(path, lines):
        if isinstance(value, RawFault):
            faults.append(value)
        else:
            key[str(value.get("question_id"))] = value
    return key, faults


def _objects(file: Path, lines: list[str]) -> _Found:
    whole = "\n".join(lines)
    return _of_list(file, whole) if whole.lstrip().startswith("[") else _of_lines(file, lines)


def _of_lines(file: Path, lines: list[str]) -> _Found:
    row = 0
    for at, line in enumerate(lines, 1):
        if not line.strip():
            what = "this line is empty."
            fault = RawFault("blank-line", what, Place(file, line=at), "Remove it.", stops=False)
            yield Place(file, line=at), fault
            continue
        row += 1
        place = Place(file, line=at, row=row)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"this line is not JSON: {_reason(error)}."
            yield place, RawFault("json", what, place, _HINT)
            continue
        yield place, _object(value, place)


def _of_list(file: Path, text: str) -> _Found:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        what = f"the list is not JSON: {_reason(error)}."
        yield Place(file), RawFault("json", what, Place(file, line=line), "Correct it there.")
        return
    for row, value in enumerate(values, 1):
        place = Place(file, row=row)
        yield place, _object(value, place)


def _object(value: object, place: Place) -> dict[str, Any] | RawFault:
    if isinstance(value, dict):
        return value
    return RawFault("json", "this is no object with names and values.", place, _HINT)


def _reason(error: Exception) -> str:
    return str(getattr(error, "msg", "")) or "it has too many brackets inside each other"


def _row(root: Path, place: Place, value: Mapping[str, Any], faults: list[RawFault]) -> RawRow:
    fields = fields_of(list(value))
    found = {field: _text(value[column]) for field, column in fields.items() if field != "image"}
    options = value.get(fields.get("options", ""))
    both = options_of(options) if isinstance(options, list) else None
    if both:
        found |= {"options": None, "option_a": both[0], "option_b": both[1]}
    asked = found.get("question")
    if asked is not None:
        found |= _taken_apart(asked, has_options=both is not None or "options" in fields)
    image, name = _image(
        root, value.get(fields.get("image", "")), found.get("image_path"), place, faults
    )
    return row_of(found, place, image, name)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _taken_apart(asked: str, *, has_options: bool) -> dict[str, str]:
    """The question of a prompt, and its options where they stand nowhere else."""
    for before in list(_BEFORE.finditer(asked))[-1:]:
        asked = asked[before.end() :]
    for first, second in _OPTIONS:
        a = first.search(asked)
        b = second.search(asked, a.end()) if a else None
        if a and b:
            question = _BETWEEN.sub("", asked[: a.start()].strip()).strip()
            options = asked[a.start() : b.end()].strip()
            return {"question": question} | ({} if has_options else {"options": options})
    return {"question": asked.strip()}


def _image(
    root: Path, value: object, path: str | None, place: Place, faults: list[RawFault]
) -> tuple[RawImage | None, str | None]:
    written = value if isinstance(value, str) and value else path
    if not written:
        return None, None
    image = encoded_image(written, f"{place.row}.jpg") if len(written) > _LONGEST_NAME else None
    if image is not None:
        return image, image.name
    name = written[:_LONGEST_PATH]
    return named_image(root, ("MMVP Images", "images"), name, place, faults), name
