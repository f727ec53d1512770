"""What a layer of corrections is, and its file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assets import asset
from evaluation.entries import Sha256
from evaluation.errors import EvaluationError, InvalidDocument, Problem
from evaluation.question import DOCUMENT_CONFIG, Choice
from evaluation.rules import digest_problems, line_problems, raise_if, settle, text_problems
from evaluation.validation import problems_of

SHIPPED = ("lmms",)
ORIGINAL = "original"
"""What the key of a benchmark is called where no layer lies over it."""


class InvalidLayer(InvalidDocument):
    """A file of corrections breaks a rule; every problem is listed."""

    subject = "This key layer"


class UnfitLayer(EvaluationError):
    """The corrections do not belong to this benchmark, or cannot be laid over it."""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """The answers of one pair as they should be, and why."""

    __pydantic_config__ = DOCUMENT_CONFIG

    rows: tuple[int, int] | None = None
    """The two rows of the pair in the benchmark's table, counted from 1."""
    pair_id: int | None = None
    """The number of the pair; either this or the rows have to be given."""
    first_image: Sha256 | None = None
    """SHA-256 of the image that is meant by first; null: the first of the pair."""
    question: str
    """The question, by which the pair is known."""
    option_a: str
    """The first option, so that a letter means the same."""
    option_b: str
    """The second option."""
    answer_first: Choice
    """The right option for the first image."""
    answer_second: Choice
    """The right option for the second image: the other one."""
    reason: str
    """Why the answers are these."""
    sources: Sequence[str] = ()
    """Where that was found, for example the addresses of reports."""

    def __post_init__(self) -> None:
        problems = line_problems(question=self.question) + text_problems(reason=self.reason)
        problems += line_problems(option_a=self.option_a, option_b=self.option_b)
        if self.answer_first == self.answer_second:
            problems.append(Problem("answer_second", "should be the other option"))
        if self.rows is None and self.pair_id is None:
            problems.append(Problem("rows", "is missing; give the rows or the pair_id"))
        if self.rows is not None and (self.rows[0] < 1 or self.rows[1] != self.rows[0] + 1):
            problems.append(Problem("rows", f"should be two rows in sequence, not {self.rows}"))
        if self.first_image is not None:
            problems += digest_problems(self.first_image)
        settle(self, sources=tuple(self.sources))
        raise_if(problems)


@dataclass(frozen=True, kw_only=True)
class KeyLayer:
    """Corrections of a key, with a name to ask for them by."""

    __pydantic_config__ = DOCUMENT_CONFIG

    name: str
    """A short name, not "original" and not "current"."""
    about: str
    """What these corrections are, for people."""
    source: str = ""
    """Who made them."""
    corrections: Sequence[Correction]
    """The corrections, one a pair."""

    def __post_init__(self) -> None:
        problems = line_problems(name=self.name) + text_problems(
            about=self.about, source=self.source
        )
        if self.name in (ORIGINAL, "current"):
            problems.append(Problem("name", f"{self.name!r} is what no layer can be called"))
        settle(self, corrections=tuple(self.corrections))
        raise_if(problems)


def load_layer(path: Path) -> KeyLayer:
    """A layer from its file.

    Raises:
        UnfitLayer: the file cannot be read.
        InvalidLayer: names every problem in it.
    """
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        hint = "Give a JSON file of corrections."
        raise UnfitLayer(
            f"this file cannot be read: {error}.", where=str(path), hint=hint
        ) from error
    return parse_layer(text, where=str(path))


def parse_layer(text: str, *, where: str = "") -> KeyLayer:
    """A layer from its JSON.

    Raises:
        InvalidLayer: names every problem in it.
    """
    try:
        return _adapter().validate_json(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidLayer([Problem("", "the text is not Unicode")], where=where) from error
    except ValidationError as error:
        raise InvalidLayer(problems_of(error), where=where) from error


def dump_layer(layer: KeyLayer) -> str:
    """The layer as JSON, the same characters for the same layer; ends in a newline."""
    document: dict[str, Any] = _adapter().dump_python(layer, mode="json")
    for correction in document["corrections"]:
        for name in ("rows", "pair_id", "first_image"):
            if correction[name] is None:
                del correction[name]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


@cache
def shipped_layer(name: str) -> KeyLayer:
    """A layer that comes with the product.

    Raises:
        UnfitLayer: there is none of that name.
    """
    if name not in SHIPPED:
        known = ", ".join((ORIGINAL, *SHIPPED))
        hint = f"There are: {known}; or give a file of corrections."
        raise UnfitLayer(f"there is no key called {name!r}.", hint=hint)
    path = asset(f"corrections/{name}.json")
    return parse_layer(path.read_text(encoding="utf-8"), where=str(path))


@cache
def _adapter() -> TypeAdapter[KeyLayer]:
    return TypeAdapter(KeyLayer)
