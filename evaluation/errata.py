"""Errata of a benchmark: questions that were put right after somebody reported a problem."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from evaluation.question import DOCUMENT_CONFIG, Question
from evaluation.rules import line_problems, moment_problems, raise_if, settle, text_problems

ERRATA_TEXT, ERRATA_DOCUMENT = "ERRATA.md", "errata.json"
_KINDS = {
    "wrong_key": "wrong key",
    "ambiguous": "ambiguous",
    "both_right": "both answers right",
    "image": "fault in an image",
    "wording": "wording",
    "other": "other",
}


@dataclass(frozen=True, kw_only=True)
class Erratum:
    """One correction of a question: what was reported, and the question before and after."""

    __pydantic_config__ = DOCUMENT_CONFIG

    pair_id: int
    """The pair whose question was put right."""
    kinds: Sequence[str]
    """What was reported: wrong_key, ambiguous, both_right, image, wording, other."""
    reason: str
    """Why it was changed, in the words of whoever put it right."""
    at: str
    """When it was put right, ISO 8601 with time zone."""
    before: Question
    """The question that was faulty."""
    after: Question
    """The question that replaced it; it may have been changed again since."""

    def __post_init__(self) -> None:
        settle(self, kinds=tuple(self.kinds))
        problems = line_problems(at=self.at) + moment_problems("at", self.at)
        problems += text_problems(reason=self.reason)
        raise_if(problems, where=f"the erratum of pair {self.pair_id}")


def errata_json(errata: Sequence[Erratum]) -> str:
    """The errata as the text of a JSON file of their own."""
    document: Any = TypeAdapter(tuple[Erratum, ...]).dump_python(tuple(errata), mode="json")
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def errata_text(name: str, errata: Sequence[Erratum], rows: dict[int, tuple[int, int]]) -> str:
    """The errata as Markdown.

    Args:
        rows: the two rows of each pair in the exported table, by pair.
    """
    sections = [
        f"# Errata of {_plain(name)}",
        "Questions that were put right after a problem was reported. The files beside this one "
        "hold the questions as they are now.",
        *(_section(one, rows.get(one.pair_id)) for one in errata),
    ]
    return "\n\n".join(sections) + "\n"


def _section(erratum: Erratum, rows: tuple[int, int] | None) -> str:
    where = f" (rows {rows[0]} and {rows[1]})" if rows else ""
    kinds = ", ".join(_KINDS.get(kind, kind) for kind in erratum.kinds)
    before, after = erratum.before, erratum.after
    lines = [f"- Reported: {_plain(kinds)}", f"- Why it was changed: {_plain(erratum.reason)}"]
    if _words(before) != _words(after):
        lines += [f"- Before: {_words(before)}", f"- After: {_words(after)}"]
    if before.answer_first != after.answer_first:
        lines.append(
            f"- The answers were swapped: right for the first image is now ({after.answer_first})"
        )
    return f"## Pair {erratum.pair_id}{where}, {erratum.at[:10]}\n\n" + "\n".join(lines)


def _words(question: Question) -> str:
    return _plain(f"{question.text} (a) {question.option_a} (b) {question.option_b}")


def _plain(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return "".join(
        f"\\{character}" if character in "\\`*_{}[]<>#|" else character
        for character in " ".join(text.split())
    )
