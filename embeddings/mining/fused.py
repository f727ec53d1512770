"""The GPU's kernels: the prefix filter in one, and the exact cosines in numpy's order."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import torch
import triton
import triton.language as tl

from embeddings.mining.vectors import LANES, even_parts

_GROUP: Final = 16  # columns that share one entry of what is found
_TILES: Final = 32  # tiles of columns that one program goes through with the same rows
_ENTRIES: Final = 1 << 22
_ENTRIES_AT_ONCE: Final = 1 << 20
WARPS: Final = 8  # of a program of the filter
_MOST_ROWS: Final = 1 << 18  # of a block: an entry has 20 bits for them, one is the sign
_PAIRS: Final = 16  # that one program adds up


class TileShape(NamedTuple):
    """Rows and columns of a tile, and how many tiles are in the fast memory at once."""

    n_rows: int
    n_columns: int
    n_stages: int

    def bytes_needed(self, width: int) -> int:
        """Fast memory for features of this width in half precision, and some for sums."""
        return 2 * width * (self.n_rows + self.n_stages * self.n_columns) + 2048


_SHAPES: Final = (
    TileShape(128, 128, 2),
    TileShape(128, 64, 2),
    TileShape(64, 64, 2),
)


@triton.jit(do_not_specialize=["room", "first_row", "end_row"])  # type: ignore[untyped-decorator]
def find_survivors(  # type: ignore[no-untyped-def]
    left,
    right,
    found,
    n_found,
    room,
    first_row,
    end_row,
    width: tl.constexpr,
    n_rows: tl.constexpr,
    n_columns: tl.constexpr,
    n_stages: tl.constexpr,
    n_tiles: tl.constexpr,
    group: tl.constexpr,
):
    """Entries (row - first_row, group of columns, a bit for each column) of what is not negative.

    In any order, 20 + 28 + 16 bits; of the last group of a row columns from the row on may be set.
    """
    top = first_row + tl.program_id(0) * n_rows
    rows = top + tl.arange(0, n_rows)
    depth = tl.arange(0, width)
    is_row = rows[:, None] < end_row
    # 64 bits: more values than 32 can count
    f = tl.load(left + rows[:, None].to(tl.int64) * width + depth[None, :], mask=is_row, other=0.0)
    begin = tl.program_id(1) * n_tiles * n_columns
    end = tl.minimum(tl.minimum(begin + n_tiles * n_columns, top + n_rows), end_row)
    own_bit = (1 << tl.arange(0, group))[None, None, :]
    n_groups: tl.constexpr = n_columns // group
    for start in tl.range(begin, end, n_columns, num_stages=n_stages):
        columns = start + tl.arange(0, n_columns)
        g = tl.load(
            right + columns[:, None].to(tl.int64) * width + depth[None, :],
            mask=columns[:, None] < end_row,
            other=0.0,
        )
        bound = tl.reshape(tl.dot(f, tl.trans(g)), [n_rows, n_groups, group])
        bits = tl.sum(tl.where(bound >= 0.0, own_bit, 0), axis=2)
        first = start + tl.arange(0, n_groups) * group
        some = (bits > 0) & is_row & (first[None, :] < rows[:, None])
        place = tl.atomic_add(
            n_found + tl.zeros([n_rows, n_groups], tl.int64), 1, mask=some, sem="relaxed"
        )
        entry = ((rows - first_row)[:, None].to(tl.int64) << 44) | (
            (first[None, :].to(tl.int64) // group << 16) | bits
        )
        tl.store(found + place, entry, mask=some & (place < room))


@triton.jit(do_not_specialize=["n_pairs"])  # type: ignore[untyped-decorator]
def add_in_pairs(  # type: ignore[no-untyped-def]
    vectors,
    first,
    second,
    sums,
    n_pairs,
    dimension: tl.constexpr,
    part: tl.constexpr,
    n_parts: tl.constexpr,
    n_halvings: tl.constexpr,
    lanes: tl.constexpr,
    n_at_once: tl.constexpr,
):
    """float64 dots of rows: each part of a row in lanes, then neighbours two by two."""
    pairs = tl.program_id(0) * n_at_once + tl.arange(0, n_at_once)
    there = pairs < n_pairs
    i = tl.load(first + pairs, mask=there, other=0)
    j = tl.load(second + pairs, mask=there, other=0)
    lane = tl.arange(0, lanes * n_parts)
    at = lane // lanes * part + lane % lanes
    x = vectors + i[:, None] * dimension + at[None, :]
    y = vectors + j[:, None] * dimension + at[None, :]
    total = tl.load(x).to(tl.float64) * tl.load(y).to(tl.float64)
    for step in tl.static_range(lanes, part, lanes):
        # The product is exact, so that one rounding or two after it come to the same.
        total += tl.load(x + step).to(tl.float64) * tl.load(y + step).to(tl.float64)
    for _ in tl.static_range(n_halvings):
        one, other = tl.split(tl.reshape(total, [n_at_once, total.shape[1] // 2, 2]))
        total = one + other
    tl.store(sums + pairs, tl.reshape(total, [n_at_once]), mask=there)


def exact_dots(vectors: torch.Tensor, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """float64 dots (m,) of the rows `first[k]` and `second[k]` of (n, d) float32, in numpy's order.

    The rows are contiguous, and numpy cuts them into `even_parts`.
    """
    parts = even_parts(vectors.shape[1])
    if parts is None:
        raise ValueError(f"Rows of {vectors.shape[1]} values have no equal parts of whole lanes.")
    part, n_parts = parts
    sums = torch.empty(len(first), dtype=torch.float64, device=vectors.device)
    if len(first):
        add_in_pairs[(triton.cdiv(len(first), _PAIRS),)](
            vectors,
            first.contiguous(),
            second.contiguous(),
            sums,
            len(first),
            dimension=vectors.shape[1],
            part=part,
            n_parts=n_parts,
            n_halvings=(LANES * n_parts).bit_length() - 1,
            lanes=LANES,
            n_at_once=_PAIRS,
        )
    return sums


def tile_shape(width: int, fast_memory: int) -> TileShape | None:
    """The largest that fits into so many bytes of a GPU's fast memory."""
    return next((one for one in _SHAPES if one.bytes_needed(width) <= fast_memory), None)


class FusedSearch:
    """Finds the survivors of one block of rows at a time, and keeps the room for them."""

    def __init__(self, left: torch.Tensor, right: torch.Tensor, shape: TileShape) -> None:
        """Features (n, width) in half precision; the width is a power of two, 16 or more."""
        self._left, self._right, self._shape = left, right, shape
        room = max(_ENTRIES, len(left) // _GROUP + 1)  # at least for one row
        self._found = torch.empty(room, dtype=torch.int64, device=left.device)
        self._lanes = torch.arange(_GROUP, device=left.device)

    def survivors(self, rows: slice) -> Iterator[tuple[torch.Tensor, torch.Tensor, float]]:
        """Positions (second, first), first < second, second in `rows`; some at a time, any order.

        With them about what share of all they are with those before. Where everything is like
        everything the rows are gone through in smaller blocks.
        """
        many = rows.stop - rows.start > _MOST_ROWS
        n_found = 0 if many else self._run(rows)
        if many or n_found > len(self._found):
            middle = (rows.start + rows.stop) // 2
            for before, half in ((0, slice(rows.start, middle)), (1, slice(middle, rows.stop))):
                for second, first, share in self.survivors(half):
                    yield second, first, (before + share) / 2
            return
        for start in range(0, n_found, _ENTRIES_AT_ONCE):
            end = min(n_found, start + _ENTRIES_AT_ONCE)
            yield *self._pairs(self._found[start:end], rows), end / n_found

    def _pairs(self, entries: torch.Tensor, rows: slice) -> tuple[torch.Tensor, torch.Tensor]:
        which, lane = ((entries[:, None] >> self._lanes) & 1).nonzero(as_tuple=True)
        entries = entries[which]
        second = (entries >> 44) + rows.start
        first = ((entries >> 16) & 0xFFFFFFF) * _GROUP + lane
        below = first < second
        return second[below], first[below]

    def _run(self, rows: slice) -> int:
        count = torch.zeros(1, dtype=torch.int32, device=self._left.device)
        n_rows, n_columns, n_stages = self._shape
        # Neighbours in the first direction run together and read the same columns.
        grid = (
            triton.cdiv(rows.stop - rows.start, n_rows),
            triton.cdiv(rows.stop, _TILES * n_columns),
        )
        find_survivors[grid](
            self._left,
            self._right,
            self._found,
            count,
            len(self._found),
            rows.start,
            rows.stop,
            width=self._left.shape[1],
            n_rows=n_rows,
            n_columns=n_columns,
            n_stages=n_stages,
            n_tiles=_TILES,
            group=_GROUP,
            num_warps=WARPS,
        )
        return int(count.item())
