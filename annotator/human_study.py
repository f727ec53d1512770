"""How people did, in plain numbers: their accuracy without the key, and how far they agree."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from annotator.studio import Studio
from db.human_study import JudgedAnswer
from db.lifecycle import Decision, Side
from db.opinions import OriginalOpinion, original_opinions
from evaluation.agreement import alpha, overlapping
from evaluation.statistics import Share, share


def both_right(answers: Iterable[JudgedAnswer]) -> Share:
    """Human pair accuracy: how often a person who saw both images of a pair got both right."""
    seen: dict[tuple[str, int], dict[Side, bool]] = defaultdict(dict)
    for one in answers:
        seen[one.by, one.pair_id][one.side] = one.is_right
    whole = [sides for sides in seen.values() if len(sides) == len(Side)]
    return share(sum(all(sides.values()) for sides in whole), len(whole))


@dataclass(frozen=True)
class Alphas:
    """Krippendorff's alphas over the ``n_pairs`` that two people or more decided on.

    None where too few pairs, or only one label, leave nothing to say.
    """

    n_pairs: int
    decision: float | None
    pattern: float | None


def alphas(studio: Studio) -> Alphas:
    """Agreement in three numbers, without intervals."""
    decided, named = decided_and_named(original_opinions(studio.database).found)
    decisions = overlapping(said_by_pair(decided, lambda one: one.decision.value))
    patterns = overlapping(said_by_pair(named, lambda one: one.pattern or ""))
    return Alphas(len(decisions), alpha(decisions).value, alpha(patterns).value)


def decided_and_named(
    found: Iterable[OriginalOpinion],
) -> tuple[list[OriginalOpinion], list[OriginalOpinion]]:
    """Who accepted or rejected a pair, and who named a visual pattern with it."""
    decided = [one for one in found if one.decision is not Decision.skip]
    return decided, [one for one in decided if one.decision is Decision.accept and one.pattern]


def said_by_pair(
    opinions: Iterable[OriginalOpinion], label: Callable[[OriginalOpinion], str]
) -> dict[Hashable, dict[str, str]]:
    """What each person said of each pair, as a label."""
    said: dict[Hashable, dict[str, str]] = {}
    for one in opinions:
        said.setdefault(one.pair_id, {})[one.by] = label(one)
    return said
