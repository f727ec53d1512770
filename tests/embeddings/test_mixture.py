"""A-MoF and I-MoF as modules: shapes, order, gradients, and grids of two sizes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from embeddings.mixing import MixingError
from embeddings.mixture import (
    Adapter,
    AdditiveMixture,
    InterleavedMixture,
    at_unit_scale,
    same_grid,
)


def grid(side: int, width: int, n: int = 2, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(n, side, side, width, generator=generator), dim=-1)


@settings(max_examples=25, deadline=None)
@given(
    sides=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    widths=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    width=st.integers(1, 12),
    share=st.floats(0, 1),
    adapter=st.sampled_from(Adapter),
)
def test_a_mixture_gives_one_token_a_patch_and_interleaving_two(
    sides: tuple[int, int],
    widths: tuple[int, int],
    width: int,
    share: float,
    adapter: Adapter,
) -> None:
    blind, reference = grid(sides[0], widths[0]), grid(sides[1], widths[1], seed=1)
    patches = max(sides) ** 2
    added = AdditiveMixture(*widths, width, reference_share=share, adapter=adapter)
    assert added(blind, reference).shape == (2, patches, width)
    woven = InterleavedMixture(*widths, width, adapter=adapter)
    assert woven(blind, reference).shape == (2, 2 * patches, width)


def test_addition_is_the_papers_equation() -> None:
    """F = alpha * F_blind + (1 - alpha) * F_reference, then one adapter for all tokens."""
    blind, reference = grid(3, 8), grid(3, 8, seed=1)
    mixture = AdditiveMixture(8, 8, 5, reference_share=0.75, adapter=Adapter.linear)
    by_hand = 0.25 * at_unit_scale(blind) + 0.75 * at_unit_scale(reference)
    expected = mixture.adapter(by_hand.reshape(2, 9, 8))
    assert torch.allclose(mixture(blind, reference), expected)


def test_tokens_alternate_and_keep_the_patches_order() -> None:
    blind, reference = grid(3, 4), grid(3, 6, seed=1)
    mixture = InterleavedMixture(4, 6, 5, adapter=Adapter.linear)
    tokens = mixture(blind, reference)
    for row in range(3):
        for column in range(3):
            place = 2 * (3 * row + column)
            own = mixture.blind_adapter(at_unit_scale(blind[:, row, column]))
            other = mixture.reference_adapter(at_unit_scale(reference[:, row, column]))
            assert torch.allclose(tokens[:, place], own, atol=1e-6)
            assert torch.allclose(tokens[:, place + 1], other, atol=1e-6)


@pytest.mark.parametrize(("share", "unseen"), [(0.0, 1), (1.0, 0)])
def test_at_the_ends_one_encoder_is_not_seen_at_all(share: float, unseen: int) -> None:
    grids = [grid(3, 8).requires_grad_(), grid(3, 8, seed=1).requires_grad_()]
    mixture = AdditiveMixture(8, 8, 5, reference_share=share)
    mixture(*grids).square().sum().backward()
    gradients = [one.grad for one in grids]
    assert gradients[0] is not None
    assert gradients[1] is not None
    assert not gradients[unseen].any()
    assert gradients[1 - unseen].any()


@pytest.mark.parametrize("woven", [False, True])
def test_every_weight_learns(woven: bool) -> None:
    mixture = (
        InterleavedMixture(8, 6, 5) if woven else AdditiveMixture(8, 6, 5, reference_share=0.5)
    )
    mixture(grid(2, 8), grid(4, 6, seed=1)).square().sum().backward()
    for name, weights in mixture.named_parameters():
        assert weights.grad is not None, name
        assert weights.grad.abs().sum() > 0, name


def test_the_smaller_grid_is_resampled_and_the_larger_one_kept() -> None:
    ramp = torch.linspace(0, 1, 4).expand(4, 4)[None, :, :, None]
    large = grid(8, 3, n=1)
    small_as_large, kept = same_grid(ramp, large)
    assert kept is large
    assert small_as_large.shape == (1, 8, 8, 1)
    steps = small_as_large[0, 0, :, 0].diff()
    assert (steps >= 0).all()
    assert torch.allclose(small_as_large[0, 0, 3:5, 0].mean(), torch.tensor(0.5))


def test_a_share_outside_is_refused() -> None:
    with pytest.raises(MixingError):
        AdditiveMixture(4, 4, 4, reference_share=1.5)
