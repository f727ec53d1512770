"""Turns pydantic's validation errors into sentences with the place in the document."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evaluation.errors import InvalidDocument, Problem

_SENTENCES = {
    "missing": "is missing; add it",
    "missing_keyword_only_argument": "is missing; add it",
    "unexpected_keyword_argument": "is not a field of this document; remove it or correct its name",
    "dataclass_type": "should be an object in braces",
    "string_type": "should be text in quotes",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "finite_number": "should be an ordinary number",
    "list_type": "should be a list in square brackets",
    "dict_type": "should be an object in braces",
    "mapping_type": "should be an object in braces",
}
_NO_VALUE = ("missing", "missing_keyword_only_argument", "unexpected_keyword_argument")
_LONGEST_VALUE = 40


def problems_of(error: ValidationError) -> list[Problem]:
    """Every problem of the document in document order, as path and sentence."""
    return [problem for detail in error.errors() for problem in _problems(detail)]


def path_of(location: Sequence[str | int]) -> str:
    """A place in a document as people write it, for example ``pairs[3].question.text``."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def _problems(detail: ErrorDetails) -> list[Problem]:
    path, kind = path_of(detail["loc"]), detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if kind == "json_invalid":
        return [Problem("", f"the text is not JSON: {cause}")]
    if isinstance(cause, InvalidDocument):
        return [
            Problem(".".join(part for part in (path, inner.field) if part), inner.message)
            for inner in cause.problems
        ]
    return [Problem(path, _sentence(kind, detail))]


def _sentence(kind: str, detail: ErrorDetails) -> str:
    if kind == "literal_error":
        sentence = f"should be {detail['ctx']['expected']}"
    else:
        sentence = _SENTENCES.get(kind) or detail["msg"][:1].lower() + detail["msg"][1:]
    return sentence if kind in _NO_VALUE else f"{sentence}, not {_shown(detail['input'])}"


def _shown(value: Any) -> str:  # noqa: ANN401 (whatever stands in the document)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
