"""Grades by hand for answers that no rule can read: one line each, with who and when."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from filelock import FileLock

from evaluation.errors import EvaluationError
from evaluation.results.stored import Place, StoredAnswer

Given = Literal["a", "b", "none", "open"]
"""An option by its letter in the question as asked; ``none``: it chooses neither; ``open``: the
grade before is taken back."""
GIVEN: tuple[Given, ...] = ("a", "b", "none", "open")


class StaleGrade(EvaluationError):
    """Somebody graded this answer since, or the answer is not the one that was shown."""


class DamagedGrades(EvaluationError):
    """The file of grades is not what was written into it."""


@dataclass(frozen=True, kw_only=True)
class HandGrade:
    """What a person made of an answer; ``n`` counts the grades that it got in all."""

    given: Given
    by: str
    at: str
    n: int


Grades = Mapping[tuple[Place, str], HandGrade]
"""The newest by place and ``answer_digest``: a grade counts for the very answer it was given to."""


def grades_path(run: Path) -> Path:
    """The file of grades beside a run's."""
    return run.with_name(f"{run.stem}.grades.jsonl")


def answer_digest(one: StoredAnswer) -> str:
    """Hex digits that change with the answer's words, the question's and the options'."""
    words = [one.answer.text, one.answer.swapped, one.answer.letters]
    words += [one.asked.text, one.asked.option_a, one.asked.option_b]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]


def load_grades(run: Path) -> Grades:
    """The newest grade of each answer of the run in this file.

    Raises:
        DamagedGrades: names the line.
    """
    path = grades_path(run)
    newest: dict[tuple[Place, str], HandGrade] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return newest
    for number, text in enumerate(lines, 1):
        if not text:
            continue
        try:
            line = json.loads(text)
            place = (int(line["pair_id"]), str(line["image"]), int(line["repeat"]))
            key = (place, str(line["answer"]))
            given = line["given"]
            if given not in GIVEN:
                raise ValueError(given)
            n = newest[key].n + 1 if key in newest else 1
            newest[key] = HandGrade(
                given=cast(Given, given), by=str(line["by"]), at=str(line["at"]), n=n
            )
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not text.endswith("}"):
                break  # cut off by a crash before it counted
            raise DamagedGrades(f"line {number} is damaged.", where=str(path)) from error
    return newest


def give_grade(
    run: Path, one: StoredAnswer, given: Given, *, seen: int, by: str, at: str
) -> HandGrade:
    """Append a grade; it is on disk when this returns.

    Args:
        seen: how many grades the answer had when it was shown.
        by: the person's name.
        at: now, ISO 8601 with time zone.

    Raises:
        StaleGrade: it has more by now.
    """
    path, key = grades_path(run), (one.place, answer_digest(one))
    with FileLock(run.with_name(f".{run.stem}.grades.lock")):
        before = load_grades(run).get(key)
        if (before.n if before else 0) != seen:
            who = before.by if before else "somebody"
            raise StaleGrade(f"{who} graded this answer in the meantime.", hint="Look again.")
        line: dict[str, Any] = {
            "pair_id": one.pair_id,
            "image": one.side,
            "repeat": one.repeat,
            "answer": key[1],
            "given": given,
            "by": by,
            "at": at,
        }
        _append(path, json.dumps(line))
    return HandGrade(given=given, by=by, at=at, n=seen + 1)


def _append(path: Path, line: str) -> None:
    with path.open("a+b") as file:
        file.seek(0)
        data = file.read()
        if not data.endswith(b"\n"):
            # what a crash cut off is no line, and would spoil this one
            file.truncate(data.rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
