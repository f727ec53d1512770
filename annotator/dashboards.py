"""What Progress shows: how far it is, how fast, by whom, and where people disagree."""

import math
from dataclasses import asdict
from typing import Any

from annotator.patterns import workspace_patterns
from annotator.review import encoder_label
from annotator.studio import Studio
from annotator.workload import pace, people, today, trouble
from db.lifecycle import DONE_STATES, OPEN_STATES, PairState
from db.policy import Policy, get_policy
from db.progress import progress
from db.trouble import list_troubled
from db.views import Progress
from db.work import list_work
from evaluation.forecast import forecast
from evaluation.patterns import PatternSet, load_patterns

# The order of the work, which is also that of the stacked bar.
_STATES = (
    PairState.final,
    PairState.complete,
    PairState.contested,
    PairState.accepted,
    PairState.partial,
    PairState.disputed,
    PairState.rejected,
    PairState.skipped,
    PairState.unreviewed,
)
_OF_MANY = (PairState.partial, PairState.disputed, PairState.final, PairState.contested)


def summary(found: Progress, policy: Policy, in_use: PatternSet | None = None) -> dict[str, Any]:
    """The board as JSON values, with the forecast; patterns `in_use` are the nine unless given."""
    in_use = in_use or load_patterns()
    run = found.current_run
    # states that only come with several people to a pair are left out where there are none
    states = [state for state in _STATES if found.by_state[state] or state not in _OF_MANY]
    return {
        "target": found.target_pairs,
        "complete": _n_complete(found),
        "waiting": found.by_state[PairState.accepted],
        "open": sum(found.by_state[state] for state in OPEN_STATES),
        "n_pairs": found.n_pairs,
        "n_images": found.n_images,
        "states": [{"state": state.value, "n": found.by_state[state]} for state in states],
        "overlap": policy.overlap,
        "even": math.ceil(found.target_pairs / len(in_use)),
        "patterns": [
            {
                "slug": one.slug,
                "name": one.name,
                "n": found.by_pattern.get(one.slug, 0),
                "quota": policy.target(one.slug) if one.slug in in_use else None,
            }
            for one in in_use.with_used(found.by_pattern)
        ],
        "run": run
        and {
            "blind": encoder_label(run.blind_encoder),
            "reference": encoder_label(run.reference_encoder),
            "blind_min": run.blind_min,
            "reference_max": run.reference_max,
        },
        "forecast": _forecast(found),
    }


def _n_complete(found: Progress) -> int:
    return sum(found.by_state[state] for state in DONE_STATES)


def _forecast(found: Progress) -> dict[str, Any]:
    """Besides the days: how many more pairs the queue would complete if it goes on as so far."""
    completed = {day: n for day, _, n in found.per_day}
    n_done = _n_complete(found)
    values = asdict(
        forecast(completed, today=today(), n_missing=max(0, found.target_pairs - n_done))
    )
    for name in ("day", "earliest", "latest"):
        values[name] = values[name] and values[name].isoformat()
    n_decided = sum(n for _, n, _ in found.per_day)
    n_open = sum(found.by_state[state] for state in OPEN_STATES)
    waiting = found.by_state[PairState.accepted]
    in_queue = waiting + n_open * (n_done + waiting) // n_decided if n_decided else None
    return {**values, "in_queue": in_queue}


def dashboard(studio: Studio, *, only: str | None = None) -> dict[str, Any]:
    """The board's values and all below it, as JSON values.

    Args:
        only: whose own figures are in it; None for everybody's. Counts of pairs are everybody's.
    """
    found = progress(studio.database, target_pairs=studio.settings.target_pairs)
    work = list_work(studio.database)
    names, patterns = sorted({one.by for one in work}), workspace_patterns(studio)
    return {
        **summary(found, get_policy(studio.database), patterns),
        "per_day": [
            {"day": day.isoformat(), "decided": decided, "completed": completed}
            for day, decided, completed in found.per_day
        ],
        "pace": pace(found.per_day, work),
        "people": people(work, [name for name in names if only in (None, name)]),
        "n_people": len(names),
        "trouble": trouble(list_troubled(studio.database), patterns),
    }
