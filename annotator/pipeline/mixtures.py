"""Mixtures of Features over a workspace: which blind pairs a mixture of both encoders resolves."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles
from annotator.studio import Studio
from db.pairs import newest_run, pair_links
from db.views import PairLink
from embeddings.mining import Thresholds
from embeddings.mixing import PAPER_SHARES, Mixing, PairTerms, fit_rotation, pair_terms
from embeddings.resolved import (
    Background,
    Limits,
    background_pairs,
    fixed_limits,
    rank_of,
    ranked_limits,
    resolved_by_share,
)
from evaluation.statistics import share

Vectors = NDArray[np.float32]

GRID: Final = tuple(k / 100 for k in range(101))
CRITERIA: Final = ("ranked", "fixed")


@dataclass(frozen=True)
class MixedPairs:
    """The candidate pairs of two encoders, with what their mixed cosines depend on.

    Attributes:
        links: pairs both of whose images have vectors, in the order of ``terms``.
        n_left_out: pairs of which an image has none, for example because its file is gone.
        blind_min: the threshold of the newest mining run of the two encoders, else the paper's.
    """

    roles: EncoderRoles
    links: Sequence[PairLink]
    terms: PairTerms
    background: Background
    n_images: int
    n_left_out: int
    blind_min: float

    @cached_property
    def by_pattern(self) -> dict[str, NDArray[np.int64]]:
        """Positions of the pairs that have a visual pattern, by its slug."""
        found: dict[str, list[int]] = defaultdict(list)
        for position, link in enumerate(self.links):
            if link.pattern:
                found[link.pattern].append(position)
        return {slug: np.array(found[slug]) for slug in sorted(found)}


@dataclass(frozen=True)
class Resolving:
    """When a pair counts as resolved.

    Attributes:
        blind_min: mixed cosine that a pair must not exceed (`fixed`); None for the run's own.
        most_alike: share of any two images among which a resolved pair is not (`ranked`); None for
            as many as exceed ``blind_min`` in the blind space.
    """

    blind_min: float | None = None
    most_alike: float | None = None


@dataclass(frozen=True)
class ResolvedShare:
    """How many of some pairs are resolved at one reference share, with a 95 % Wilson interval.

    Attributes:
        alpha: the paper's, the blind encoder's share: 1 - reference_share.
        limit: mixed cosine that a resolved pair does not exceed; None where none can be resolved.
        pattern: slug; empty for all pairs.
    """

    mixing: str
    criterion: str
    reference_share: float
    alpha: float
    limit: float | None
    pattern: str
    n_resolved: int
    n_pairs: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SimilarityReport:
    """The share of blind pairs resolved by reference share.

    Attributes:
        n_above: background pairs over the blind threshold, by which `ranked` has its limits.
        n_background: pairs of any two images that were looked at, of ``n_any_pairs``.
        table: at the shares that were asked for, all pairs and each pattern.
        curves: all pairs, and each pattern, at every hundredth.
    """

    blind_encoder: str
    reference_encoder: str
    n_images: int
    n_pairs: int
    n_left_out: int
    blind_min: float
    n_above: int
    n_background: int
    n_any_pairs: int
    table: list[ResolvedShare]
    curves: list[ResolvedShare]


def mixed_pairs(
    studio: Studio,
    roles: EncoderRoles,
    image_ids: Sequence[int],
    blind: Vectors,
    reference: Vectors,
    *,
    links: Sequence[PairLink] | None = None,
) -> MixedPairs:
    """Fits the rotation on all images and works out what each pair's mixtures depend on.

    Args:
        image_ids: of each row of the two matrices.
        links: the candidate pairs; None to look them up.

    Raises:
        AppError: there are no candidate pairs of these two encoders.
    """
    row = {int(image_id): k for k, image_id in enumerate(image_ids)}
    found = links
    if found is None:
        found = pair_links(studio.database, (roles.blind, roles.reference))
    links = [one for one in found if one.first_image_id in row and one.second_image_id in row]
    if not links:
        raise AppError(
            "these two encoders have no candidate pairs whose images have vectors.",
            where=f"{roles.blind} and {roles.reference}",
            hint="Run `mmvp mine` first.",
        )
    first, second = (
        np.array([row[getattr(link, name)] for link in links], dtype=np.int64)
        for name in ("first_image_id", "second_image_id")
    )
    rotation = fit_rotation(blind, reference)
    any_two = background_pairs(len(blind))
    terms, background = pair_terms(blind, reference, rotation, [(first, second), any_two])
    run = newest_run(studio.database, roles.blind, roles.reference)
    return MixedPairs(
        roles=roles,
        links=links,
        terms=terms,
        background=Background(background, len(blind) * (len(blind) - 1) // 2),
        n_images=len(blind),
        n_left_out=len(found) - len(links),
        blind_min=run.blind_min if run else Thresholds.blind_min,
    )


def limits_of(
    pairs: MixedPairs, mixing: Mixing, criterion: str, shares: Sequence[float], how: Resolving
) -> Limits:
    """The highest mixed cosine of a resolved pair at each share."""
    threshold = pairs.blind_min if how.blind_min is None else how.blind_min
    if criterion == "fixed":
        return fixed_limits(threshold, shares)
    return ranked_limits(pairs.background, mixing, shares, n_above_of(pairs, how))


def n_above_of(pairs: MixedPairs, how: Resolving) -> int:
    """How many of the background pairs lie above a ranked limit."""
    if how.most_alike is not None:
        return round(how.most_alike * len(pairs.background.terms))
    return rank_of(pairs.background, pairs.blind_min if how.blind_min is None else how.blind_min)


def similarity(
    pairs: MixedPairs, shares: Sequence[float] = PAPER_SHARES, how: Resolving | None = None
) -> SimilarityReport:
    """Counts the resolved pairs at the asked shares and at every hundredth."""
    how = how or Resolving()
    asked = set(shares)
    every = sorted(asked | set(GRID))
    found = [
        one
        for mixing in Mixing
        for criterion in CRITERIA
        for one in _resolved(pairs, mixing, criterion, every, how)
    ]
    return SimilarityReport(
        blind_encoder=pairs.roles.blind,
        reference_encoder=pairs.roles.reference,
        n_images=pairs.n_images,
        n_pairs=len(pairs.links),
        n_left_out=pairs.n_left_out,
        blind_min=pairs.blind_min if how.blind_min is None else how.blind_min,
        n_above=n_above_of(pairs, how),
        n_background=len(pairs.background.terms),
        n_any_pairs=pairs.background.n_pairs,
        table=[one for one in found if one.reference_share in asked],
        curves=[one for one in found if one.reference_share in GRID],
    )


def table_rows(report: SimilarityReport) -> list[Mapping[str, Any]]:
    """The table as rows of plain values, for a spreadsheet."""
    return [asdict(one) for one in report.table]


def _resolved(
    pairs: MixedPairs, mixing: Mixing, criterion: str, shares: Sequence[float], how: Resolving
) -> Iterator[ResolvedShare]:
    limits = limits_of(pairs, mixing, criterion, shares, how)
    every = resolved_by_share(pairs.terms, mixing, shares, limits)
    for at, limit, resolved in zip(shares, limits.by_share, every, strict=True):
        groups = {"": resolved} | {
            slug: resolved[positions] for slug, positions in pairs.by_pattern.items()
        }
        for slug, some in groups.items():
            counted = share(int(some.sum()), len(some))
            yield ResolvedShare(
                mixing=mixing.value,
                criterion=criterion,
                reference_share=at,
                alpha=round(1 - at, 6),
                limit=float(limit) if np.isfinite(limit) else None,
                pattern=slug,
                n_resolved=counted.n,
                n_pairs=counted.total,
                share=counted.value,
                low=counted.low,
                high=counted.high,
            )
