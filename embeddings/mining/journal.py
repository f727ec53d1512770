"""What a mining run has found, on disk: an interrupted run goes on, a later one starts there.

Everything is written beside its place and renamed, and counts only once `state.json` names it.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.pairs import Thresholds
from embeddings.mining.selection import PairColumns, concatenate

_STATE = "state.json"
_KEYS = "images.npy"
_PAIR = np.dtype([("first", "<u4"), ("second", "<u4"), ("blind", "<f8"), ("reference", "<f8")])
_SECONDS_BETWEEN = 2.0  # what a kill costs at most, beside the block in hand
_VERSION = 1


@dataclass(frozen=True)
class JournalState:
    """How far a run is.

    Attributes:
        scan: what the pairs depend on: encoders, thresholds, size of the blocks.
        choice: what else a run depends on that let pairs go that cannot be among the best.
        next_block: blocks before it are done.
        n_over: pairs over the thresholds so far.
        n_unlike: those of them that are no near-duplicates.
        n_examined: pairs whose cosines were computed in float64.
        n_parts: files of pairs.
        dropped: pairs were let go, so that the files lack some.
        complete: all blocks are done.
    """

    scan: str
    choice: str
    blind_min: float
    reference_max: float
    n_known: int = 0
    next_block: int = 0
    n_over: int = 0
    n_unlike: int = 0
    n_examined: int = 0
    n_parts: int = 0
    dropped: bool = False
    complete: bool = False
    version: int = _VERSION


@dataclass(frozen=True)
class Earlier:
    """A complete run's pairs among the images of now, as rows of now.

    Attributes:
        order: (n,) rows of now, those that the earlier run compared first.
        n_known: how many of them it compared with each other.
    """

    order: NDArray[np.int64]
    n_known: int
    pairs: PairColumns


class Journal:
    """One folder for the runs of one pair of encoders; at most one process writes at a time."""

    def __init__(self, folder: Path, images: Sequence[str], encoders: str) -> None:
        """`images` are SHA-256 hex digests, one a row; `encoders` names both encoders' weights."""
        self._complete, self._running = folder / "complete", folder / "running"
        self._images = np.array([np.frombuffer(bytes.fromhex(key), np.uint8) for key in images])
        self._images = self._images.reshape(-1, 32)
        self._encoders = encoders
        self.state: JournalState | None = None
        self._unwritten: list[PairColumns] = []
        self._written_at = time.monotonic()

    def resume(self, scan: str, choice: str) -> tuple[JournalState, PairColumns, Earlier] | None:
        """An interrupted run with the same images, encoders, thresholds and blocks, if there is."""
        state = _read(self._running)
        if state is None or state.scan != self._encoders + scan:
            return None
        if state.dropped and state.choice != choice:
            return None
        if not np.array_equal(np.load(self._running / _KEYS), self._images):
            return None
        order = np.load(self._running / "order.npy")
        self.state = state
        return state, _pairs(self._running, state), Earlier(order, state.n_known, PairColumns())

    def earlier(self, thresholds: Thresholds) -> Earlier | None:
        """What the last complete run says, if its thresholds were no stricter."""
        state = _read(self._complete)
        if state is None or state.dropped or not state.scan.startswith(self._encoders):
            return None
        if state.blind_min > thresholds.blind_min or state.reference_max < thresholds.reference_max:
            return None
        before = np.load(self._complete / _KEYS)
        row_of = {key.tobytes(): row for row, key in enumerate(self._images)}
        rows = np.array([row_of.get(key.tobytes(), -1) for key in before], dtype=np.int64)
        known = np.sort(rows[rows >= 0])
        is_known = np.zeros(len(self._images), dtype=bool)
        is_known[known] = True
        order = np.concatenate([known, np.flatnonzero(~is_known)])
        pairs = _pairs(self._complete, state)
        first, second = rows[pairs.first], rows[pairs.second]
        pairs = PairColumns(
            np.minimum(first, second),
            np.maximum(first, second),
            pairs.blind_cosine,
            pairs.reference_cosine,
        ).take(
            (first >= 0)
            & (second >= 0)
            & (pairs.blind_cosine > thresholds.blind_min)
            & (pairs.reference_cosine < thresholds.reference_max)
        )
        return Earlier(order, len(known), pairs)

    def begin(
        self, scan: str, choice: str, thresholds: Thresholds, earlier: Earlier
    ) -> JournalState:
        """Start a run, with what an earlier one found in its first file."""
        shutil.rmtree(self._running, ignore_errors=True)
        self._running.mkdir(parents=True)
        np.save(self._running / _KEYS, self._images)
        np.save(self._running / "order.npy", earlier.order)
        self.state = JournalState(
            self._encoders + scan,
            choice,
            thresholds.blind_min,
            thresholds.reference_max,
            n_known=earlier.n_known,
        )
        self.add(earlier.pairs)
        return self.state

    def add(self, pairs: PairColumns) -> None:
        """Found since; written with the next `reached`."""
        if len(pairs):
            self._unwritten.append(pairs)

    def reached(self, state: JournalState, *, at_once: bool = False) -> None:
        """All pairs of the blocks before `state.next_block` were added; write that now and then."""
        if not at_once and time.monotonic() - self._written_at < _SECONDS_BETWEEN:
            self.state = replace(state, n_parts=self.state.n_parts if self.state else 0)
            return
        n_parts = self.state.n_parts if self.state else 0
        if self._unwritten:
            _write_pairs(self._running / f"pairs-{n_parts:06d}.npy", concatenate(self._unwritten))
            self._unwritten, n_parts = [], n_parts + 1
        self.state = replace(state, n_parts=n_parts)
        _write_atomically(self._running / _STATE, json.dumps(asdict(self.state)).encode())
        self._written_at = time.monotonic()

    def finish(self, state: JournalState) -> None:
        """The run is complete and takes the place of the one before."""
        self.reached(replace(state, complete=True), at_once=True)
        shutil.rmtree(self._complete, ignore_errors=True)
        Path(self._running).replace(self._complete)


def _read(folder: Path) -> JournalState | None:
    try:
        state = JournalState(**json.loads((folder / _STATE).read_bytes()))
    except (OSError, ValueError, TypeError):  # none, or of another version: mined anew
        return None
    return state if state.version == _VERSION else None


def _pairs(folder: Path, state: JournalState) -> PairColumns:
    parts = [np.load(folder / f"pairs-{number:06d}.npy") for number in range(state.n_parts)]
    return concatenate(
        [
            PairColumns(
                part["first"].astype(np.int64),
                part["second"].astype(np.int64),
                part["blind"].astype(np.float64),
                part["reference"].astype(np.float64),
            )
            for part in parts
        ]
    )


def _write_pairs(path: Path, pairs: PairColumns) -> None:
    rows = np.empty(len(pairs), dtype=_PAIR)
    rows["first"], rows["second"] = pairs.first, pairs.second
    rows["blind"], rows["reference"] = pairs.blind_cosine, pairs.reference_cosine
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.save(file, rows)
    Path(temporary).replace(path)


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(content)
    Path(temporary).replace(path)
