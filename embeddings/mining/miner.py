"""Mines all pairs over the thresholds, exactly, blockwise and in bounded memory.

The filters run in this order, each counted in `MiningCounts`:

1. thresholds, decided by the float64 dot of the float32 rows;
2. near-duplicates, when there are hashes and a distance: pairs with perceptual hashes at most that
   many bits (0 to 64) apart go;
3. ranking: gap descending, then (first, second) ascending;
4. best first, a pair goes when the group of either image already feeds a kept pair (None and "" are
   no group), then when either image already has `max_per_image` kept pairs;
5. `limit`: nothing is kept after that many.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.blocks import BlockDone, Candidates, Walk
from embeddings.mining.deciding import Decider
from embeddings.mining.journal import Journal
from embeddings.mining.memory import most_pairs
from embeddings.mining.pairs import MinedPairs, MiningCounts, MiningError, Thresholds
from embeddings.mining.plan import ChosenPlan, PrefixPlan, choose_plan
from embeddings.mining.running import Filters, Run
from embeddings.mining.selection import PairBuffer, Selection, select_greedily
from embeddings.mining.tiles import scan_tiles
from embeddings.mining.too_many import too_many_pairs
from embeddings.mining.vectors import check_vectors
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
    block_size: int | None = None,
    memory: int | None = None,
    max_pairs: int | None = None,
    plan: PrefixPlan | Literal["quickest"] | None = "quickest",
    journal: Journal | None = None,
    progress: Progress | None = None,
) -> MinedPairs:
    """All pairs with blind cosine > blind_min and reference cosine < reference_max, ranked by gap.

    Rows of `blind` (n, d) and `reference` (n, e) are unit float32 vectors of the same images; both
    may be memory maps. `block_size`, `memory` and `plan` change memory and speed, never the result;
    a plan of None compares whole vectors. At most `memory` bytes (a quarter of the machine's) are
    used beside the vectors: they say how many pairs can be held, unless `max_pairs` does. With a
    `limit` only the best of them are held. `progress` counts pairs.

    Raises: InvalidVectors, MiningError (an option makes no sense, too little memory), and
        TooManyPairs when more pass the first two filters than can be held.
    """
    n_images = len(blind)
    _check_options(limit, max_per_image, near_duplicate_distance, block_size, max_pairs)
    _check_length("groups", groups, n_images)
    _check_length("perceptual_hashes", perceptual_hashes, n_images)
    chosen = choose_plan(blind, thresholds.blind_min, plan)
    decider = Decider(blind, reference, thresholds, chosen.device)
    block_size = block_size or chosen.block_size
    check_vectors(blind, reference, block_size=block_size, on_device=decider.on_device)
    max_pairs = max_pairs or most_pairs(memory, n_images, chosen.plan, block_size)
    best = _best(limit, max_pairs, picks=max_per_image is not None or groups is not None)
    run = Run(Filters(perceptual_hashes, near_duplicate_distance), PairBuffer(best), journal)
    walk = run.start(n_images, block_size, thresholds, f"{limit} {max_per_image} {groups}")
    scanned = _scan(decider, chosen, walk, run.order)
    _collect(scanned, run, decider, max_pairs, limit, progress)
    ranked = run.buffer.ranked()
    selection = select_greedily(ranked, n_images, max_per_image, groups, limit)
    if run.buffer.floor is not None and limit is not None and len(selection.kept) < limit:
        done = walk.done(walk.n_blocks - 1)
        raise too_many_pairs(run, decider, done, max_pairs, limit)
    run.finished()
    kept = ranked.take(selection.kept)
    counts = _count(n_images, run.n_over, run.buffer.n_added, selection)
    columns = (kept.first, kept.second, kept.blind_cosine, kept.reference_cosine)
    return MinedPairs(*columns, counts, str(chosen), run.n_examined, run.n_known)


def _collect(
    scanned: Iterator[Candidates | BlockDone],
    run: Run,
    decider: Decider,
    max_pairs: int,
    limit: int | None,
    progress: Progress | None,
) -> None:
    try:
        for found in scanned:
            if isinstance(found, Candidates):
                run.found(decider, found)
                so_far = found.so_far
            else:
                run.reached(found)
                so_far = found
                if progress is not None:
                    progress(so_far.n_compared, so_far.n_pairs)
            if run.buffer.best is None and run.buffer.n_held > max_pairs:
                raise too_many_pairs(run, decider, so_far, max_pairs, limit)
    finally:
        run.stopped()


def _best(limit: int | None, max_pairs: int, *, picks: bool) -> int | None:
    """How many of the best are held, if not all: with a rule among them, more than the limit."""
    room = max(1, max_pairs // 2)
    if limit is None or (limit > room and not picks):
        return None
    return room if picks else limit


def _scan(
    decider: Decider, chosen: ChosenPlan, walk: Walk, order: NDArray[np.int64] | None
) -> Iterator[Candidates | BlockDone]:
    if chosen.plan is None or chosen.basis is None:
        thresholds = decider.thresholds
        return scan_tiles(decider.blind, decider.reference, thresholds.blind_min, walk, order)
    from embeddings.mining.prefix import PrefixFeatures, scan_prefix  # noqa: PLC0415 - torch

    rows = decider.blind if decider.on_device is None else decider.on_device[0]
    blind_min = decider.thresholds.blind_min
    return scan_prefix(PrefixFeatures(rows, blind_min, chosen.basis, chosen.plan, order), walk)


def _count(n_images: int, n_over: int, n_unlike: int, selection: Selection) -> MiningCounts:
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
        - len(selection.kept),
        n_kept=len(selection.kept),
    )


def _check_options(
    limit: int | None,
    max_per_image: int | None,
    near_duplicate_distance: int | None,
    block_size: int | None,
    max_pairs: int | None,
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
