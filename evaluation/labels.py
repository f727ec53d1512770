"""What other files call the nine visual patterns, and the entries for names they do not know."""

import re
from collections.abc import Iterable
from functools import cache

from evaluation.benchmark import PatternEntry
from evaluation.patterns import load_patterns

UNLABELLED = PatternEntry(
    slug="unlabelled",
    name="No pattern yet",
    definition="The benchmark that this pair was imported from does not say what it shows.",
)
# evaluate_vlm.py and the loaders of MMVP-VLM have these names beside those of our own set.
_ALIASES = {
    "structure": ("Structural Characteristics", "Structural"),
    "text": ("Texts",),
    "color": ("Colour", "Color and Appearance"),
    "position": ("Positional",),
    "viewpoint": ("Camera", "Perspective"),
}


def pattern_slug(name: str) -> str | None:
    """The slug of the one of the nine that a file calls so; None if it is none of them."""
    return _known().get(_plain(name))


def same_pattern(one: str | None, other: str | None) -> bool:
    """Whether two names, None for no name, mean the same visual pattern."""
    slugs = [pattern_slug(name or "") or _plain(name or "") for name in (one, other)]
    return slugs[0] == slugs[1]


@cache
def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    for pattern in load_patterns("mmvp"):
        names = (pattern.slug, pattern.name, pattern.folder, *_ALIASES.get(pattern.slug, ()))
        known.update((_plain(name), pattern.slug) for name in names)
    return known


def _plain(name: str) -> str:
    return re.sub(r"[\s_&/-]+", " ", name.replace("&", " and ")).strip().casefold()


def entries_for(names: Iterable[str | None]) -> dict[str | None, PatternEntry]:
    """From every name that occurs, None among them, to its pattern.

    The nine come first, in their order; then other names as patterns of their own; the pattern
    of pairs without a name comes last.
    """
    nine = {
        pattern.slug: PatternEntry(
            slug=pattern.slug, name=pattern.name, definition=pattern.definition
        )
        for pattern in load_patterns("mmvp")
    }
    wanted = list(dict.fromkeys(names))
    slugs = {name: pattern_slug(name) for name in wanted if name is not None}
    order = list(nine)
    found: dict[str | None, PatternEntry] = {}
    for at, name in sorted((order.index(slug), name) for name, slug in slugs.items() if slug):
        found[name] = nine[order[at]]
    customs: dict[str, PatternEntry] = {_plain(UNLABELLED.name): UNLABELLED}
    customs[UNLABELLED.slug] = UNLABELLED
    for name in (name for name, slug in slugs.items() if slug is None):
        if _plain(name) not in customs:
            slug = _new_slug(name, {*nine, *(entry.slug for entry in customs.values())})
            customs[_plain(name)] = PatternEntry(slug=slug, name=" ".join(name.split()))
        found[name] = customs[_plain(name)]
    if None in wanted:
        found[None] = UNLABELLED
    return found


def _new_slug(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "pattern"
    slug, n = plain, 1
    while slug in taken:
        n += 1
        slug = f"{plain}-{n}"
    return slug
