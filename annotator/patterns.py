"""The visual patterns of a workspace: the nine that ship, or the set that its people made."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from annotator.studio import Studio
from db.pattern_tags import count_said, count_tagged, holding_tag
from db.patterns import PatternFields, PatternView, list_patterns
from db.views import PairCard
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


def tag_of_pair(studio: Studio, pair_id: int) -> dict[str, Any] | None:
    """Why a pair's question is read with another pattern than it says; None where it is not."""
    tag = holding_tag(studio.database, pair_id)
    if tag is None:
        return None
    said = pattern_names(studio).get(tag.said, tag.said)
    return {"said": said, "confidence": tag.confidence, "found_by": tag.found_by}


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

    `n_said` counts annotations that say the slug word for word, `n_read` those that are read so,
    `n_merged` those that say a pattern merged into it, `n_tagged` those with its tag.
    """
    stored = list_patterns(studio.database)
    if not stored:
        stored = [PatternView(one, None, one.slug, is_retired=False) for one in shipped_patterns()]
    said = count_said(studio.database)
    read: Counter[str] = Counter()
    merged: Counter[str] = Counter()
    for view in stored:
        read[view.counts_as] += said.get(view.fields.slug, 0)
        if view.counts_as != view.fields.slug:
            merged[view.counts_as] += said.get(view.fields.slug, 0)
    counts_as = {view.fields.slug: view.counts_as for view in stored}
    tagged: Counter[str] = Counter()
    for was, slug, n in count_tagged(studio.database):
        tagged[slug] += n
        read[counts_as.get(was, was)] -= n
        read[counts_as.get(slug, slug)] += n
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
            "n_merged": merged[view.fields.slug],
            "n_tagged": tagged[view.fields.slug],
        }
        for view in sorted(stored, key=lambda view: not view.is_active)
    ]


def _status(view: PatternView) -> str:
    if view.merged_into is not None:
        return "merged"
    return "retired" if view.is_retired else "in use"
