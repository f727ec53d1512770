"""Patterns that were found in a workspace's questions: kept, shown, and taken over by reviewers."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from annotator.errors import AppError
from annotator.exchange import pairs_here, to_questions
from annotator.own_benchmark import exported_states
from annotator.patterns import shipped_patterns, workspace_patterns
from annotator.pipeline.files import write_json
from annotator.studio import Studio
from db.pairs import list_cards
from db.pattern_fields import PatternFields
from db.pattern_tags import Tagged, WantedTag, adopt_patterns
from db.patterns import list_patterns
from db.views import PairCard
from evaluation.discovery.discovered import (
    AskedQuestion,
    DiscoveredPattern,
    Discovery,
    Member,
    new_slugs,
    questions_of,
)
from evaluation.labels import UNLABELLED
from evaluation.patterns import PatternSet

SHOWN: Final = 6
"""Pairs whose pictures stand beside a found pattern."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Found patterns that become one: a new one of this name, or ``into`` one of the set."""

    found: Sequence[str]
    name: str = ""
    definition: str = ""
    into: str | None = None


@dataclass(frozen=True)
class Kept:
    """The newest search of a workspace, with when it was made."""

    at: str
    found_by: str
    n_questions: int
    patterns: Sequence[DiscoveredPattern]
    unassigned: Sequence[int]
    agreement: Mapping[str, Any] | None


def workspace_questions(studio: Studio) -> list[AskedQuestion]:
    """The questions of the finished pairs, by the workspace's own numbers of the pairs.

    Raises:
        EmptyBenchmark: no pair is finished.
        TooFewQuestions: there are too few to find patterns in.
    """
    here = pairs_here(studio)
    asked = questions_of(to_questions(studio, name=studio.workspace.root.name))
    return [replace(one, pair_id=here.get(one.pair_id, one.pair_id)) for one in asked]


def keep_found(studio: Studio, found: Discovery) -> None:
    """Replaces what an earlier search found."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    write_json(_file(studio), {"at": at, **asdict(found)})


def kept_patterns(studio: Studio) -> Kept | None:
    """What the newest search found; None if there was none.

    Raises:
        AppError: its file is damaged.
    """
    file = _file(studio)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return Kept(
            at=stored["at"],
            found_by=stored["found_by"],
            n_questions=stored["n_questions"],
            patterns=[
                DiscoveredPattern(**one | {"members": [Member(**each) for each in one["members"]]})
                for one in stored["patterns"]
            ],
            unassigned=stored["unassigned"],
            agreement=stored["agreement"],
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AppError(
            "the patterns that were found cannot be read.",
            where=str(file),
            hint="Delete the file and look for patterns again.",
        ) from error


def described_found(studio: Studio) -> dict[str, Any] | None:
    """The newest search as JSON values: each pattern with its members and the surest's pictures.

    A member is (pair, confidence, the pattern its question has now, None without one). Pairs that
    have no finished question any more are left out and counted in `n_gone`.
    """
    kept = kept_patterns(studio)
    if kept is None:
        return None
    cards = {card.id: card for card in _finished(studio)}
    patterns = workspace_patterns(studio)
    in_use = _by_name(patterns)
    names = {one.slug: one.name for one in (*patterns.former, *patterns)}
    return {
        "at": kept.at,
        "found_by": kept.found_by,
        "n_questions": kept.n_questions,
        "n_unassigned": len(kept.unassigned),
        "agreement": kept.agreement,
        "patterns": [
            _described(one, cards, names, in_use.get(one.name.casefold())) for one in kept.patterns
        ],
    }


def _described(
    one: DiscoveredPattern,
    cards: Mapping[int, PairCard],
    names: Mapping[str, str],
    into: str | None,
) -> dict[str, Any]:
    members = [member for member in one.members if member.pair_id in cards]
    now = Counter(_pattern_of(cards[member.pair_id]) for member in members)
    return {
        "slug": one.slug,
        "name": one.name,
        "definition": one.definition,
        "into": into,
        "n_gone": len(one.members) - len(members),
        "members": [
            [member.pair_id, member.confidence, _pattern_of(cards[member.pair_id])]
            for member in members
        ],
        "now": [
            {"name": names.get(slug, slug) if slug else None, "n": n}
            for slug, n in now.most_common()
        ],
        "shown": [_shown(cards[each.pair_id], each.confidence) for each in members[:SHOWN]],
    }


def _shown(card: PairCard, confidence: float) -> dict[str, Any]:
    asked = card.annotation.question if card.annotation else None
    return {
        "pair_id": card.id,
        "confidence": confidence,
        "question": asked.text if asked else "",
        "option_a": asked.option_a if asked else "",
        "option_b": asked.option_b if asked else "",
        "images": [f"/thumbnails/{card.first.id}", f"/thumbnails/{card.second.id}"],
    }


def adopt_found(
    studio: Studio,
    groups: Sequence[Group],
    *,
    at: str,
    least: float | None,
    only_unlabelled: bool = True,
    annotator_id: int | None = None,
) -> Tagged:
    """Add the groups' patterns to the set and tag their pairs; all of it, or nothing.

    Args:
        at: of the search that the groups are of.
        least: tag pairs that are at least this sure, 0 to 1; None tags none.
        only_unlabelled: leave pairs alone that have a pattern.

    Raises:
        AppError: there has been another search since, or a group names nothing that it found.
        PatternError: a pattern cannot be added, or is not in use.
    """
    kept = kept_patterns(studio)
    if kept is None or kept.at != at:
        raise AppError(
            "patterns were looked for again since this was shown.", hint="Load the page again."
        )
    return take_over(
        studio,
        kept.patterns,
        groups,
        found_by=kept.found_by,
        least=least,
        only_unlabelled=only_unlabelled,
        annotator_id=annotator_id,
    )


def take_over(
    studio: Studio,
    patterns: Sequence[DiscoveredPattern],
    groups: Sequence[Group],
    *,
    found_by: str,
    least: float | None,
    only_unlabelled: bool = True,
    annotator_id: int | None = None,
) -> Tagged:
    """The same for patterns that are at hand."""
    by_slug = {one.slug: one for one in patterns}
    missing = [slug for group in groups for slug in group.found if slug not in by_slug]
    if missing:
        raise AppError("no such pattern was found.", where=missing[0])
    slugs = _slugs(studio, groups)
    tags = {
        member.pair_id: WantedTag(slug, member.confidence)
        for slug, group in zip(slugs, groups, strict=True)
        for one in group.found
        for member in by_slug[one].members
        if least is not None and member.confidence >= least
    }
    return adopt_patterns(
        studio.database,
        [
            PatternFields(slug, group.name, group.definition)
            for slug, group in zip(slugs, groups, strict=True)
            if group.into is None
        ],
        tags,
        found_by=found_by,
        shipped=shipped_patterns(),
        only_if_said={UNLABELLED.slug} if only_unlabelled else None,
        annotator_id=annotator_id,
    )


def groups_by_name(studio: Studio, patterns: Sequence[DiscoveredPattern]) -> list[Group]:
    """Each found pattern by itself: into the one in use that has its name, else a new one."""
    in_use = _by_name(workspace_patterns(studio))
    return [
        Group(
            found=[one.slug],
            name=one.name,
            definition=one.definition,
            into=in_use.get(one.name.casefold()),
        )
        for one in patterns
    ]


def _by_name(patterns: PatternSet) -> dict[str, str]:
    return {one.name.casefold(): one.slug for one in patterns}


def _slugs(studio: Studio, groups: Sequence[Group]) -> list[str]:
    stored = list_patterns(studio.database)
    taken = [one.fields.slug for one in stored] or [one.slug for one in shipped_patterns()]
    fresh = iter(new_slugs((one.name for one in groups if one.into is None), taken))
    return [next(fresh) if group.into is None else group.into for group in groups]


def _finished(studio: Studio) -> list[PairCard]:
    return list_cards(studio.database, states=exported_states(studio, unverified=True))


def _pattern_of(card: PairCard) -> str | None:
    asked = card.annotation.question if card.annotation else None
    slug = asked.pattern if asked else None
    return None if slug in (None, UNLABELLED.slug) else slug


def _file(studio: Studio) -> Path:
    return studio.workspace.reports / "found-patterns.json"
