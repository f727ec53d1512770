"""What a dataset card says beyond the pairs: what an admin filled in, and how people did."""

import re
from dataclasses import dataclass, field, fields
from typing import Final

from evaluation.errors import Problem
from evaluation.question import DOCUMENT_CONFIG, unwritable_character
from evaluation.rules import at_least, raise_if, settle, text_problems

LONGEST_LINE: Final = 300
LONGEST_TEXT: Final = 5000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, kw_only=True)
class CardFields:
    """What only people know of a benchmark; an empty field is not stated."""

    __pydantic_config__ = DOCUMENT_CONFIG

    licence: str = ""
    """Licence of the questions and answers, best by its SPDX name: CC-BY-4.0."""
    image_licence: str = ""
    """Licence of the images, or under what terms they may be passed on."""
    image_source: str = ""
    """Where the images come from."""
    languages: str = ""
    """Languages of the questions as codes with commas between: en, de."""
    contact: str = ""
    """Whom to write to about the benchmark."""
    citation: str = ""
    """How to cite it: BibTeX, or a sentence."""
    intended_use: str = ""
    """What it is for, and what it is not for."""
    personal_data: str = ""
    """Whether people can be recognised in the images, and how their data are dealt with."""

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        for one in fields(self):
            text = getattr(self, one.name)
            tidy = text.strip() if one.name in TEXTS else " ".join(text.split())
            settle(self, **{one.name: tidy.replace("\r\n", "\n")})
            problems += _field_problems(one.name, getattr(self, one.name))
        raise_if(problems)

    @property
    def language_codes(self) -> list[str]:
        """The languages one by one."""
        return [code.strip() for code in self.languages.split(",") if code.strip()]


TEXTS: Final = ("citation", "intended_use", "personal_data")
"""The fields that may have several lines."""
CARD_FIELDS: Final = tuple(one.name for one in fields(CardFields))


def _field_problems(name: str, text: str) -> list[Problem]:
    problems = text_problems(**{name: text})
    longest = LONGEST_TEXT if name in TEXTS else LONGEST_LINE
    if len(text) > longest:
        problems.append(Problem(name, f"has {len(text):,} characters; at most {longest:,} fit"))
    lines = text.split("\n") if name in TEXTS else [text]
    unwritable = next(filter(None, map(unwritable_character, lines)), None)
    if unwritable and unwritable != "a tab":
        problems.append(Problem(name, f"contains {unwritable}"))
    if name == "languages":
        codes = [code.strip() for code in text.split(",")] if text else []
        problems += [
            Problem(name, f"has {code!r}, which is no code of a language such as en or pt-BR")
            for code in codes
            if not _LANGUAGE.fullmatch(code)
        ]
    return problems


@dataclass(frozen=True, kw_only=True)
class HumanStudy:
    """How people did who answered without seeing the key, and how far annotators agree."""

    __pydantic_config__ = DOCUMENT_CONFIG

    n_people: int = 0
    """People who answered a question of the benchmark blind."""
    n_answers: int = 0
    """Their answers, one an image."""
    n_right: int = 0
    """Those that are right by the key."""
    n_pairs_seen: int = 0
    """How often one person answered for both images of a pair."""
    n_pairs_right: int = 0
    """How often both were right; over n_pairs_seen this is human pair accuracy."""
    n_decided_twice: int = 0
    """Candidate pairs that two people or more accepted or rejected on their own."""
    decision_alpha: float | None = None
    """Krippendorff's alpha of accepting; null where there are too few pairs to say."""
    pattern_alpha: float | None = None
    """Krippendorff's alpha of the visual pattern; null where there are too few pairs to say."""

    def __post_init__(self) -> None:
        numbers = {
            name: getattr(self, name)
            for name in ("n_people", "n_answers", "n_right", "n_pairs_seen", "n_pairs_right")
        }
        problems = at_least(0, **numbers, n_decided_twice=self.n_decided_twice)
        for part, whole in (("n_right", "n_answers"), ("n_pairs_right", "n_pairs_seen")):
            if numbers[part] > numbers[whole]:
                problems.append(Problem(part, f"is more than {whole}"))
        raise_if(problems)


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What the dataset card says beyond the pairs themselves."""

    __pydantic_config__ = DOCUMENT_CONFIG

    fields: CardFields = field(default_factory=CardFields)
    """What an admin filled in."""
    human: HumanStudy | None = None
    """How people did; null where nobody answered and no two people annotated the same pair."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return self.human is None and self.fields == CardFields()
