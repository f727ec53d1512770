"""What an encoder's cosines are worth: accuracy by visual pattern, each with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.statistics import Share, share
from evaluation.vlm.pairs import StatementSet
from evaluation.vlm.rules import RULES, Cosines, Hits, Measure, texts_right


@dataclass(frozen=True, kw_only=True)
class VlmAccuracy:
    """Pair accuracy under the three rules, and single accuracy: texts that pick their image."""

    text_to_image: Share
    image_to_text: Share
    group: Share
    single: Share

    def of(self, measure: Measure) -> Share:
        """The share under one of the rules."""
        found: Share = getattr(self, measure)
        return found


@dataclass(frozen=True, kw_only=True)
class VlmScores:
    """One encoder on one benchmark.

    ``mean_of_patterns`` is the mean over the patterns that have pairs, which the paper calls the
    average; None where no pair has a pattern. It equals ``overall`` if all have as many pairs.
    """

    overall: VlmAccuracy
    by_pattern: Mapping[str, VlmAccuracy] = field(hash=False)
    mean_of_patterns: Mapping[Measure, float | None] = field(hash=False)


def score_cosines(statements: StatementSet, cosines: Cosines) -> VlmScores:
    """The scores of an encoder, grouped by the pattern that each pair names, never by its place.

    Args:
        statements: the benchmark.
        cosines: shape (n pairs, 2 texts, 2 images), in the benchmark's order.
    """
    hits = {measure: rule(cosines) for measure, rule in RULES.items()}
    singles = texts_right(cosines)
    slugs = [pair.pattern for pair in statements.pairs]
    by_pattern = {
        slug: _accuracy(hits, singles, np.array([found == slug for found in slugs], dtype=bool))
        for slug in _patterns(statements, slugs)
    }
    return VlmScores(
        overall=_accuracy(hits, singles, np.ones(len(slugs), dtype=bool)),
        by_pattern=by_pattern,
        mean_of_patterns={measure: _mean(by_pattern, measure) for measure in RULES},
    )


def _patterns(statements: StatementSet, slugs: Sequence[str | None]) -> list[str]:
    used = {slug for slug in slugs if slug is not None}
    known = [slug for slug in statements.patterns if slug in used]
    return [*known, *sorted(used - set(known))]


def _accuracy(hits: Mapping[Measure, Hits], singles: Hits, members: Hits) -> VlmAccuracy:
    n = int(members.sum())
    found = {measure: share(int(rule[members].sum()), n) for measure, rule in hits.items()}
    return VlmAccuracy(**found, single=share(int(singles[members].sum()), 2 * n))


def _mean(by_pattern: Mapping[str, VlmAccuracy], measure: Measure) -> float | None:
    values = [found.of(measure).value for found in by_pattern.values()]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
