"""What a remark about a question is, and the one click that puts it right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evaluation.question import is_blank

Level = Literal["error", "advice"]
Field = Literal["text", "option_a", "option_b", "answers", "pattern"]


@dataclass(frozen=True)
class Fix:
    """Values that replace those of the form's fields; ``label`` says what that does."""

    label: str
    fields: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Finding:
    """One remark about a question; an ``error`` keeps it from being saved, ``advice`` does not.

    ``pair_id`` is another pair that the remark speaks of.
    """

    level: Level
    field: str
    message: str
    fix: Fix | None = None
    pair_id: int | None = None


@dataclass(frozen=True)
class Draft:
    """A question as far as it is written; what is missing is empty."""

    text: str = ""
    option_a: str = ""
    option_b: str = ""
    answer_first: str = ""
    answer_second: str = ""

    @property
    def options(self) -> tuple[tuple[Field, str, str], ...]:
        """Field, name for people and text of the two options."""
        return ("option_a", "Option a", self.option_a), ("option_b", "Option b", self.option_b)

    @property
    def parts(self) -> tuple[tuple[Field, str, str], ...]:
        """The same of the question and the options, where there is something in them."""
        written = (("text", "The question", self.text), *self.options)
        return tuple(part for part in written if not is_blank(part[2]))

    def swapped(self) -> dict[str, str]:
        """The options in the other order, with the answers that keep their meaning."""
        other = {"a": "b", "b": "a"}
        answers = {"answer_first": self.answer_first, "answer_second": self.answer_second}
        return {
            "option_a": self.option_b,
            "option_b": self.option_a,
            **{name: other[letter] for name, letter in answers.items() if letter in other},
        }


def replacing(label: str, name: str, before: str, after: str) -> Fix | None:
    """A fix of one field; None if it would change nothing or leave nothing."""
    if after == before or is_blank(after):
        return None
    return Fix(label, {name: after})
