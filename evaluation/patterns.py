"""Visual patterns: what kind of detail a question asks about, and the sets of them that ship."""

import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from assets import asset
from evaluation.errors import InvalidPatterns


class NamedPattern(Protocol):
    """Whatever has a pattern's slug and name, for example an entry of a benchmark document."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class PatternExample:
    """A question that shows what a pattern means, with its two options."""

    question: str
    option_a: str
    option_b: str


@dataclass(frozen=True, kw_only=True)
class VisualPattern:
    """One kind of visual detail; ``folder`` is its name in MMVP-VLM."""

    slug: str
    name: str
    folder: str
    definition: str
    example: PatternExample | None = None


@dataclass(frozen=True)
class PatternSet:
    """Visual patterns in their fixed order, found by slug.

    ``former`` ones are out of use: questions that have them keep them, new ones cannot.
    """

    name: str
    patterns: tuple[VisualPattern, ...]
    former: tuple[VisualPattern, ...] = ()

    def __iter__(self) -> Iterator[VisualPattern]:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    def __contains__(self, slug: object) -> bool:
        return any(pattern.slug == slug for pattern in self.patterns)

    def __getitem__(self, slug: str) -> VisualPattern:
        for pattern in self.patterns:
            if pattern.slug == slug:
                return pattern
        raise KeyError(slug)

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs in the set's order."""
        return tuple(pattern.slug for pattern in self.patterns)

    def with_used(self, slugs: Collection[str]) -> "PatternSet":
        """The set with those of the former patterns behind it that questions still have."""
        used = tuple(pattern for pattern in self.former if pattern.slug in slugs)
        return PatternSet(self.name, self.patterns + used)

    def name_of(self, slug: str) -> str:
        """The name for people, of former patterns too; the slug itself where there is none."""
        known = {pattern.slug: pattern.name for pattern in (*self.former, *self.patterns)}
        return known.get(slug, slug)


@cache
def load_patterns(name: str = "mmvp") -> PatternSet:
    """The set of visual patterns that ships under this name.

    Raises:
        InvalidPatterns: if there is no such set, or its file is damaged.
    """
    try:
        path = asset(f"patterns/{name}.toml")
    except FileNotFoundError as error:
        raise InvalidPatterns(
            f"There is no set of visual patterns called {name!r}.",
            hint=f"Sets that ship: {', '.join(_shipped())}.",
        ) from error
    return parse_patterns(name, path.read_text(encoding="utf-8"), where=str(path))


def parse_patterns(name: str, text: str, *, where: str = "") -> PatternSet:
    """A set of visual patterns from TOML: ``[[pattern]]`` blocks with an ``example`` table.

    Raises:
        InvalidPatterns: if a field is missing or unknown, or a slug comes twice.
    """
    patterns: list[VisualPattern] = []
    try:
        for block in tomllib.loads(text)["pattern"]:
            example = PatternExample(**block.pop("example"))
            patterns.append(VisualPattern(**block, example=example))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InvalidPatterns(
            f"Visual pattern {len(patterns) + 1} cannot be read: {error}.",
            where=where,
            hint="Each [[pattern]] needs slug, name, folder, definition and an example with "
            "question, option_a and option_b.",
        ) from error
    found = PatternSet(name=name, patterns=tuple(patterns))
    repeated = {slug for slug in found.slugs if found.slugs.count(slug) > 1}
    if repeated or not patterns:
        what = f"The slug {min(repeated)!r} comes twice." if repeated else "There is no pattern."
        raise InvalidPatterns(what, where=where, hint="Give every pattern a slug of its own.")
    return found


def custom_pattern_note(patterns: Iterable[NamedPattern]) -> str:
    """How an export writes patterns that are none of the paper's nine; empty if all are."""
    nine = load_patterns("mmvp")
    custom = [pattern.name for pattern in patterns if pattern.slug not in nine]
    if not custom:
        return ""
    return (
        f"Patterns of this workspace ({', '.join(custom)}) are none of the paper's nine: "
        "benchmark.json defines each under `patterns`. MMVP's Questions.csv has no column for "
        "patterns, and MMVP-VLM knows just the nine."
    )


def _shipped() -> list[str]:
    return sorted(path.stem for path in asset("patterns").glob("*.toml"))
