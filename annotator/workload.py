"""Figures of people's work: pace, time, shares, how often who accepts, where they disagree."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from db.lifecycle import Decision
from db.trouble import Troubled
from db.work import MOST_SECONDS, Work
from evaluation.forecast import WINDOW_DAYS
from evaluation.patterns import PatternSet
from evaluation.periods import periods
from evaluation.statistics import share

_GAP_STEP = 10  # tenths: ranges of 0.1
_MOST_LABELS = 12

PerDay = Sequence[tuple[date, int, int]]
"""Days with how many pairs were decided and completed."""


def today() -> date:
    """The day it is here."""
    return _day(datetime.now().astimezone())


def _day(at: datetime) -> date:
    return at.astimezone().date()


def pace(per_day: PerDay, work: Sequence[Work]) -> dict[str, Any]:
    """Pairs per day and per hour of work, lately and in all, and the median time for a pair."""
    start = today() - timedelta(days=WINDOW_DAYS - 1)
    recent = [one for one in work if _day(one.at) >= start]
    return {
        "last_days": {
            "n_days": WINDOW_DAYS,
            **_speed([one for one in per_day if one[0] >= start], recent),
        },
        "all": {"n_days": len(per_day), **_speed(per_day, work)},
        "seconds": _medians(work),
        "most_seconds": MOST_SECONDS,
    }


def _speed(per_day: PerDay, work: Sequence[Work]) -> dict[str, Any]:
    hours = sum(one.seconds or 0 for one in work) / 3600
    counts = {
        "decided": sum(day[1] for day in per_day),
        "completed": sum(day[2] for day in per_day),
    }
    per_hour = {f"{name}_per_hour": n / hours if hours else None for name, n in counts.items()}
    return {**counts, "hours": hours, **per_hour}


def _medians(work: Sequence[Work]) -> dict[str, Any]:
    """The median time of a person for a pair: of all, those rejected, those written for."""
    spent: dict[tuple[str, int], float] = defaultdict(float)
    outcome: dict[tuple[str, int], Decision] = {}
    for one in work:
        if one.seconds is not None:
            spent[one.by, one.pair_id] += one.seconds
            outcome[one.by, one.pair_id] = one.decision
    written = {(one.by, one.pair_id) for one in work if one.kind == "question"}
    rejected = {key for key, decision in outcome.items() if decision is Decision.reject}
    return {
        "pair": _median(spent.values()),
        "rejected": _median(spent[key] for key in sorted(rejected)),
        "written": _median(spent[key] for key in sorted(written & set(spent))),
        "n": len(spent),
    }


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None


def people(work: Sequence[Work], names: Sequence[str]) -> list[dict[str, Any]]:
    """These people: their share of all decisions that stand, time, and how often they accept."""
    standing = {
        (one.by, one.pair_id): one
        for one in work
        if one.kind == "decision" and not one.was_undone and one.decision is not Decision.skip
    }
    period, start_of = periods(_day(one.at) for one in standing.values())
    found = []
    for name in names:
        own = [one for one in work if one.by == name]
        mine = [one for one in standing.values() if one.by == name]
        found.append(
            {
                "name": name,
                "share": asdict(share(len(mine), len(standing))),
                "hours": sum(one.seconds or 0 for one in own) / 3600,
                "seconds": _medians(own)["pair"],
                "accepted": _accepted(mine),
                "period": period,
                "over_time": [
                    {"start": start.isoformat(), **_accepted(decisions)}
                    for start, decisions in _by_period(mine, start_of)
                ],
            }
        )
    return found


def _accepted(decisions: Sequence[Work]) -> dict[str, Any]:
    accepted = sum(one.decision is Decision.accept for one in decisions)
    return asdict(share(accepted, len(decisions)))


def _by_period(
    work: Sequence[Work], start_of: Callable[[date], date]
) -> list[tuple[date, list[Work]]]:
    found: dict[date, list[Work]] = defaultdict(list)
    for one in work:
        found[start_of(_day(one.at))].append(one)
    return sorted(found.items())


def trouble(troubled: Sequence[Troubled], patterns: PatternSet) -> dict[str, Any]:
    """Where trouble concentrates: the share of pairs that had any, by pattern, label and gap."""
    by_gap = _groups(
        [one for one in troubled if one.gap is not None],
        lambda one: [f"{math.floor((one.gap or 0) * _GAP_STEP):03d}"],
    )
    return {
        "n_pairs": len(troubled),
        "n_disputed": sum(one.was_disputed for one in troubled),
        "n_contested": sum(one.was_contested for one in troubled),
        "n_overturned": sum(one.was_overturned for one in troubled),
        "by_pattern": [
            {**one, "name": patterns.name_of(one["key"])}
            for one in _worst_first(_groups(troubled, lambda one: one.patterns))
        ],
        "by_label": [
            {**one, "name": one["key"]}
            for one in _worst_first(_groups(troubled, lambda one: one.labels))[:_MOST_LABELS]
        ],
        "by_gap": [
            {**one, "name": f"{low / _GAP_STEP:.1f} to {(low + 1) / _GAP_STEP:.1f}"}
            for one in sorted(by_gap, key=lambda one: int(one["key"]))
            for low in [int(one["key"])]
        ],
    }


def _groups(
    troubled: Sequence[Troubled], keys: Callable[[Troubled], Iterable[str]]
) -> list[dict[str, Any]]:
    members: dict[str, list[Troubled]] = defaultdict(list)
    for one in troubled:
        for key in keys(one):
            members[key].append(one)
    return [
        {"key": key, **asdict(share(sum(one.is_hot for one in found), len(found)))}
        for key, found in members.items()
    ]


def _worst_first(groups: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """By the low end of the interval: one bad pair of one is no hot spot."""
    return sorted(groups, key=lambda one: (-(one["low"] or 0), -one["total"], one["key"]))
