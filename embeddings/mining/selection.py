"""Ranks mined pairs and picks among them: one pair per group, a cap per image, a limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 16  # pairs turned into Python numbers at a time
_ALWAYS_HELD = 1 << 16  # fewer are not worth ranking


@dataclass(frozen=True)
class PairColumns:
    """Pairs as four arrays of one length."""

    first: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    second: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    blind_cosine: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    reference_cosine: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.first)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "PairColumns":
        """Those of the pairs that an index array, a mask or a slice names."""
        return PairColumns(
            self.first[which],
            self.second[which],
            self.blind_cosine[which],
            self.reference_cosine[which],
        )

    @property
    def gap(self) -> NDArray[np.float64]:
        """Blind minus reference cosine of each pair."""
        return self.blind_cosine - self.reference_cosine

    def ranked(self) -> "PairColumns":
        """By gap descending, then by (first, second) ascending."""
        return self.take(np.lexsort((self.second, self.first, -self.gap)))


def concatenate(parts: Sequence[PairColumns]) -> PairColumns:
    """All pairs of the parts, in order."""
    if not parts:
        return PairColumns()
    return PairColumns(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.blind_cosine for part in parts]),
        np.concatenate([part.reference_cosine for part in parts]),
    )


class PairBuffer:
    """Collects pairs; with `best` it holds no more than a few times that many of the best ranked.

    Attributes:
        best: how many are asked for; None for all.
        n_added: pairs that were added, held or not.
        n_held: those of them that are held.
        floor: the pair, alone, after which those in rank were let go; None while all are held.
    """

    def __init__(self, best: int | None = None) -> None:
        self.best = best
        self._parts: list[PairColumns] = []
        self.n_held = self.n_added = 0
        self.floor: PairColumns | None = None

    def add(self, pairs: PairColumns) -> None:
        """Add pairs; those that cannot be among the best are let go at once."""
        self.n_added += len(pairs)
        pairs = self.worth(pairs)
        self._parts.append(pairs)
        self.n_held += len(pairs)
        if self.best is not None and self.n_held > max(2 * self.best, _ALWAYS_HELD):
            self.ranked()

    def worth(self, pairs: PairColumns) -> PairColumns:
        """Those that may be among the best, the floor itself too."""
        if self.floor is None:
            return pairs
        gap, least = pairs.gap, self.floor.gap
        before = (pairs.first < self.floor.first) | (
            (pairs.first == self.floor.first) & (pairs.second <= self.floor.second)
        )
        return pairs.take((gap > least) | ((gap == least) & before))

    def ranked(self) -> PairColumns:
        """What is held, in rank order, cut to `best`; still held as one part."""
        pairs = concatenate(self._parts).ranked()
        if self.best is not None and len(pairs) > self.best:
            pairs = pairs.take(slice(self.best))
            self.floor = pairs.take(slice(self.best - 1, None))
        self._parts, self.n_held = [pairs], len(pairs)
        return pairs


@dataclass(frozen=True)
class Selection:
    """Which ranked pairs stay, and why others before the last of them went."""

    kept: NDArray[np.int64]
    n_same_group_dropped: int
    n_over_image_cap: int


def select_greedily(
    pairs: PairColumns,
    n_images: int,
    max_per_image: int | None,
    groups: Sequence[str | None] | None,
    limit: int | None,
) -> Selection:
    """Go through ranked pairs, best first, and keep each that breaks neither rule, up to `limit`.

    Group rule first: a pair goes when the group of either image already fed a kept pair; an image
    without a group (None or "") is never held back by it. Then the cap: a pair goes when either
    image already has `max_per_image` kept pairs. A dropped pair uses up nothing.
    """
    if max_per_image is None and groups is None:
        return Selection(np.arange(len(pairs))[:limit], 0, 0)
    group_of = [None] * n_images if groups is None else [group or None for group in groups]
    room = [len(pairs) if max_per_image is None else max_per_image] * n_images
    used: set[str] = set()
    kept: list[int] = []
    n_grouped = n_capped = 0
    for position, (i, j) in enumerate(_both(pairs)):
        if len(kept) == limit:
            break
        if group_of[i] in used or group_of[j] in used:
            n_grouped += 1
        elif room[i] == 0 or room[j] == 0:
            n_capped += 1
        else:
            kept.append(position)
            room[i] -= 1
            room[j] -= 1
            used.update(group for group in (group_of[i], group_of[j]) if group is not None)
    return Selection(np.array(kept, dtype=np.int64), n_grouped, n_capped)


def _both(pairs: PairColumns) -> Iterator[tuple[int, int]]:
    for start in range(0, len(pairs), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        yield from zip(pairs.first[chunk].tolist(), pairs.second[chunk].tolist(), strict=True)
