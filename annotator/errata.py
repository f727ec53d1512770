"""What the Problems page shows: open reports by question, and what came of the others."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from annotator.patterns import workspace_patterns
from annotator.review import picture
from annotator.studio import Studio
from annotator.wording import word_diff
from db.lifecycle import ADJUDICABLE_STATES
from db.pairs import get_card
from db.problem_reports import Report, Resolution, open_reports, question_json, resolutions

_MOST_RESOLVED = 100
_WORDS = ("question", "option_a", "option_b")


def problems(studio: Studio, message: str = "") -> dict[str, Any]:
    """The pairs with open reports, those that waited longest first, as JSON values."""
    waiting = sorted(open_reports(studio.database), key=lambda one: (one.pair_id, one.id))
    pairs = [
        _pair(studio, pair_id, list(reports))
        for pair_id, reports in groupby(waiting, key=lambda one: one.pair_id)
    ]
    pairs.sort(key=lambda pair: pair["reports"][0]["id"])
    return {
        "n_open": len(waiting),
        "pairs": pairs,
        "resolved": [_resolution(one) for one in resolutions(studio.database)[:_MOST_RESOLVED]],
        "patterns": [
            {"slug": one.slug, "name": one.name}
            for one in workspace_patterns(studio).with_used(
                {pair["question"].get("pattern", "") for pair in pairs}
            )
        ],
        "message": message,
    }


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    """What a new version of a question changes: its words marked, and whether the key is other."""
    return {
        "diff": {name: word_diff(before.get(name, ""), after.get(name, "")) for name in _WORDS},
        "other_key": before.get("answer_first") != after.get("answer_first"),
        "other_pattern": before.get("pattern") != after.get("pattern"),
    }


def _pair(studio: Studio, pair_id: int, reports: list[Report]) -> dict[str, Any]:
    card = get_card(studio.database, pair_id)
    question = card.annotation.question if card and card.annotation else None
    words = question_json(question) if question else {}
    return {
        "pair_id": pair_id,
        "version": card.version if card else 0,
        "state": card.state.value if card else "",
        "can_fix": bool(card and question and card.state in ADJUDICABLE_STATES),
        "first": card and picture(card.first),
        "second": card and picture(card.second),
        "question": words,
        "reports": [
            {**_report(one), "was_other": bool(words) and dict(one.question) != words}
            for one in reports
        ],
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "id": report.id,
        "pair_id": report.pair_id,
        "by": report.by,
        "kind": report.kind.value,
        "words": report.words,
        "seen_on": report.seen_on,
        "side": report.side.value if report.side else None,
        "question": report.question["question"],
        "at": report.at.isoformat(),
    }


def _resolution(one: Resolution) -> dict[str, Any]:
    return {
        **_report(one.report),
        "resolved_by": one.by,
        "resolved_at": one.at.isoformat(),
        "outcome": one.outcome.value,
        "reason": one.reason,
        "changes": changes(one.before, one.after) if one.after else None,
        "after": dict(one.after) or None,
    }
