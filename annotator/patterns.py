"""The visual patterns of a workspace: the nine that ship, or the set that its people made."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from annotator.studio import Studio
from db.pattern_fields import checked_pattern
from db.patterns import (
    MOST_PATTERNS,
    PatternError,
    PatternFields,
    PatternView,
    add_pattern,
    count_said,
    list_patterns,
)
from db.views import PairCard
from evaluation.discovery.discovered import DiscoveredPattern, new_slugs
from evaluation.patterns import PatternExample, PatternSet, VisualPattern, load_patterns

DEFAULT_SET = "mmvp"


def workspace_patterns(studio: Studio) -> PatternSet:
    """The set that holds in this workspace now; merged and retired ones are its `former`."""
    stored = list_patterns(studio.database)
    if not stored:
        return load_patterns(DEFAULT_SET)
    return PatternSet(
        name="workspace",
        patterns=tuple(_pattern(one) for one in stored if one.is_active),
        former=tuple(_pattern(one) for one in stored if not one.is_active),
    )


def patterns_with(studio: Studio, card: PairCard | None) -> PatternSet:
    """The same, and a former one if the question of this pair has it: it may keep it."""
    asked = card.annotation.question if card is not None and card.annotation else None
    used = {asked.pattern} if asked is not None and asked.pattern else set()
    return workspace_patterns(studio).with_used(used)


def pattern_names(studio: Studio) -> dict[str, str]:
    """The names of all patterns by slug, those out of use included."""
    patterns = workspace_patterns(studio)
    return {one.slug: one.name for one in (*patterns.former, *patterns)}


def shipped_patterns() -> list[PatternFields]:
    """The nine as the database takes them, for the first change of a workspace's set."""
    return [
        PatternFields(
            slug=one.slug,
            name=one.name,
            definition=one.definition,
            folder=one.folder,
            example=asdict(one.example) if one.example else {},
        )
        for one in load_patterns(DEFAULT_SET)
    ]


def add_discovered(studio: Studio, patterns: Sequence[DiscoveredPattern]) -> list[str]:
    """Put found patterns at the end of the set, each as a change of its own; gives their slugs.

    Those whose name the set has already are left out. Questions keep the patterns they have.

    Raises:
        PatternError: one of them cannot be added; then none is.
    """
    stored = list_patterns(studio.database)
    fields = [one.fields for one in stored] or shipped_patterns()
    names = {one.name.casefold() for one in fields}
    wanted = [one for one in patterns if one.name.casefold() not in names]
    slugs = new_slugs((one.name for one in wanted), (one.slug for one in fields))
    added = [
        checked_pattern(PatternFields(slug, one.name, one.definition))
        for slug, one in zip(slugs, wanted, strict=True)
    ]
    if len(fields) + len(added) > MOST_PATTERNS:
        raise PatternError(f"A set has at most {MOST_PATTERNS} patterns.")
    for one in added:
        add_pattern(studio.database, one, shipped=shipped_patterns())
    return slugs


def _pattern(view: PatternView) -> VisualPattern:
    fields = view.fields
    return VisualPattern(
        slug=fields.slug,
        name=fields.name,
        folder=fields.folder,
        definition=fields.definition,
        example=PatternExample(**fields.example) if fields.example else None,
    )


def described_patterns(studio: Studio) -> list[dict[str, Any]]:
    """The set in its order, those out of use last, as JSON values.

    `n_said` counts annotations that say the slug word for word, `n_read` those that are read so.
    """
    stored = list_patterns(studio.database)
    if not stored:
        stored = [PatternView(one, None, one.slug, is_retired=False) for one in shipped_patterns()]
    said = count_said(studio.database)
    read: Counter[str] = Counter()
    for view in stored:
        read[view.counts_as] += said.get(view.fields.slug, 0)
    return [
        {
            "slug": view.fields.slug,
            "name": view.fields.name,
            "definition": view.fields.definition,
            "example": dict(view.fields.example) or None,
            "status": _status(view),
            "merged_into": view.merged_into,
            "n_said": said.get(view.fields.slug, 0),
            "n_read": read[view.fields.slug],
        }
        for view in sorted(stored, key=lambda view: not view.is_active)
    ]


def _status(view: PatternView) -> str:
    if view.merged_into is not None:
        return "merged"
    return "retired" if view.is_retired else "in use"
