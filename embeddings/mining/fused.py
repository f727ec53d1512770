"""The prefix filter as one GPU kernel: products that are negative are never written to memory."""

from typing import Final

import torch
import triton
import triton.language as tl

_ROWS: Final = 128
_COLUMNS: Final = 128
_LEAST_ROOM: Final = 1 << 20


@triton.jit  # type: ignore[untyped-decorator]
def _find(  # type: ignore[no-untyped-def]
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
):
    """Pairs (row, column) with column < row whose product is not negative, in any order."""
    rows = first_row + tl.program_id(1) * n_rows + tl.arange(0, n_rows)
    columns = tl.program_id(0) * n_columns + tl.arange(0, n_columns)
    depth = tl.arange(0, width)
    is_row, is_column = rows[:, None] < end_row, columns[:, None] < end_row
    # 64 bits: more values than 32 can count
    f = tl.load(left + rows[:, None].to(tl.int64) * width + depth[None, :], mask=is_row, other=0.0)
    g = tl.load(
        right + columns[:, None].to(tl.int64) * width + depth[None, :], mask=is_column, other=0.0
    )
    bound = tl.dot(f, tl.trans(g))
    over = (bound >= 0.0) & (columns[None, :] < rows[:, None]) & is_row
    if tl.max(over.to(tl.int32)) > 0:
        place = tl.atomic_add(n_found + tl.zeros([n_rows, n_columns], tl.int64), 1, mask=over)
        pair = rows[:, None].to(tl.int64) * 4294967296 + columns[None, :]
        tl.store(found + place, pair, mask=over & (place < room))


class FusedSearch:
    """Finds the survivors of one block of rows at a time, and keeps the room for them."""

    def __init__(self, left: torch.Tensor, right: torch.Tensor) -> None:
        """Features (n, width) in half precision; the width is a power of two, 16 or more."""
        self._left, self._right = left, right
        self._found = torch.empty(_LEAST_ROOM, dtype=torch.int64, device=left.device)

    def survivors(self, rows: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Positions (second, first), first < second, second in `rows`; in any order."""
        n_found = self._run(rows)
        if n_found > len(self._found):
            self._found = torch.empty(2 * n_found, dtype=torch.int64, device=self._left.device)
            n_found = self._run(rows)
        pairs = self._found[:n_found]
        return pairs >> 32, pairs & 0xFFFFFFFF

    def _run(self, rows: slice) -> int:
        count = torch.zeros(1, dtype=torch.int32, device=self._left.device)
        grid = (triton.cdiv(rows.stop, _COLUMNS), triton.cdiv(rows.stop - rows.start, _ROWS))
        _find[grid](
            self._left,
            self._right,
            self._found,
            count,
            len(self._found),
            rows.start,
            rows.stop,
            self._left.shape[1],
            _ROWS,
            _COLUMNS,
        )
        return int(count.item())
