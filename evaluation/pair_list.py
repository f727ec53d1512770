"""Reads a list of image pairs, with or without questions: CSV, JSON lines, Label Studio's JSON."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from evaluation.errors import EvaluationError
from evaluation.label_studio import tasks_as_rows
from evaluation.question import Choice, Question, question_problems, unwritable_character
from evaluation.raw import Place, RawFault
from evaluation.readers.tables import read_table
from evaluation.readers.texts import read_lines

COLUMNS = (
    "first",
    "second",
    "blind_cosine",
    "reference_cosine",
    "question",
    "option_a",
    "option_b",
    "answer_first",
    "answer_second",
    "pattern",
    "note",
)
_ASKED = ("question", "option_a", "option_b", "answer_first", "answer_second")
_LETTER = re.compile(r"\(?([ab])\)?\.?", re.IGNORECASE)
_MOST_SHOWN = 10
_HINT = "Each line names two images: first,second; the other columns may be left out."


class InvalidPairs(EvaluationError):
    """A list of pairs cannot be used; ``faults`` says all that is wrong with it, and where."""

    def __init__(self, path: Path, faults: Sequence[RawFault]) -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in self.faults[:_MOST_SHOWN]]
        if len(self.faults) > _MOST_SHOWN:
            shown.append(f"and {len(self.faults) - _MOST_SHOWN} more")
        if len(self.faults) == 1:
            (fault,) = self.faults
            super().__init__(fault.message, where=str(fault.place), hint=fault.hint)
            return
        listed = "".join(f"\n- {one}" for one in shown)
        what = f"{len(self.faults)} things have to be put right first:{listed}"
        super().__init__(what, where=str(path))


@dataclass(frozen=True, kw_only=True)
class ListedPair:
    """A pair of a list: its images as they are written, a path, a name or a SHA-256.

    ``digests`` are what the images are known by where there is no such file; empty: not said.
    """

    place: Place
    first: str
    second: str
    blind_cosine: float | None
    reference_cosine: float | None
    question: Question | None
    pattern: str | None
    note: str
    digests: tuple[str, str] = ("", "")


def read_pairs(path: Path, *, label_studio: bool = False) -> list[ListedPair]:
    """The pairs of a CSV file or of JSON lines, or of the tasks that Label Studio exported.

    Raises:
        InvalidPairs: names every problem with its place.
        UnreadableBenchmark: the file cannot be read, or it is empty.
    """
    path = path.expanduser()
    faults: list[RawFault] = []
    if label_studio:
        rows = tasks_as_rows(path, faults)
    elif path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        rows = list(_lines(path, faults))
    else:
        rows = list(_table(path, faults))
    pairs = [pair for place, row in rows if (pair := _pair(place, row, faults)) is not None]
    faults += _twice(pairs)
    if not rows and not faults:
        faults.append(RawFault("rows", "there is no pair in it.", Place(path), _HINT))
    if faults:
        raise InvalidPairs(path, faults)
    return pairs


Row = tuple[Place, Mapping[str, Any]]


def _table(path: Path, faults: list[RawFault]) -> Iterator[Row]:
    table = read_table(path)
    faults += [fault for fault in table.faults if fault.stops]
    names = [name.strip().lower() for name in table.header]
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in ("first", "second") if name not in names]
    if missing or unknown:
        what = f"the column {missing[0]!r} is missing" if missing else ""
        what = what or f"there is no column {unknown[0]!r}"
        hint = f"Columns: {', '.join(COLUMNS)}."
        faults.append(RawFault("column", f"{what}.", Place(path, line=1), hint))
        return
    for number, record in enumerate(table.records, start=1):
        yield table.place(number), dict(zip(names, record.values, strict=False))


def _lines(path: Path, faults: list[RawFault]) -> Iterator[Row]:
    lines, odd = read_lines(path)
    faults += [fault for fault in odd if fault.stops]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(path, line=number)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(RawFault("json", f"this line is not JSON: {error}.", place, _HINT))
            continue
        if not isinstance(value, dict):
            faults.append(RawFault("json", "this line is no object.", place, _HINT))
            continue
        unknown = [name for name in value if name not in COLUMNS]
        if unknown:
            hint = f"Fields: {', '.join(COLUMNS)}."
            faults.append(RawFault("column", f"there is no field {unknown[0]!r}.", place, hint))
            continue
        yield place, value


def _pair(place: Place, row: Mapping[str, Any], faults: list[RawFault]) -> ListedPair | None:
    found: list[RawFault] = []
    texts = {name: _text(row.get(name)) for name in COLUMNS}
    for name in ("first", "second"):
        if not texts[name]:
            found.append(_fault(place, name, "no image is named.", _HINT))
        elif "://" in texts[name]:
            hint = "Download it, and name the file or its SHA-256."
            found.append(_fault(place, name, "addresses are not fetched.", hint))
    for name in ("first", "second", "pattern", "note"):
        odd = unwritable_character(" ".join(texts[name].split()))
        if odd:
            found.append(_fault(place, name, f"it contains {odd}.", "Write it as plain text."))
    cosines = [_cosine(place, name, row, found) for name in ("blind_cosine", "reference_cosine")]
    question = _question(place, texts, found)
    faults += found
    if found:
        return None
    return ListedPair(
        place=place,
        first=texts["first"],
        second=texts["second"],
        blind_cosine=cosines[0],
        reference_cosine=cosines[1],
        question=question,
        pattern=" ".join(texts["pattern"].split()) or None,
        note=texts["note"],
        digests=(_text(row.get("first_sha256")), _text(row.get("second_sha256"))),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _fault(place: Place, column: str, message: str, hint: str) -> RawFault:
    where = Place(place.file, line=place.line, row=place.row, column=column)
    return RawFault("value", message, where, hint)


def _cosine(place: Place, name: str, row: Mapping[str, Any], found: list[RawFault]) -> float | None:
    text = _text(row.get(name))
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -1 <= value <= 1:
        hint = "Write a number from -1 to 1, or nothing."
        found.append(_fault(place, name, f"{text[:40]!r} is no cosine.", hint))
        return None
    return value


def _question(place: Place, texts: Mapping[str, str], found: list[RawFault]) -> Question | None:
    """The question of a pair, None where nothing of one is written."""
    if not any(texts[name] for name in _ASKED):
        return None
    letters: dict[str, str] = {}
    for name in ("answer_first", "answer_second"):
        match = _LETTER.fullmatch(texts[name])
        letters[name] = match[1].lower() if match else texts[name]
    words = (texts["question"], texts["option_a"], texts["option_b"])
    problems = question_problems(*words, letters["answer_first"], letters["answer_second"])
    for one in problems:
        column = {"text": "question", "answers": "answer_first"}.get(one.field, one.field)
        hint = "Fill in all of question, options and answers, or none of them."
        found.append(_fault(place, column, one.message, hint))
    if problems:
        return None
    return Question(
        text=words[0],
        option_a=words[1],
        option_b=words[2],
        answer_first=cast(Choice, letters["answer_first"]),
        answer_second=cast(Choice, letters["answer_second"]),
    )


def _twice(pairs: Sequence[ListedPair]) -> list[RawFault]:
    seen: dict[frozenset[str], Place] = {}
    faults = []
    for pair in pairs:
        images = frozenset((pair.first, pair.second))
        if len(images) == 1:
            faults.append(_fault(pair.place, "second", "it is the first image again.", _HINT))
        elif pair.question is None and images in seen:
            what = f"this pair stands in line {seen[images].line} already."
            faults.append(RawFault("pair", what, pair.place, "Remove one of the two lines."))
        seen.setdefault(images, pair.place)
    return faults
