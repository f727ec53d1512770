"""Every question with the blind answers to it: how many, how many right, by image and person."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.verification import published_human
from db.human_study import JudgedAnswer, judged_answers
from db.lifecycle import BlindAnswer, Side
from evaluation.patterns import PatternSet
from evaluation.spreadsheets import csv_lines
from evaluation.statistics import share

CSV_COLUMNS = (
    "pair_id",
    "state",
    "pattern",
    "question",
    "n_answers",
    "n_right",
    "accuracy",
    "low",
    "high",
    "n_answers_first",
    "n_right_first",
    "n_answers_second",
    "n_right_second",
    "n_cannot_tell",
    "n_bad_question",
    "median_seconds",
    "people",
)


def question_table(studio: Studio, *, pattern: str = "", person: str = "") -> dict[str, Any]:
    """The questions that somebody answered, by pair, as JSON values.

    Answers are judged by the keys as they are now, with 95 % Wilson intervals; the paper's human
    accuracy is beside them. A text that is not empty leaves only that pattern or that person.
    """
    answers = judged_answers(studio.database)
    by_pair: dict[int, list[JudgedAnswer]] = defaultdict(list)
    for one in answers:
        if pattern in ("", one.pattern) and person in ("", one.by):
            by_pair[one.pair_id].append(one)
    patterns = workspace_patterns(studio)
    slugs = sorted({one.pattern for one in answers})
    return {
        "published": published_human(),
        "patterns": [{"slug": slug, "name": patterns.name_of(slug)} for slug in slugs],
        "people": sorted({one.by for one in answers}),
        "questions": [_row(found, patterns) for _, found in sorted(by_pair.items())],
    }


def _row(answers: Sequence[JudgedAnswer], patterns: PatternSet) -> dict[str, Any]:
    one = answers[0]
    said = Counter(answer.answer for answer in answers)
    return {
        "pair_id": one.pair_id,
        "state": one.state.value,
        "pattern": one.pattern,
        "pattern_name": patterns.name_of(one.pattern),
        "question": one.question,
        "right": _right(answers),
        "by_image": {
            side.value: _right([answer for answer in answers if answer.side is side])
            for side in Side
        },
        "by_person": [
            {"name": name, **_right([answer for answer in answers if answer.by == name])}
            for name in sorted({answer.by for answer in answers})
        ],
        "n_cannot_tell": said[BlindAnswer.cannot_tell],
        "n_bad_question": said[BlindAnswer.bad_question],
        "seconds": median(answer.seconds for answer in answers),
    }


def _right(answers: Sequence[JudgedAnswer]) -> dict[str, Any]:
    return asdict(share(sum(one.is_right for one in answers), len(answers)))


def question_table_csv(studio: Studio, *, pattern: str = "", person: str = "") -> str:
    """The rows of `question_table` as CSV; people with how many of their answers are right."""
    found = question_table(studio, pattern=pattern, person=person)
    return "".join(csv_lines(CSV_COLUMNS, map(_flat, found["questions"])))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    right, first, second = row["right"], row["by_image"]["first"], row["by_image"]["second"]
    return {
        **row,
        "n_answers": right["total"],
        "n_right": right["n"],
        "accuracy": right["value"],
        "low": right["low"],
        "high": right["high"],
        "n_answers_first": first["total"],
        "n_right_first": first["n"],
        "n_answers_second": second["total"],
        "n_right_second": second["n"],
        "median_seconds": row["seconds"],
        "people": "; ".join(f"{one['name']} {one['n']}/{one['total']}" for one in row["by_person"]),
    }
