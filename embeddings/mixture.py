"""Mixture of Features as torch modules: two encoders' patch tokens become a language model's.

Tong et al. 2024, section 5. The blind encoder is the paper's CLIP, the reference its DINOv2.
"""

from enum import StrEnum
from math import sqrt

import torch
from torch import nn
from torch.nn import functional

from embeddings.mixing import check_share


class Adapter(StrEnum):
    """What brings visual tokens to a language model's width."""

    linear = "linear"  # LLaVA's
    mlp = "mlp"  # LLaVA-1.5's: linear, GELU, linear


class AdditiveMixture(nn.Module):
    """A-MoF: F = (1 - s) F_blind + s F_reference, patch by patch, then one adapter for both.

    The paper writes the share of the blind encoder, alpha = 1 - s. Both encoders of the paper have
    the same width; where they differ, a linear layer brings the narrower tokens to the wider ones'
    width before they are added. With s = 0 the model sees the blind encoder alone, with
    s = 1 the reference alone.
    """

    def __init__(
        self,
        blind_width: int,
        reference_width: int,
        width: int,
        *,
        reference_share: float,
        adapter: Adapter = Adapter.mlp,
    ) -> None:
        """Widths of the two encoders' tokens and of the language model's.

        Raises:
            MixingError: the share is not between 0 and 1.
        """
        super().__init__()
        check_share(reference_share)
        self.reference_share = reference_share
        common = max(blind_width, reference_width)
        self.blind_to_common = _widened(blind_width, common)
        self.reference_to_common = _widened(reference_width, common)
        self.adapter = new_adapter(adapter, common, width)

    def forward(self, blind: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """(n, N, width) from two grids of unit vectors (n, height, width, own width).

        N is the number of patches of the larger grid, row by row.
        """
        blind, reference = same_grid(blind, reference)
        blind = self.blind_to_common(at_unit_scale(blind))
        reference = self.reference_to_common(at_unit_scale(reference))
        mixed = (1 - self.reference_share) * blind + self.reference_share * reference
        adapted: torch.Tensor = self.adapter(mixed.flatten(1, 2))
        return adapted


class InterleavedMixture(nn.Module):
    """I-MoF: each encoder has its own adapter, and the tokens alternate: b1 r1 b2 r2 ...

    Token 2k is the blind encoder's of patch k and token 2k + 1 the reference's of the same patch,
    so that spatial order is kept; there are twice as many tokens as patches.
    """

    def __init__(
        self,
        blind_width: int,
        reference_width: int,
        width: int,
        *,
        adapter: Adapter = Adapter.mlp,
    ) -> None:
        """Widths of the two encoders' tokens and of the language model's."""
        super().__init__()
        self.blind_adapter = new_adapter(adapter, blind_width, width)
        self.reference_adapter = new_adapter(adapter, reference_width, width)

    def forward(self, blind: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """(n, 2N, width) from two grids of unit vectors (n, height, width, own width)."""
        blind, reference = same_grid(blind, reference)
        tokens = [
            self.blind_adapter(at_unit_scale(blind).flatten(1, 2)),
            self.reference_adapter(at_unit_scale(reference).flatten(1, 2)),
        ]
        return torch.stack(tokens, dim=2).flatten(1, 2)


Mixture = AdditiveMixture | InterleavedMixture


def _widened(width: int, common: int) -> nn.Module:
    return nn.Identity() if width == common else nn.Linear(width, common, bias=False)


def new_adapter(kind: Adapter, width_in: int, width_out: int) -> nn.Module:
    """An untrained adapter."""
    if kind is Adapter.linear:
        return nn.Linear(width_in, width_out)
    return nn.Sequential(nn.Linear(width_in, width_out), nn.GELU(), nn.Linear(width_out, width_out))


def same_grid(blind: torch.Tensor, reference: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both at the size of the larger grid: the smaller one is resampled bilinearly.

    Args:
        blind: (n, height, width, d); ``reference`` likewise, with a grid and a d of its own.
    """
    size = tuple(max(pair) for pair in zip(blind.shape[1:3], reference.shape[1:3], strict=True))
    return _resampled(blind, size), _resampled(reference, size)


def at_unit_scale(tokens: torch.Tensor) -> torch.Tensor:
    """Unit vectors of d values stretched to the length sqrt(d), as a layer norm leaves tokens."""
    return tokens * sqrt(tokens.shape[-1])


def _resampled(tokens: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    if tokens.shape[1:3] == size:
        return tokens
    channels_first = tokens.permute(0, 3, 1, 2)
    resampled = functional.interpolate(
        channels_first, list(size), mode="bilinear", align_corners=False
    )
    return resampled.permute(0, 2, 3, 1)
