"""An exact filter: one short product in low precision bounds every pair's cosine from above.

With z = x - c for any centre c, an orthonormal basis V of a few directions and q = |z - VV'z|,

    x.y = (|x|^2 - |z_x|^2)/2 + (|y|^2 - |z_y|^2)/2 + z_x.z_y,
    z_x.z_y <= V'z_x . V'z_y + q_x q_y                            (Cauchy-Schwarz)

so f_x.g_y >= x.y - blind_min for the features f = [V'z, q, b, 1] and g = [V'z, q, 1, b], where b is
the row's own share of the rest. What rounding can take away is measured and added to b: a pair
whose product is negative is under the threshold for certain. docs/mining.md has the proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.tiles import Candidates, TileDone
from embeddings.progress import Progress

# Columns beside the directions: q, and two halves of each of the two b.
_OWN_COLUMNS = 5
_SAMPLE = 4096
_ROWS_AT_ONCE = 8192
_TINY = 1e-12  # more than the float64 arithmetic here can be off
_NEVER = -64.0  # a padding row's b: no product with it is near zero


@dataclass(frozen=True)
class PrefixPlan:
    """How the filter works: columns of the features, their dtype's name, and the device."""

    width: int
    dtype: str = "bfloat16"
    device: str = "cpu"

    @property
    def n_directions(self) -> int:
        """Directions that have room beside a row's own columns."""
        return self.width - _OWN_COLUMNS

    def __str__(self) -> str:
        return f"a filter of {self.n_directions} directions, {self.dtype} on {self.device}"


@dataclass(frozen=True)
class Basis:
    """A centre (d,) and orthonormal directions (d, width - 5), float64; any would be exact."""

    centre: NDArray[np.float64]
    directions: NDArray[np.float64]


class PrefixFeatures:
    """The features of all rows, padded to whole blocks, on the plan's device."""

    def __init__(
        self,
        vectors: NDArray[np.float32],
        blind_min: float,
        basis: Basis,
        plan: PrefixPlan,
        block_size: int,
    ) -> None:
        import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

        dtype = getattr(torch, plan.dtype)
        n, n_padded = len(vectors), -(-len(vectors) // block_size) * block_size
        n_directions = basis.directions.shape[1]
        left = torch.zeros((n_padded, plan.width), dtype=dtype)
        own, lost = np.empty(n), np.empty(n)
        longest = 0.0
        for start in range(0, n, _ROWS_AT_ONCE):
            rows = slice(start, min(n, start + _ROWS_AT_ONCE))
            exact, own[rows] = _projected(vectors[rows], basis)
            rounded = torch.from_numpy(exact).to(dtype)
            left[rows, : n_directions + 1] = rounded
            stored = rounded.to(torch.float64).numpy()
            lost[rows] = np.linalg.norm(exact - stored, axis=1)
            for lengths in (np.linalg.norm(exact, axis=1), np.linalg.norm(stored, axis=1)):
                longest = max(longest, float(lengths.max()))
        # |f.g - f~.g~| <= |e_f||g| + |f~||e_g|, each row's error with the longest of the others
        shares = own - blind_min / 2 + lost * longest
        most = float(np.abs(shares).max(initial=0.0)) + 1.0
        # Summing in float32, in any order and with some room, and what two halves leave of b.
        halves = 2.0 ** (-15 if plan.dtype == "bfloat16" else -20)
        shares += 4 * plan.width * 2.0**-24 * (longest**2 + 2 * most) + halves * most
        right = left.clone()
        column = n_directions + 1
        for features, at, ones in ((left, column, column + 2), (right, column + 2, column)):
            features[:, at] = _NEVER
            high = torch.from_numpy(shares).to(dtype)
            features[:n, at] = high
            features[:n, at + 1] = torch.from_numpy(shares - high.to(torch.float64).numpy()).to(
                dtype
            )
            features[:, ones : ones + 2] = 1
        self._left, self._right = left.to(plan.device), right.to(plan.device)
        self._integers = torch.int32 if dtype == torch.float32 else torch.int16
        self._block_size = block_size

    def survivors(self, row: int, column: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of rows, first < second, of two blocks that may be over the threshold."""
        size = self._block_size
        left = self._left[row * size : (row + 1) * size]
        right = self._right[column * size : (column + 1) * size]
        # As integers of the same width: not negative is one comparison, many times faster.
        signs = (left @ right.T).view(self._integers)
        hit = (signs.amax(dim=1) >= 0).nonzero().squeeze(1)
        positions, columns = (signs[hit] >= 0).nonzero(as_tuple=True)
        first = (hit[positions] + row * size).cpu().numpy()
        second = (columns + column * size).cpu().numpy()
        above = first < second  # all of them, but on the diagonal
        return first[above], second[above]


def scan_prefix(
    vectors: NDArray[np.float32],
    blind_min: float,
    plan: PrefixPlan,
    *,
    block_size: int,
    progress: Progress | None,
) -> Iterator[Candidates | TileDone]:
    """Walk the upper triangle as `scan_tiles` does, with the filter in place of the cosines."""
    n = len(vectors)
    if n < 2:
        return
    basis = fit_basis(vectors, plan.n_directions)
    features = PrefixFeatures(vectors, blind_min, basis, plan, block_size)
    n_blocks = -(-n // block_size)
    n_tiles, n_done, n_compared = n_blocks * (n_blocks + 1) // 2, 0, 0
    for row in range(n_blocks):
        n_rows = min(block_size, n - row * block_size)
        for column in range(row, n_blocks):
            yield Candidates(*features.survivors(row, column))
            n_columns = min(block_size, n - column * block_size)
            n_compared += n_rows * n_columns if column > row else n_rows * (n_rows - 1) // 2
            n_done += 1
            yield TileDone(n_compared, n * (n - 1) // 2)
            if progress is not None:
                progress(n_done, n_tiles)


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


def _projected(
    rows: NDArray[np.float32], basis: Basis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[V'z, q] of each row, and (|x|^2 - |z|^2)/2."""
    x = np.asarray(rows, dtype=np.float64)
    z = x - basis.centre
    along = z @ basis.directions
    lengths = np.einsum("ij,ij->i", z, z)
    across = np.sqrt(np.maximum(lengths - np.einsum("ij,ij->i", along, along), 0) + _TINY)
    return np.column_stack([along, across]), (np.einsum("ij,ij->i", x, x) - lengths) / 2
