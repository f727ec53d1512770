"""Decides candidates by their exact cosines: on the processor, or on a GPU that holds the rows."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.mining.blocks import Candidates, as_array
from embeddings.mining.pairs import Thresholds
from embeddings.mining.selection import PairColumns
from embeddings.mining.vectors import (
    exact_cosines,
    exact_cosines_on_device,
    rough_cosines,
    rounding_bound,
)

if TYPE_CHECKING:
    import torch

_ROWS_AT_ONCE = 1 << 15
_SHARE_OF_A_GPU = 0.6  # of its free memory that both encoders' rows may take


class Decider:
    """Two encoders' unit float32 rows of the same images, and the thresholds.

    The cosines have the same bits on every device.
    """

    def __init__(
        self,
        blind: NDArray[np.float32],
        reference: NDArray[np.float32],
        thresholds: Thresholds,
        device: str = "cpu",
    ) -> None:
        """On another device than the processor both matrices are copied there, if they fit."""
        # Plain views: a mapped file's own class makes every access slower.
        self.blind, self.reference = np.asarray(blind), np.asarray(reference)
        self.thresholds = thresholds
        self.on_device: tuple[torch.Tensor, torch.Tensor] | None = None
        if device != "cpu" and _fits(blind.nbytes + reference.nbytes, device):
            self.on_device = _copied(blind, device), _copied(reference, device)

    def over(self, candidates: Candidates) -> PairColumns:
        """Those of the candidates, pairs of rows, that pass both thresholds."""
        if self.on_device is not None:
            return self._over_on_device(*self.on_device, candidates)
        first, second = self._likely(candidates)
        blind_cosine = exact_cosines(self.blind, first, second)
        over = blind_cosine > self.thresholds.blind_min
        first, second, blind_cosine = first[over], second[over], blind_cosine[over]
        reference_cosine = exact_cosines(self.reference, first, second)
        return PairColumns(first, second, blind_cosine, reference_cosine).take(
            reference_cosine < self.thresholds.reference_max
        )

    def _likely(self, candidates: Candidates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Those that float32 cosines, a fraction of the work, do not rule out."""
        first, second = as_array(candidates.first), as_array(candidates.second)
        most = self.thresholds.reference_max + rounding_bound(self.reference.shape[1])
        if candidates.reference_cosine is not None:
            likely = candidates.reference_cosine < most
            first, second = first[likely], second[likely]
        if candidates.blind_cosine is None:  # most that a filter leaves are far below
            least = self.thresholds.blind_min - rounding_bound(self.blind.shape[1])
            likely = rough_cosines(self.blind, first, second) > least
            first, second = first[likely], second[likely]
        if candidates.reference_cosine is None:
            likely = rough_cosines(self.reference, first, second) < most
            first, second = first[likely], second[likely]
        return first, second

    def _over_on_device(
        self, blind: "torch.Tensor", reference: "torch.Tensor", candidates: Candidates
    ) -> PairColumns:
        import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

        first, second = (
            (torch.from_numpy(rows) if isinstance(rows, np.ndarray) else rows).to(blind.device)
            for rows in (candidates.first, candidates.second)
        )
        blind_cosine = exact_cosines_on_device(blind, first, second)
        over = blind_cosine > self.thresholds.blind_min
        first, second, blind_cosine = first[over], second[over], blind_cosine[over]
        reference_cosine = exact_cosines_on_device(reference, first, second)
        under = reference_cosine < self.thresholds.reference_max
        columns = (first, second, blind_cosine, reference_cosine)
        return PairColumns(*(column[under].cpu().numpy() for column in columns))


def _fits(n_bytes: int, device: str) -> bool:
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    return n_bytes < _SHARE_OF_A_GPU * torch.cuda.mem_get_info(device)[0]


def _copied(vectors: NDArray[np.float32], device: str) -> "torch.Tensor":
    import torch  # noqa: PLC0415 - seconds that reading a workspace must not cost

    copy = torch.empty(vectors.shape, dtype=torch.float32, device=device)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        part = vectors[rows]
        # torch does not like arrays that may not be written, as mapped files are.
        copy[rows] = torch.from_numpy(part if part.flags.writeable else part.copy())
    return copy
