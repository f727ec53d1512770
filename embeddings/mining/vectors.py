"""Checks the embeddings and computes the cosine that decides: a float64 dot of float32 rows."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.pairs import InvalidVectors

if TYPE_CHECKING:
    import torch

NORM_TOLERANCE = 1e-4
_CHUNK_VALUES = 1 << 16  # their float64 products stay in the cache
_DEVICE_VALUES = 1 << 27  # 1 GiB of float64 products
_PAIRWISE_BLOCK = 128  # numpy sums longer rows as two halves
LANES = 8  # sums that numpy runs side by side


def check_vectors(
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    *,
    block_size: int,
    on_device: "tuple[torch.Tensor, torch.Tensor] | None" = None,
) -> None:
    """Refuse anything but two equally long matrices of finite float32 unit rows.

    Copies of the two on a GPU spare the processor most of the work.

    Raises:
        InvalidVectors: names the matrix and the first row at fault.
    """
    for role, vectors in (("blind", blind), ("reference", reference)):
        if vectors.ndim != 2:
            raise InvalidVectors(
                f"Embeddings are a matrix of one row per image, not of shape {vectors.shape}.",
                where=f"{role} embeddings",
            )
        if vectors.dtype != np.float32:
            raise InvalidVectors(
                f"Embeddings are float32, not {vectors.dtype}.", where=f"{role} embeddings"
            )
    if len(blind) != len(reference):
        raise InvalidVectors(
            f"The blind encoder has {len(blind):,} rows, the reference encoder {len(reference):,}.",
            hint="Both encoders must have embedded the same images, in the same order.",
        )
    if on_device is not None and all(_all_unit(vectors) for vectors in on_device):
        return
    for role, vectors in (("blind", blind), ("reference", reference)):
        for start in range(0, len(vectors), block_size):
            _check_rows(np.asarray(vectors[start : start + block_size]), role, start)


def _all_unit(vectors: "torch.Tensor") -> bool:
    """False also where rounding here leaves it open."""
    # A NaN compares as not under.
    return bool(((vectors.norm(dim=1) - 1.0).abs() <= NORM_TOLERANCE / 2).all())


def _check_rows(rows: NDArray[np.float32], role: str, start: int) -> None:
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    # Written so that a NaN norm counts as bad.
    bad = np.flatnonzero(~(np.abs(norms - 1.0) <= NORM_TOLERANCE))
    if not len(bad):
        return
    row = int(bad[0])
    if np.isfinite(rows[row]).all():
        what = f"The vector's length is {norms[row]:.6g}, not 1."
    else:
        what = "The vector has a value that is not a number or infinite."
    raise InvalidVectors(
        what, where=f"{role} embeddings, row {start + row}", hint="Embed this image again."
    )


def rounding_bound(dimension: int) -> float:
    """How far a float32 dot of two unit rows, summed in any order, can be from the exact cosine.

    The classic bound is d*u/(1 - d*u) times the product of the norms, u = 2**-24 (Higham, Accuracy
    and Stability of Numerical Algorithms, section 3.1); 1e-5 on top covers rows that are unit only
    within the tolerance, and the float64 rounding.
    """
    error = dimension * 2.0**-24
    return 1e-5 + (1 + 4 * NORM_TOLERANCE) * error / (1 - error)


def exact_cosines(
    vectors: NDArray[np.float32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cosines of the pairs (first[k], second[k]) of rows, clipped to [-1, 1].

    Products of float32 are exact in float64 and numpy sums a row in a fixed order, so a pair's
    cosine has the same bits whichever block it is computed in.
    """
    cosines = np.empty(len(first), dtype=np.float64)
    step = max(1, _CHUNK_VALUES // max(1, vectors.shape[1]))
    for start in range(0, len(first), step):
        chunk = slice(start, start + step)
        products = np.multiply(vectors[first[chunk]], vectors[second[chunk]], dtype=np.float64)
        cosines[chunk] = products.sum(axis=1)
    return np.clip(cosines, -1.0, 1.0)


def rough_cosines(
    vectors: NDArray[np.float32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The same in float32, three times as quick: off by at most `rounding_bound`."""
    cosines = np.empty(len(first), dtype=np.float32)
    step = max(1, _CHUNK_VALUES // max(1, vectors.shape[1]))
    for start in range(0, len(first), step):
        chunk = slice(start, start + step)
        np.einsum("ij,ij->i", vectors[first[chunk]], vectors[second[chunk]], out=cosines[chunk])
    return cosines


def exact_cosines_on_device(
    vectors: "torch.Tensor", first: "torch.Tensor", second: "torch.Tensor"
) -> "torch.Tensor":
    """As `exact_cosines`, for float32 rows and int64 row numbers on any torch device: same bits.

    Products are exact and additions are IEEE's on every device, so the order of the additions is
    all that matters; it is that of numpy's pairwise sum (numpy/_core/src/umath/loops_utils.h.src).
    """
    from embeddings.mining.kernels import fused_dots  # noqa: PLC0415 - torch

    fused = fused_dots(vectors.shape[1], str(vectors.device)) if vectors.is_contiguous() else None
    return (fused or dots_step_by_step)(vectors, first, second).clamp_(-1.0, 1.0)


def dots_step_by_step(
    vectors: "torch.Tensor", first: "torch.Tensor", second: "torch.Tensor"
) -> "torch.Tensor":
    """float64 dots of the rows `first[k]` and `second[k]`, added in numpy's order."""
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    dots = torch.empty(len(first), dtype=torch.float64, device=vectors.device)
    step = max(1, _DEVICE_VALUES // max(1, vectors.shape[1]))
    for start in range(0, len(first), step):
        chunk = slice(start, start + step)
        products = vectors[first[chunk]].double()
        products *= vectors[second[chunk]]
        dots[chunk] = _pairwise_sum(products)
    return dots


def even_parts(dimension: int) -> tuple[int, int] | None:
    """Length and number of the parts whose sums numpy adds two by two; None if they are not alike.

    A part has 8 to 128 values, in whole lanes.
    """
    length, n_parts = _halved(dimension)
    return (length, n_parts) if length <= _PAIRWISE_BLOCK and length % LANES == 0 < length else None


def _halved(length: int) -> tuple[int, int]:
    n_parts = 1
    while length > _PAIRWISE_BLOCK and length % (2 * LANES) == 0:
        length, n_parts = length // 2, 2 * n_parts
    return length, n_parts


def _pairwise_sum(rows: "torch.Tensor") -> "torch.Tensor":
    """Sum of each row, added in numpy's order: long rows as two halves, short ones in lanes."""
    length, n_parts = _halved(rows.shape[1])
    if length > _PAIRWISE_BLOCK:  # halves of different lengths
        half = length // 2 // LANES * LANES
        parts = rows.reshape(-1, length)
        sums = _pairwise_sum(parts[:, :half]) + _pairwise_sum(parts[:, half:])
    else:
        sums = _sum_in_lanes(rows.reshape(-1, length))
    sums = sums.view(-1, n_parts)
    while sums.shape[1] > 1:
        sums = sums[:, 0::2] + sums[:, 1::2]
    return sums[:, 0]


def _sum_in_lanes(rows: "torch.Tensor") -> "torch.Tensor":
    n_whole = rows.shape[1] // LANES * LANES
    if n_whole:
        lanes = rows[:, :LANES].clone()
        for start in range(LANES, n_whole, LANES):
            lanes += rows[:, start : start + LANES]
        while lanes.shape[1] > 1:  # ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))
            lanes = lanes[:, 0::2] + lanes[:, 1::2]
        total = lanes[:, 0]
    else:
        total = rows.new_zeros(len(rows))
    for column in range(n_whole, rows.shape[1]):
        total = total + rows[:, column]
    return total
