"""How far annotators agree, about accepting and about visual patterns, as JSON values."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from annotator.human_study import decided_and_named, said_by_pair
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from db.lifecycle import Decision
from db.opinions import OriginalOpinion, original_opinions
from db.policy import get_policy
from evaluation.agreement import (
    LEAST,
    Labels,
    against_others,
    alpha,
    confusion,
    couples,
    equal_share,
    kappa,
    overlapping,
    raw_agreement,
)
from evaluation.periods import periods
from evaluation.statistics import share

_DECISIONS = (Decision.accept.value, Decision.reject.value)


def agreement(studio: Studio) -> dict[str, Any]:
    """Agreement over the pairs that two people or more annotated on their own; skips are left out.

    `decision` and `pattern` have the same form. A coefficient without a `value` says `why`:
    `too_few` pairs in common (`least` are needed) or `one_category`, only one label in use.
    """
    opinions = original_opinions(studio.database)
    patterns = workspace_patterns(studio)
    decided, named = decided_and_named(opinions.found)
    said = {one.pattern or "" for one in named}
    known = patterns.with_used(said).slugs
    slugs = [*known, *sorted(said - set(known))]
    return {
        "least": LEAST,
        "overlap": get_policy(studio.database).overlap,
        "n_informed": opinions.n_informed,
        "decision": _measure(decided, lambda one: one.decision.value, _DECISIONS),
        "pattern": _measure(named, lambda one: one.pattern or "", slugs),
        "names": {slug: patterns.name_of(slug) for slug in slugs},
    }


def _measure(
    opinions: Sequence[OriginalOpinion],
    label: Callable[[OriginalOpinion], str],
    categories: Sequence[str],
) -> dict[str, Any]:
    at: dict[Hashable, datetime] = {}
    for one in opinions:
        at[one.pair_id] = max(one.at, at.get(one.pair_id, one.at))
    labels = overlapping(said_by_pair(opinions, label))
    return {
        "n_pairs": len(labels),
        "categories": list(categories),
        "raw": asdict(raw_agreement(labels)),
        "alpha": asdict(alpha(labels, interval=True)),
        "couples": [
            {"people": both, "raw": asdict(equal_share(found)), "kappa": asdict(kappa(found))}
            for both, found in couples(labels).items()
        ],
        "people": [_of_person(labels, name, categories[0]) for name in _people(labels)],
        "confusion": confusion(labels, categories),
        "over_time": _over_time(labels, at),
    }


def _people(labels: Labels) -> list[str]:
    return sorted({name for said in labels.values() for name in said})


def _of_person(labels: Labels, name: str, first: str) -> dict[str, Any]:
    """One person against all others; how often they and the others chose the first label."""
    found = against_others(labels, name)
    mine = [said[name] == first for said in labels.values() if name in said]
    return {
        "name": name,
        "n_pairs": len(mine),
        "raw": asdict(equal_share(found)),
        "kappa": asdict(kappa(found)),
        "first": asdict(share(sum(mine), len(mine))),
        "first_of_others": asdict(share(sum(other == first for _, other in found), len(found))),
    }


def _over_time(labels: Labels, at: Mapping[Hashable, datetime]) -> dict[str, Any]:
    """By day or week of the last opinion that a pair got."""
    days = {item: at[item].astimezone().date() for item in labels}
    period, start_of = periods(days.values())
    starts = {item: start_of(day) for item, day in days.items()}
    return {
        "period": period,
        "points": [
            {"start": start.isoformat(), **_point(_of_period(labels, starts, start))}
            for start in sorted(set(starts.values()))
        ],
    }


def _of_period(labels: Labels, starts: Mapping[Hashable, date], start: date) -> Labels:
    return {item: labels[item] for item, found in starts.items() if found == start}


def _point(labels: Labels) -> dict[str, Any]:
    return {
        "n_pairs": len(labels),
        "raw": asdict(raw_agreement(labels)),
        "alpha": asdict(alpha(labels)),
    }


def as_text(found: Mapping[str, Any]) -> str:
    """The same in a few lines for a terminal."""
    lines = []
    for measure, title in (("decision", "Accept or reject"), ("pattern", "Visual pattern")):
        one = found[measure]
        lines.append(f"{title}: {one['n_pairs']:,} pairs by two people or more")
        if one["n_pairs"]:
            raw = one["raw"]
            lines.append(f"  agreed     {raw['value']:.1%} of {raw['total']:,} couples of answers")
            lines.append(f"  alpha      {in_words(one['alpha'], found['least'])}")
        for couple in one["couples"]:
            names = " and ".join(couple["people"])
            words = in_words(couple["kappa"], found["least"])
            lines.append(f"  kappa      {words}, {names}, {couple['raw']['total']:,} pairs")
    return "\n".join(lines)


def in_words(coefficient: Mapping[str, Any], least: int) -> str:
    """The number with its interval, or why there is none."""
    if coefficient["why"] == "too_few":
        return f"none: fewer than {least} pairs in common"
    if coefficient["why"] == "one_category":
        return "undefined: everybody always said the same"
    value = f"{coefficient['value']:.2f}"
    if coefficient["low"] is None:
        return value
    return f"{value} ({coefficient['low']:.2f} to {coefficient['high']:.2f})"
