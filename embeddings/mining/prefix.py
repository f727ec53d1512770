"""An exact filter: one short product in low precision bounds every pair's cosine from above.

With z = x - c for any centre c, an orthonormal basis V of a few directions and q = |z - VV'z|,

    x.y = (|x|^2 - |z_x|^2)/2 + (|y|^2 - |z_y|^2)/2 + z_x.z_y,
    z_x.z_y <= V'z_x . V'z_y + q_x q_y                            (Cauchy-Schwarz)

so f_x.g_y >= x.y - blind_min for the features f = [V'z, q, b, 1] and g = [V'z, q, 1, b], where b is
the row's own share of the rest. What rounding can take away is measured and added to b: a pair
whose product is negative is under the threshold for certain. docs/performance.md has the proof.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.mining.ahead import Pairs, ScannedAhead, one_part_a_core
from embeddings.mining.blocks import BlockDone, Candidates, Walk
from embeddings.mining.kernels import fused_search
from embeddings.mining.plan import PrefixPlan

if TYPE_CHECKING:
    from embeddings.mining.fused import FusedSearch

_SAMPLE = 4096
_ROWS_AT_ONCE = {"cuda": 1 << 16}  # elsewhere what stays in the cache
_TINY = 1e-12  # more than the float64 arithmetic here can be off
# A processor's tile is a block squared and stays in its cache.
_COLUMNS_AT_ONCE = {"cuda": 1 << 17}
_STRIP = 16  # rows of a product whose greatest entry is looked at first
_INTEGERS = {torch.float32: torch.int32, torch.float16: torch.int16, torch.bfloat16: torch.int16}


@dataclass(frozen=True)
class Basis:
    """A centre (d,) and orthonormal directions (d, k), float64; any would be exact."""

    centre: NDArray[np.float64]
    directions: NDArray[np.float64]


class PrefixFeatures:
    """The features of rows, in a given order, on the plan's device."""

    def __init__(
        self,
        vectors: NDArray[np.float32] | torch.Tensor,
        blind_min: float,
        basis: Basis,
        plan: PrefixPlan,
        order: NDArray[np.int64] | None = None,
    ) -> None:
        """Project all rows; of the basis as many directions are used as the plan has room for.

        `vectors` (n, d) float32 may lie on the plan's device already. Position k of the features
        is row `order[k]`, or k without an order.
        """
        self.dtype = getattr(torch, plan.dtype)
        n, n_directions = len(vectors), min(plan.n_directions, basis.directions.shape[1])
        projection = torch.from_numpy(
            np.column_stack([basis.directions[:, :n_directions], basis.centre])
        ).to(plan.device)
        left = torch.zeros((n, plan.width), dtype=self.dtype, device=plan.device)
        own = torch.empty(n, dtype=torch.float64, device=plan.device)
        lost = torch.empty_like(own)
        step = _ROWS_AT_ONCE.get(plan.device, 1024)

        def project(start: int) -> torch.Tensor:
            rows = slice(start, min(n, start + step))
            x = _rows(vectors, rows, order).to(plan.device, torch.float64)
            exact, own[rows] = _projected(x, projection)
            rounded = exact.to(self.dtype)
            left[rows, : n_directions + 1] = rounded
            stored = rounded.double()
            lost[rows] = torch.linalg.vector_norm(exact - stored, dim=1)
            both = (torch.linalg.vector_norm(lengths, dim=1).max() for lengths in (exact, stored))
            return torch.maximum(*both)

        with one_part_a_core(plan.device) as workers:
            in_turn = map if workers is None else workers.map
            lengths = [*in_turn(project, range(0, n, step))]
        longest = torch.stack(lengths).max() if lengths else torch.zeros((), dtype=torch.float64)
        # |f.g - f~.g~| <= |e_f||g| + |f~||e_g|, each row's error with the longest of the others
        shares = own - blind_min / 2 + lost * longest
        most = shares.abs().max() + 1.0 if n else 1.0
        # Summing in float32, in any order and with some room, and what two halves leave of b.
        halves = 2.0 ** (-15 if plan.dtype == "bfloat16" else -20)
        shares += 4 * plan.width * 2.0**-24 * (longest**2 + 2 * most) + halves * most
        right, column = left.clone(), n_directions + 1
        for features, at, ones in ((left, column, column + 2), (right, column + 2, column)):
            high = shares.to(self.dtype)
            features[:, at] = high
            features[:, at + 1] = (shares - high.double()).to(self.dtype)
            features[:, ones : ones + 2] = 1
        self._left, self._right, self.device = left, right, plan.device
        self.fused = fused_search(left, right)
        self._buffers = threading.local()  # a tile for each thread

    def survivors(self, rows: slice, columns: slice) -> Pairs:
        """Positions (second, first), first < second, of pairs that may be over the threshold.

        Of the pairs whose second is in `rows` and whose first is in `columns`.
        """
        left, right = self._left[rows], self._right[columns]
        height, width = -(-len(left) // _STRIP) * _STRIP, len(right)
        buffer: torch.Tensor | None = getattr(self._buffers, "tile", None)
        if buffer is None or buffer.shape != (height, width):
            buffer = torch.full((height, width), -1.0, dtype=self.dtype, device=left.device)
            self._buffers.tile = buffer
        buffer[len(left) :] = -1.0
        with _sums_in_float32() if left.is_cuda else nullcontext():
            torch.mm(left, right.T, out=buffer[: len(left)])
        # As integers of the same width: not negative is one comparison, many times faster.
        signs = buffer.view(_INTEGERS[self.dtype]).view(-1, _STRIP, width)
        second, first = _hits(signs) if left.is_cuda else _hits_in_numpy(signs)
        second, first = second + rows.start, first + columns.start
        below = first < second  # all of them, but on the diagonal
        return second[below], first[below]


def _hits(signs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Row and column of what is not negative in strips of rows."""
    strips, columns = (signs.amax(dim=1) >= 0).nonzero(as_tuple=True)
    which, lanes = (signs[strips, :, columns] >= 0).nonzero(as_tuple=True)
    return strips[which] * _STRIP + lanes, columns[which]


def _hits_in_numpy(signs: torch.Tensor) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same: on a processor numpy is quicker at finding the few."""
    greatest = signs.amax(dim=1).numpy()
    strips, columns = np.divmod(np.flatnonzero(greatest >= 0), greatest.shape[1])
    which, lanes = np.nonzero(signs.numpy()[strips, :, columns] >= 0)
    return strips[which] * _STRIP + lanes, columns[which]


def scan_prefix(features: PrefixFeatures, walk: Walk) -> Iterator[Candidates | BlockDone]:
    """Walk as `scan_tiles` does, with the filter in place of the cosines.

    A processor's cores take a tile each: they need not wait for each other after every step of
    every tile, which costs many times the work itself where other programs run as well.
    """
    if features.fused is not None:
        yield from _scan_fused(features.fused, walk)
        return
    columns = _COLUMNS_AT_ONCE.get(features.device)
    with one_part_a_core(features.device) as workers:
        scanned = ScannedAhead(features.survivors, workers).of(
            (seconds, firsts)
            for _, seconds in walk.blocks()
            for firsts in walk.tiles(seconds, columns)
        )
        for number, seconds in walk.blocks():
            for firsts in walk.tiles(seconds, columns):
                so_far = walk.done_in(number, firsts.stop / seconds.stop)
                found = _new(next(scanned), walk, seconds)
                yield Candidates(*found, so_far)
            yield walk.done(number)


def _scan_fused(fused: "FusedSearch", walk: Walk) -> Iterator[Candidates | BlockDone]:
    for number, seconds in walk.blocks():
        for second, first, share in fused.survivors(seconds):
            found = _new((second, first), walk, seconds)
            yield Candidates(*found, walk.done_in(number, share))
        yield walk.done(number)


def _new(found: Pairs, walk: Walk, seconds: slice) -> Pairs:
    """First and second of those that are not both known."""
    second, first = found
    if walk.n_known > seconds.start:
        new = second >= walk.n_known
        second, first = second[new], first[new]
    return first, second


def fit_basis(vectors: NDArray[np.float32], n_directions: int) -> Basis:
    """The mean and the principal directions of a sample of the rows."""
    rng = np.random.default_rng(0)
    n = len(vectors)
    chosen = np.sort(rng.choice(n, _SAMPLE, replace=False)) if n > _SAMPLE else np.arange(n)
    sample = np.asarray(vectors[chosen], dtype=np.float64)
    centre = sample.mean(axis=0)
    sample -= centre
    _, directions = np.linalg.eigh(sample.T @ sample)
    return Basis(centre, np.ascontiguousarray(directions[:, ::-1][:, :n_directions]))


@contextmanager
def _sums_in_float32() -> Iterator[None]:
    """A GPU may add halves in half precision otherwise, which the margin does not cover."""
    settings = torch.backends.cuda.matmul
    names = "allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction"
    before = [getattr(settings, name) for name in (*names, "allow_tf32")]
    for name in (*names, "allow_tf32"):
        setattr(settings, name, False)
    try:
        yield
    finally:
        for name, value in zip((*names, "allow_tf32"), before, strict=True):
            setattr(settings, name, value)


def _rows(
    vectors: NDArray[np.float32] | torch.Tensor, rows: slice, order: NDArray[np.int64] | None
) -> torch.Tensor:
    chosen = rows if order is None else order[rows]
    if isinstance(vectors, torch.Tensor):
        return vectors[chosen if order is None else torch.from_numpy(chosen).to(vectors.device)]
    # A copy: torch does not like arrays that may not be written, as mapped files are.
    return torch.from_numpy(np.array(vectors[chosen]))


def _projected(
    x: torch.Tensor, directions_and_centre: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """[V'z, q] of each row, and (|x|^2 - |z|^2)/2, all from one product: z is never written out."""
    centre = directions_and_centre[:, -1]
    products = x @ directions_and_centre
    products -= centre @ directions_and_centre
    along, towards = products[:, :-1], products[:, -1]  # of z
    # |x|^2 - |z|^2 = 2 x.c - |c|^2 = 2 z.c + |c|^2
    difference = 2 * towards + centre.square().sum()
    lengths = torch.linalg.vector_norm(x, dim=1).square() - difference
    across = (lengths - along.square().sum(dim=1)).clamp(min=0).add(_TINY).sqrt()
    return torch.column_stack([along, across]), difference / 2
