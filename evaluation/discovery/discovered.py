"""What a search for visual patterns gives: patterns with their members, as a document."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from evaluation.discovery.agreement import Agreement, agreement
from evaluation.errors import EvaluationError
from evaluation.items import QuestionSet
from evaluation.labels import UNLABELLED

KIND: Final = "discovered-patterns"


class TooFewQuestions(EvaluationError):
    """There are too few questions to find patterns in."""


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A pair's question; ``label`` is the slug of the pattern that people gave it, if any."""

    pair_id: int
    question: str
    option_a: str
    option_b: str
    label: str | None = None

    @property
    def line(self) -> str:
        """As a language model reads it."""
        return f"{self.pair_id}. {self.question} (a) {self.option_a} (b) {self.option_b}"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A pair of a pattern, and how sure that is, from 0 to 1."""

    pair_id: int
    confidence: float


@dataclass(frozen=True, kw_only=True)
class DiscoveredPattern:
    """A proposed pattern with its pairs, the surest first."""

    slug: str
    name: str
    definition: str
    members: Sequence[Member]

    @property
    def mean_confidence(self) -> float | None:
        """Mean over the members; None where there is none."""
        sure = [member.confidence for member in self.members]
        return sum(sure) / len(sure) if sure else None


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """All proposed patterns, largest first; ``unassigned`` are pairs that fit none.

    ``agreement`` compares with the labels that pairs have already; None where none has one.
    """

    benchmark: str
    found_by: str
    n_questions: int
    patterns: Sequence[DiscoveredPattern]
    unassigned: Sequence[int]
    agreement: Agreement | None
    notes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> str:
        """The document; ends in a newline."""
        document = {"kind": KIND, **asdict(self)}
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def questions_of(questions: QuestionSet, least: int = 4) -> list[AskedQuestion]:
    """Each pair's question once.

    Raises:
        TooFewQuestions: fewer than ``least``.
    """
    found = {
        item.pair_id: AskedQuestion(
            pair_id=item.pair_id,
            question=item.question,
            option_a=item.option_a,
            option_b=item.option_b,
            label=None if item.pattern == UNLABELLED.slug else item.pattern,
        )
        for item in questions.items
    }
    if len(found) < least:
        raise TooFewQuestions(
            f"{len(found)} questions are too few; patterns need {least}.", where=questions.name
        )
    return list(found.values())


def discovery(
    asked: Sequence[AskedQuestion],
    proposed: Sequence[tuple[str, str, Sequence[Member]]],
    *,
    benchmark: str,
    found_by: str,
    notes: Mapping[str, Any] | None = None,
) -> Discovery:
    """The document of name, definition and members of each proposed pattern."""
    slugs = new_slugs(name for name, _, _ in proposed)
    patterns = [
        DiscoveredPattern(
            slug=slug,
            name=name,
            definition=definition,
            members=tuple(sorted(members, key=lambda one: (-one.confidence, one.pair_id))),
        )
        for slug, (name, definition, members) in zip(slugs, proposed, strict=True)
    ]
    given = {member.pair_id: one.slug for one in patterns for member in one.members}
    return Discovery(
        benchmark=benchmark,
        found_by=found_by,
        n_questions=len(asked),
        patterns=tuple(sorted(patterns, key=lambda one: (-len(one.members), one.slug))),
        unassigned=tuple(one.pair_id for one in asked if one.pair_id not in given),
        agreement=agreement(
            [one.label for one in asked], [given.get(one.pair_id) for one in asked]
        ),
        notes=dict(notes or {}),
    )


def new_slugs(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """A slug for each name, none of them twice and none that is taken."""
    used, slugs = set(taken), []
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-") or "pattern"
        slug, n = plain, 1
        while slug in used:
            n += 1
            slug = f"{plain}-{n}"
        used.add(slug)
        slugs.append(slug)
    return slugs
