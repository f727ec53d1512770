"""One run of the miner: what it found so far, and its place in the journal."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.blocks import BlockDone, Candidates, Walk, as_array
from embeddings.mining.deciding import Decider
from embeddings.mining.journal import Earlier, Journal, JournalState
from embeddings.mining.pairs import Thresholds
from embeddings.mining.selection import PairBuffer, PairColumns, concatenate
from embeddings.near_duplicates import near_duplicates


@dataclass(frozen=True)
class Filters:
    """What a pair over the thresholds must pass as well."""

    perceptual_hashes: NDArray[np.uint64] | None
    near_duplicate_distance: int | None

    def unlike(self, pairs: PairColumns) -> PairColumns:
        """Those of the pairs that are not the same picture twice."""
        hashes, most = self.perceptual_hashes, self.near_duplicate_distance
        if hashes is None or most is None:
            return pairs
        return pairs.take(~near_duplicates(hashes, pairs.first, pairs.second, most))

    def digest(self) -> str:
        """Changes when another pair may pass."""
        hashes = b"" if self.perceptual_hashes is None else self.perceptual_hashes.tobytes()
        return hashlib.sha256(hashes + repr(self.near_duplicate_distance).encode()).hexdigest()


class Run:
    """Takes candidates in and keeps the pairs; writes down what is done."""

    def __init__(self, filters: Filters, buffer: PairBuffer, journal: Journal | None) -> None:
        """Nothing is found yet."""
        self.filters, self.buffer, self._journal = filters, buffer, journal
        self.order: NDArray[np.int64] | None = None
        self.n_over = self.n_examined = self.n_known = 0
        self._state: JournalState | None = None
        self._of_block: list[PairColumns] = []

    def start(self, n_images: int, block_size: int, thresholds: Thresholds, choice: str) -> Walk:
        """Where to begin: at the beginning, where an interrupted run was, or at the new images."""
        if self._journal is None:
            return Walk(n_images, block_size)
        scan = f" {thresholds} {block_size}"
        choice = hashlib.sha256(f"{choice} {self.filters.digest()}".encode()).hexdigest()
        resumed = self._journal.resume(scan, choice)
        if resumed is not None:
            self._state, pairs, earlier = resumed
            self._take(pairs)
            if self._state.dropped:  # then the files lack pairs that were counted
                self.n_over, self.buffer.n_added = self._state.n_over, self._state.n_unlike
            self.n_examined = self._state.n_examined
        else:
            earlier = self._journal.earlier(thresholds) or Earlier(
                np.arange(n_images), 0, PairColumns()
            )
            self._state = self._journal.begin(scan, choice, thresholds, earlier)
            self._take(earlier.pairs)
        self.n_known = earlier.n_known
        if earlier.n_known:
            self.order = earlier.order
        return Walk(n_images, block_size, earlier.n_known, self._state.next_block)

    def found(self, decider: Decider, candidates: Candidates) -> None:
        """Decide candidates and keep those that pass."""
        self.n_examined += len(candidates.first)
        pairs, floor = decider.over(self._as_rows(candidates)), self.buffer.floor
        self._take(pairs)
        if self._journal is None:
            return
        self._of_block.append(self.buffer.worth(pairs))
        if self.buffer.floor is not floor:
            self._of_block = [self.buffer.worth(concatenate(self._of_block))]

    def reached(self, done: BlockDone) -> None:
        """A block is done, and so are those before it."""
        if self._journal is None or self._state is None:
            return
        self._journal.add(concatenate(self._of_block))
        self._of_block = []
        self._state = replace(
            self._state,
            next_block=done.next_block,
            n_over=self.n_over,
            n_unlike=self.buffer.n_added,
            n_examined=self.n_examined,
            dropped=self._state.dropped or self.buffer.floor is not None,
        )
        self._journal.reached(self._state)

    def stopped(self) -> None:
        """Write down what is done; the next run goes on there."""
        if self._journal is not None and self._state is not None:
            self._journal.reached(self._state, at_once=True)

    def finished(self) -> None:
        """All pairs were compared."""
        if self._journal is not None and self._state is not None:
            self._journal.finish(self._state)

    def _take(self, pairs: PairColumns) -> None:
        self.n_over += len(pairs)
        self.buffer.add(self.filters.unlike(pairs))

    def _as_rows(self, candidates: Candidates) -> Candidates:
        """Positions of the walk as rows, the smaller one first."""
        if self.order is None:
            return candidates
        first, second = (
            self.order[as_array(part)] for part in (candidates.first, candidates.second)
        )
        return replace(
            candidates, first=np.minimum(first, second), second=np.maximum(first, second)
        )
