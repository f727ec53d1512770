"""A question about a pair, and the hard rules that every question keeps."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from evaluation.errors import InvalidQuestion, Problem

Choice = Literal["a", "b"]

# extra="forbid": a misspelt field must not be lost in silence.
DOCUMENT_CONFIG = ConfigDict(
    extra="forbid",
    strict=True,
    allow_inf_nan=False,
    use_attribute_docstrings=True,
    json_schema_serialization_defaults_required=True,
)

_FIELD_WORDS = {"text": "The question", "option_a": "Option a", "option_b": "Option b"}
# Control characters (tab and newline are two of them), lone surrogates, line and paragraph breaks.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_INVISIBLE = {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}
_WORDS_FOR = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question with two options, asked of both images of a pair; the right answers differ."""

    __pydantic_config__ = DOCUMENT_CONFIG

    text: str
    """The question, one line, the same for both images."""
    option_a: str
    """The first option, without a letter in front."""
    option_b: str
    """The second option, without a letter in front."""
    answer_first: Choice
    """The right option for the first image: a or b."""
    answer_second: Choice
    """The right option for the second image: the other one."""

    def __post_init__(self) -> None:
        """Refuse what breaks a hard rule.

        Raises:
            InvalidQuestion: with every problem found.
        """
        problems = question_problems(
            self.text, self.option_a, self.option_b, self.answer_first, self.answer_second
        )
        if problems:
            raise InvalidQuestion(problems)


def question_problems(
    text: str,
    option_a: str,
    option_b: str,
    answer_first: str | None,
    answer_second: str | None,
) -> list[Problem]:
    """Every hard rule that these parts of a question break; empty if they make a question."""
    problems = [
        problem
        for field, value in (("text", text), ("option_a", option_a), ("option_b", option_b))
        for problem in _line_problems(field, value)
    ]
    if not is_blank(option_a) and _as_seen(option_a) == _as_seen(option_b):
        problems.append(Problem("option_b", "Both options say the same; make them differ."))
    return problems + _answer_problems(answer_first, answer_second)


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: only spaces and invisible characters."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)


def unwritable_character(text: str) -> str | None:
    """The first character that one line of UTF-8 text cannot hold, in words; None if all can."""
    found = _UNWRITABLE.search(text)
    if found is None:
        return None
    return _WORDS_FOR.get(found[0], f"the invisible character U+{ord(found[0]):04X}")


def _as_seen(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _line_problems(field: str, value: str) -> list[Problem]:
    subject = _FIELD_WORDS[field]
    if is_blank(value):
        return [Problem(field, f"{subject} is empty; write something.")]
    unwritable = unwritable_character(value)
    if unwritable:
        return [Problem(field, f"{subject} contains {unwritable}; write it as one plain line.")]
    return []


def _answer_problems(first: str | None, second: str | None) -> list[Problem]:
    if first not in ("a", "b") or second not in ("a", "b"):
        return [Problem("answers", "Choose the right answer, a or b, for each of the two images.")]
    if first == second:
        message = "The two images have the same answer; the right answers must differ."
        return [Problem("answers", message)]
    return []
