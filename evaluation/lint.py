"""What to say about a question while it is being written: errors that block it, and advice."""

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from evaluation.patterns import PatternSet, load_patterns
from evaluation.question import is_blank, question_problems

Level = Literal["error", "advice"]
Field = Literal["text", "option_a", "option_b", "answers", "pattern"]

# The longest question of the original MMVP has 113 characters.
LONG_QUESTION = 113
VERY_LONG_QUESTION = 200
LONG_OPTION = 60
# What pandas reads as a missing value, and with it every client that loads a table by pandas.
READ_AS_MISSING = frozenset(
    {"#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"}
    | {"<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)

_ONE_OF_TWO = re.compile(
    r"""\b(?:left|right|first|second|other|both|these|the\ two)(?:[- ]hand)?\s+
        (?:images?|pictures?|photos?|photographs?)\b
      | \b(?:image|picture|photo|photograph)\s*\#?[12]\b
      | \b(?:between|across|in|of)\ the\ (?:images|pictures|photos|photographs)\b
      | \bwhich\s+(?:image|picture|photo|photograph)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CARRIES_LETTER = re.compile(r"\s*(?:\(?[ab]\)|[ab][.:])(?:\s|$)", re.IGNORECASE)
_QUOTES_LETTER = re.compile(r"\([ab]\)", re.IGNORECASE)
_YES_NO = {"yes", "no"}
_ARTICLES = {"a", "an", "the"}


@dataclass(frozen=True)
class Finding:
    """One remark about a question; an ``error`` keeps it from being saved, ``advice`` does not."""

    level: Level
    field: str
    message: str


@dataclass(frozen=True)
class _Draft:
    text: str
    option_a: str
    option_b: str

    @property
    def options(self) -> tuple[tuple[Field, str, str], ...]:
        return ("option_a", "Option a", self.option_a), ("option_b", "Option b", self.option_b)

    @property
    def parts(self) -> tuple[tuple[Field, str, str], ...]:
        written = (("text", "The question", self.text), *self.options)
        return tuple(part for part in written if not is_blank(part[2]))


def lint_question(
    text: str | None,
    option_a: str | None,
    option_b: str | None,
    answer_first: str | None,
    answer_second: str | None,
    pattern: str | None,
    *,
    patterns: PatternSet | None = None,
) -> list[Finding]:
    """Everything there is to say about a question in its present state, errors first.

    Fields may be empty or None while the question is being written. ``patterns`` are those to
    choose from, by default the nine of MMVP.
    """
    draft = _Draft(text or "", option_a or "", option_b or "")
    errors = [
        Finding("error", problem.field, problem.message)
        for problem in question_problems(
            draft.text, draft.option_a, draft.option_b, answer_first or None, answer_second or None
        )
    ]
    errors += [Finding("error", field, message) for field, message in _parentheses(draft)]
    errors += _pattern_errors(pattern, patterns or load_patterns("mmvp"))
    advice = [
        Finding("advice", field, message) for rule in _ADVICE for field, message in rule(draft)
    ]
    return errors + advice


def _parentheses(draft: _Draft) -> Iterator[tuple[Field, str]]:
    for field, subject, option in draft.options:
        if "(" in option or ")" in option:
            yield (
                field,
                f"{subject} has parentheses; programs that read the benchmark split the options "
                "at them. Write it without.",
            )


def _pattern_errors(pattern: str | None, patterns: PatternSet) -> list[Finding]:
    if not pattern:
        return [Finding("error", "pattern", "Choose the visual pattern the question is about.")]
    if pattern not in patterns:
        known = ", ".join(patterns.slugs)
        return [
            Finding("error", "pattern", f"There is no pattern {pattern!r}; choose from {known}.")
        ]
    return []


def _question_mark(draft: _Draft) -> Iterator[tuple[Field, str]]:
    if not is_blank(draft.text) and not draft.text.rstrip().endswith("?"):
        yield "text", "The question does not end with a question mark."


def _one_image_at_a_time(draft: _Draft) -> Iterator[tuple[Field, str]]:
    for field, subject, part in draft.parts:
        found = _ONE_OF_TWO.search(part)
        if found:
            yield (
                field,
                f"{subject} says “{found[0]}”, but a model sees only one image at a time. "
                "Write it so that it can be answered from a single image.",
            )


def _lengths(draft: _Draft) -> Iterator[tuple[Field, str]]:
    length = len(draft.text.strip())
    if length > VERY_LONG_QUESTION:
        yield "text", f"The question has {length} characters; try to say it in one short sentence."
    elif length > LONG_QUESTION:
        yield "text", f"The question has {length} characters, more than any in the original MMVP."
    for field, subject, option in draft.options:
        if len(option.strip()) > LONG_OPTION:
            yield field, f"{subject} has {len(option.strip())} characters; a few words are enough."


def _spaces(draft: _Draft) -> Iterator[tuple[Field, str]]:
    for field, subject, part in draft.parts:
        if part != part.strip():
            yield field, f"{subject} has spaces at its beginning or end."
        elif "  " in part:
            yield field, f"{subject} has several spaces in a row."


def _letters(draft: _Draft) -> Iterator[tuple[Field, str]]:
    if _QUOTES_LETTER.search(draft.text):
        yield (
            "text",
            "The question contains (a) or (b); the options are added after it by themselves.",
        )
    for field, subject, option in draft.options:
        if _CARRIES_LETTER.match(option):
            yield (
                field,
                f"{subject} starts with a letter of its own; the letter is added by itself.",
            )
        elif option.strip().casefold() in {"a", "b"}:
            yield (
                field,
                f"{subject} is itself a letter; it will be taken for the name of an option.",
            )


def _missing_values(draft: _Draft) -> Iterator[tuple[Field, str]]:
    for field, subject, part in draft.parts:
        if part.strip() in READ_AS_MISSING:
            yield (
                field,
                f"{subject} is “{part.strip()}”, which some programs read as an empty field. "
                "Use other words.",
            )


def _told_by_the_question(draft: _Draft) -> Iterator[tuple[Field, str]]:
    said = [_says(draft.text, option) for _, _, option in draft.options]
    if said[0] == said[1]:
        return
    field, subject, option = draft.options[said.index(True)]
    if option.strip().casefold() not in _YES_NO:
        yield (
            field,
            f"{subject} stands in the question and the other option does not, which suggests an "
            "answer. Name both options in the question, or neither.",
        )


def _alike(draft: _Draft) -> Iterator[tuple[Field, str]]:
    a, b = draft.option_a.strip(), draft.option_b.strip()
    if is_blank(a) or is_blank(b) or a == b:
        return
    if a.casefold() == b.casefold():
        yield "option_b", "The options differ only in capital letters."
    elif _nearly_the_same(_words(a), _words(b)):
        yield "option_b", "The options are almost the same; make the difference plain."


def _says(text: str, option: str) -> bool:
    wanted = re.escape(option.strip())
    return bool(wanted) and bool(re.search(rf"(?<!\w){wanted}(?!\w)", text, re.IGNORECASE))


def _words(option: str) -> list[str]:
    bare = (word.strip(string.punctuation) for word in option.casefold().split())
    return [word for word in bare if word and word not in _ARTICLES]


def _nearly_the_same(a: list[str], b: list[str]) -> bool:
    """Whether only spelling tells the two apart; numbers and signs count as different."""
    if not a or len(a) != len(b):
        return False
    different = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return all(
        x.isalpha() and y.isalpha() and SequenceMatcher(None, x, y).ratio() > 0.8
        for x, y in different
    )


_ADVICE: tuple[Callable[[_Draft], Iterator[tuple[Field, str]]], ...] = (
    _question_mark,
    _one_image_at_a_time,
    _lengths,
    _spaces,
    _letters,
    _missing_values,
    _told_by_the_question,
    _alike,
)
