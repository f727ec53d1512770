"""Mines all pairs over the thresholds, exactly, blockwise and in bounded memory."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.pairs import MinedPairs, MiningCounts, MiningError, Thresholds, TooManyPairs
from embeddings.mining.plan import quickest_plan
from embeddings.mining.prefix import PrefixPlan, scan_prefix
from embeddings.mining.selection import PairBuffer, PairColumns, Selection, select_greedily
from embeddings.mining.tiles import Candidates, TileDone, scan_tiles
from embeddings.mining.vectors import check_vectors, exact_cosines, rounding_bound
from embeddings.near_duplicates import near_duplicates
from embeddings.progress import Progress


def mine(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    thresholds: Thresholds = Thresholds(),  # noqa: B008  (frozen)
    *,
    limit: int | None = None,
    max_per_image: int | None = None,
    groups: Sequence[str | None] | None = None,
    perceptual_hashes: NDArray[np.uint64] | None = None,
    near_duplicate_distance: int | None = 4,
    block_size: int = 2048,
    max_pairs: int = 20_000_000,
    plan: PrefixPlan | Literal["quickest"] | None = "quickest",
    progress: Progress | None = None,
) -> MinedPairs:
    """All pairs with blind cosine > blind_min and reference cosine < reference_max, ranked by gap.

    The filters run in this order, each counted in `MiningCounts`:

    1. thresholds, decided by the float64 dot of the float32 rows;
    2. near-duplicates, when there are hashes and a distance: pairs with perceptual hashes at most
       that many bits (0 to 64) apart go;
    3. ranking: gap descending, then (first, second) ascending;
    4. best first, a pair goes when the group of either image already feeds a kept pair (None and
       "" are no group), then when either image already has `max_per_image` kept pairs;
    5. `limit` keeps the best of what is left.

    Rows of `blind` (n, d) and `reference` (n, e) are unit float32 vectors of the same images; both
    may be memory maps. `block_size` and `plan` change memory and speed, never the result: a plan is
    how an exact filter in low precision spares most of the work, None compares whole vectors, and
    by default what is quickest here is measured on a sample. `progress` counts
    tiles of block_size x block_size pairs. With a `limit` and neither cap nor groups only the best
    pairs are held, and `max_pairs` does not matter.

    Raises: InvalidVectors, MiningError (an option makes no sense), and TooManyPairs when more than
        `max_pairs` pass the first two filters.
    """
    n_images = len(blind)
    _check_options(limit, max_per_image, near_duplicate_distance, block_size, max_pairs)
    check_vectors(blind, reference, block_size=block_size)
    _check_length("groups", groups, n_images)
    _check_length("perceptual_hashes", perceptual_hashes, n_images)
    only_best = limit is not None and max_per_image is None and groups is None
    buffer = PairBuffer(best=limit if only_best else None)
    plan = quickest_plan(blind, thresholds.blind_min) if plan == "quickest" else plan
    n_over = n_examined = 0
    for found in _scan(blind, reference, thresholds.blind_min, plan, block_size, progress):
        if isinstance(found, Candidates):
            n_examined += len(found.first)
            pairs = _decide(found, blind, reference, thresholds)
            n_over += len(pairs)
            buffer.add(_unlike(pairs, perceptual_hashes, near_duplicate_distance))
        elif not only_best and buffer.n_added > max_pairs:
            raise _too_many(buffer, thresholds, found, max_pairs)
    ranked = buffer.ranked()
    selection = select_greedily(ranked, n_images, max_per_image, groups)
    kept = ranked.take(selection.kept[:limit])
    counts = _count(n_images, n_over, buffer.n_added, selection, len(kept))
    columns = (kept.first, kept.second, kept.blind_cosine, kept.reference_cosine)
    return MinedPairs(*columns, counts, str(plan or "their whole vectors"), n_examined)


def _scan(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    blind_min: float,
    plan: PrefixPlan | None,
    block_size: int,
    progress: Progress | None,
) -> Iterator[Candidates | TileDone]:
    if plan is None:
        return scan_tiles(blind, reference, blind_min, block_size=block_size, progress=progress)
    return scan_prefix(blind, blind_min, plan, block_size=block_size, progress=progress)


def _count(
    n_images: int, n_over: int, n_unlike: int, selection: Selection, n_kept: int
) -> MiningCounts:
    return MiningCounts(
        n_images=n_images,
        n_compared=n_images * (n_images - 1) // 2,
        n_over_thresholds=n_over,
        n_near_duplicates=n_over - n_unlike,
        n_same_group_dropped=selection.n_same_group_dropped,
        n_over_image_cap=selection.n_over_image_cap,
        n_over_limit=n_unlike
        - selection.n_same_group_dropped
        - selection.n_over_image_cap
        - n_kept,
        n_kept=n_kept,
    )


def _decide(
    candidates: Candidates,
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    thresholds: Thresholds,
) -> PairColumns:
    first, second = candidates.first, candidates.second
    if candidates.reference_cosine is not None:
        ceiling = thresholds.reference_max + rounding_bound(reference.shape[1])
        likely = candidates.reference_cosine < ceiling
        first, second = first[likely], second[likely]
    blind_cosine = exact_cosines(blind, first, second)
    over = blind_cosine > thresholds.blind_min
    first, second, blind_cosine = first[over], second[over], blind_cosine[over]
    reference_cosine = exact_cosines(reference, first, second)
    return PairColumns(first, second, blind_cosine, reference_cosine).take(
        reference_cosine < thresholds.reference_max
    )


def _unlike(
    pairs: PairColumns, hashes: NDArray[np.uint64] | None, max_distance: int | None
) -> PairColumns:
    if hashes is None or max_distance is None:
        return pairs
    return pairs.take(~near_duplicates(hashes, pairs.first, pairs.second, max_distance))


def _too_many(
    buffer: PairBuffer, thresholds: Thresholds, done: TileDone, max_pairs: int
) -> TooManyPairs:
    held = buffer.ranked()
    n_estimated = round(len(held) * done.n_pairs / done.n_compared)
    # Half of what fits leaves room for blocks richer than those seen so far.
    share = max_pairs / n_estimated / 2
    blind_min = math.ceil(float(np.quantile(held.blind_cosine, 1 - share)) * 1000) / 1000
    reference_max = math.floor(float(np.quantile(held.reference_cosine, share)) * 1000) / 1000
    tighter = []
    if blind_min < 1:
        tighter.append(Thresholds(blind_min, thresholds.reference_max))
    if reference_max > -1:
        tighter.append(Thresholds(thresholds.blind_min, reference_max))
    return TooManyPairs(
        n_so_far=len(held),
        n_estimated=n_estimated,
        max_pairs=max_pairs,
        thresholds=thresholds,
        tighter=tighter,
    )


def _check_options(
    limit: int | None,
    max_per_image: int | None,
    near_duplicate_distance: int | None,
    block_size: int,
    max_pairs: int,
) -> None:
    for name, value, low, high in (
        ("limit", limit, 1, None),
        ("max_per_image", max_per_image, 1, None),
        ("near_duplicate_distance", near_duplicate_distance, 0, 64),
        ("block_size", block_size, 1, None),
        ("max_pairs", max_pairs, 1, None),
    ):
        if value is not None and (value < low or (high is not None and value > high)):
            span = f"at least {low}" if high is None else f"from {low} to {high}"
            raise MiningError(f"The value is {span}, not {value}.", where=name)


def _check_length(
    name: str, values: Sequence[str | None] | NDArray[np.uint64] | None, n_images: int
) -> None:
    if values is not None and len(values) != n_images:
        raise MiningError(f"There are {len(values):,} for {n_images:,} images.", where=name)
