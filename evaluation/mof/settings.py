"""Which mixtures the miniature compares, and what the paper measured with them."""

from dataclasses import dataclass
from typing import Final

from embeddings.mixing import PAPER_SHARES
from embeddings.mixture import Adapter, AdditiveMixture, InterleavedMixture, Mixture


@dataclass(frozen=True)
class Setting:
    """One mixture: A-MoF with a reference share, or I-MoF, which has none."""

    name: str
    reference_share: float | None

    def mixture(self, blind_width: int, reference_width: int, width: int) -> Mixture:
        """The untrained modules, with LLaVA-1.5's adapter."""
        if self.reference_share is None:
            return InterleavedMixture(blind_width, reference_width, width, adapter=Adapter.mlp)
        return AdditiveMixture(
            blind_width,
            reference_width,
            width,
            reference_share=self.reference_share,
            adapter=Adapter.mlp,
        )


SETTINGS: Final = (
    *(
        Setting("blind alone" if not s else "reference alone" if s == 1 else f"A-MoF {s:g}", s)
        for s in PAPER_SHARES
    ),
    Setting("I-MoF", None),
)
ALONE: Final = SETTINGS[0].name


@dataclass(frozen=True)
class Published:
    """A row of the paper's tables, in per cent; None where the paper does not say."""

    model: str
    name: str
    mmvp: float
    instruction: float | None


# Tong et al. 2024, section 5: LLaVA with CLIP ViT-L and DINOv2 ViT-L, and LLaVA-1.5.
PUBLISHED: Final = (
    Published("LLaVA", ALONE, 5.5, 81.8),
    Published("LLaVA", "A-MoF 0.75", 18.7, 75.8),
    Published("LLaVA", "I-MoF", 16.7, 82.8),
    Published("LLaVA-1.5", ALONE, 24.7, None),
    Published("LLaVA-1.5", "I-MoF", 28.0, None),
)
