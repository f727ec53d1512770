"""Reads a language model's JSON strictly: the shape that was asked for, or the reason why not."""

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_LONGEST_NAME: Final = 80
_LONGEST_DEFINITION: Final = 400
NONE: Final = "none"


class MalformedAnswerError(Exception):
    """The answer is not what was asked for; the text goes back to the model."""


@dataclass(frozen=True)
class Proposal:
    """A pattern as a model proposes it."""

    name: str
    definition: str


@dataclass(frozen=True)
class Assignment:
    """What a model says of one pair; ``pattern`` is None where none fits."""

    pair_id: int
    pattern: str | None
    confidence: float


def read_proposals(text: str, most: int) -> list[Proposal]:
    """The patterns of {"patterns": [{"name", "definition"}]}.

    Raises:
        MalformedAnswerError: another shape, none or more than ``most``, or a name twice.
    """
    found = []
    for entry in _entries(text, "patterns"):
        name = _line(entry, "name", _LONGEST_NAME)
        found.append(Proposal(name, _line(entry, "definition", _LONGEST_DEFINITION)))
    if not 1 <= len(found) <= most:
        raise MalformedAnswerError(f"it has {len(found)} patterns; between 1 and {most} are wanted")
    names = [one.name.casefold() for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise MalformedAnswerError(f"the name {twice[0]!r} comes twice")
    if NONE in names:
        raise MalformedAnswerError('no pattern may be called "none"')
    return found


def read_assignments(
    text: str, names: Collection[str], pair_ids: Collection[int]
) -> list[Assignment]:
    """The assignments of {"assignments": [{"pair", "pattern", "confidence"}]}.

    Raises:
        MalformedAnswerError: another shape, an unknown pattern, or a pair that is missing,
            twice or none of these.
    """
    known = {name.casefold(): name for name in names}
    found: dict[int, Assignment] = {}
    for entry in _entries(text, "assignments"):
        pair_id, sure = entry.get("pair"), entry.get("confidence")
        if type(pair_id) is not int or pair_id not in pair_ids:
            raise MalformedAnswerError(f"there is no question {pair_id!r}")
        if pair_id in found:
            raise MalformedAnswerError(f"question {pair_id} comes twice")
        if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1:
            raise MalformedAnswerError(
                f"the confidence of question {pair_id} is {sure!r}; it should be from 0 to 1"
            )
        said = _line(entry, "pattern", _LONGEST_NAME).casefold()
        if said != NONE and said not in known:
            raise MalformedAnswerError(f"{said!r} is none of the patterns")
        found[pair_id] = Assignment(pair_id, known.get(said), float(sure))
    missing = [pair_id for pair_id in pair_ids if pair_id not in found]
    if missing:
        raise MalformedAnswerError(f"{_listed(missing)} missing")
    return list(found.values())


def _entries(text: str, key: str) -> list[Mapping[str, Any]]:
    document = _json(text)
    entries = document.get(key) if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise MalformedAnswerError(f'it should be an object with a list "{key}" of objects')
    return entries


def _json(text: str) -> Any:  # noqa: ANN401 - whatever the model wrote
    """The JSON in an answer: all of it, in a fence, or from the first brace to the last."""
    fenced = _FENCED.search(text)
    start, end = text.find("{"), text.rfind("}")
    candidates = [text, *([fenced[1]] if fenced else []), text[start : end + 1]]
    reason = "it has no JSON"
    for candidate in candidates:
        try:
            return json.loads(candidate, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            reason = f"it is not JSON: {error}"
    raise MalformedAnswerError(reason)


def _refuse(constant: str) -> float:
    del constant
    return math.nan  # fails every bound; strict readers have no such number


def _line(entry: Mapping[str, Any], name: str, longest: int) -> str:
    text = entry.get(name)
    if not isinstance(text, str) or not text.strip():
        raise MalformedAnswerError(f'every entry needs a "{name}" with some text')
    plain = " ".join(text.split())
    if len(plain) > longest or not plain.isprintable():
        raise MalformedAnswerError(f'a "{name}" should be one line of {longest} characters at most')
    return plain


def _listed(pair_ids: list[int]) -> str:
    shown = ", ".join(map(str, pair_ids[:5]))
    if len(pair_ids) == 1:
        return f"question {shown} is"
    return f"questions {shown}{' and more' if len(pair_ids) > 5 else ''} are"
