"""Rules that the parts of a benchmark document keep, each as the list of its problems."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from evaluation.errors import InvalidBenchmark, Problem
from evaluation.question import is_blank, unwritable_character

# A dot product of two unit float32 vectors may end a little above 1.
ROUNDING = 1e-5


def settle(entry: object, **values: object) -> None:
    """Put tidied values into a frozen entry while it is being made."""
    for name, value in values.items():
        object.__setattr__(entry, name, value)


def raise_if(problems: Sequence[Problem], *, where: str = "") -> None:
    """Raise InvalidBenchmark with these problems, if there is any."""
    if problems:
        raise InvalidBenchmark(problems, where=where)


def digest_problems(sha256: str) -> list[Problem]:
    """A SHA-256 is written as 64 lower-case hexadecimal digits."""
    if re.fullmatch("[0-9a-f]{64}", sha256):
        return []
    return [Problem("sha256", "should be 64 lower-case hexadecimal digits")]


def at_least(least: int, **values: int) -> list[Problem]:
    """Every one of these numbers is ``least`` or more."""
    return [
        Problem(name, f"should be at least {least}, not {value}")
        for name, value in values.items()
        if value < least
    ]


def line_problems(**values: str) -> list[Problem]:
    """Every one of these texts is a visible line."""
    problems = []
    for name, value in values.items():
        unwritable = unwritable_character(value)
        if is_blank(value):
            problems.append(Problem(name, "is empty"))
        elif unwritable:
            problems.append(Problem(name, f"contains {unwritable}"))
    return problems


def text_problems(**values: str) -> list[Problem]:
    """Every one of these texts can be written as UTF-8."""
    return [
        Problem(name, "contains a character that is not Unicode text")
        for name, value in values.items()
        if re.search("[\ud800-\udfff]", value)
    ]


def settle_cosines(entry: object, *names: str) -> list[Problem]:
    """Every one of these fields is a cosine or None; a rounding error beyond 1 is cut off."""
    problems = []
    for name in names:
        if getattr(entry, name) is None:
            continue
        value = float(getattr(entry, name))
        if not abs(value) <= 1 + ROUNDING:
            problems.append(Problem(name, f"is {value}; a cosine lies between -1 and 1"))
        settle(entry, **{name: max(-1.0, min(1.0, value))})
    return problems


def seconds_problems(name: str, value: float | None) -> list[Problem]:
    """A time that was measured is a number from 0 on."""
    if value is None or 0 <= value < math.inf:
        return []
    return [Problem(name, f"is {value}; a time is a number of seconds from 0 on")]


def settle_plain(entry: object, name: str) -> list[Problem]:
    """Replace a mapping by its own copy made of JSON's types only."""
    try:
        text = json.dumps(dict(getattr(entry, name)), allow_nan=False, ensure_ascii=False)
        plain = json.loads(text.encode())
    except (TypeError, ValueError) as error:
        return [Problem(name, f"cannot be written as JSON: {error}")]
    settle(entry, **{name: plain})
    return []


def moment_problems(name: str, value: str | None) -> list[Problem]:
    """A moment is written as ISO 8601 and knows its time zone."""
    if value is None:
        return []
    try:
        aware = datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        aware = False
    return [] if aware else [Problem(name, "should be an ISO 8601 time with its time zone")]


def repeated(listing: str, name: str, values: Iterable[object]) -> list[Problem]:
    """No value comes twice."""
    return [
        Problem(listing, f"{name} {value!r} comes {count} times; it must be unique")
        for value, count in Counter(values).items()
        if count > 1
    ]
