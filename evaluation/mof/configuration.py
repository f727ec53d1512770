"""What a saved LLaVA with a Mixture-of-Features tower says of itself in its config.json."""

from typing import Any, Final

from transformers import AutoConfig, LlavaConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from embeddings.mixture import Adapter, AdditiveMixture, InterleavedMixture, Mixture
from evaluation.errors import EvaluationError

ADDITIVE: Final = "additive"
INTERLEAVED: Final = "interleaved"


class MofError(EvaluationError):
    """A mixture that cannot be built, or training data that cannot be used."""


class MofTowerConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """The two frozen encoders, by the names that ``load_encoder`` takes, and how they are mixed.

    The encoders' own weights are not part of the folder, as LLaVA does it: they are loaded by name,
    and their digests are compared. Pairs are (blind, reference).
    """

    model_type = "mof_tower"

    def __init__(
        self,
        *,
        encoders: tuple[str, str] = ("", ""),
        digests: tuple[str, str] = ("", ""),
        image_sizes: tuple[int, int] = (1, 1),
        grids: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1)),
        widths: tuple[int, int] = (1, 1),
        mixing: str = INTERLEAVED,
        reference_share: float | None = None,
        adapter: str = Adapter.mlp.value,
        **kwargs: Any,  # noqa: ANN401 - whatever else transformers keeps in a configuration
    ) -> None:
        """``mixing`` is ``additive``, with a ``reference_share``, or ``interleaved``.

        Args:
            encoders: their specs, ``scheme:name``.
            digests: SHA-256 of their weights.
            image_sizes: sides of the squares that they see, in pixels.
            grids: (height, width) of their patch tokens.
            widths: of their patch tokens.
            adapter: ``linear`` (LLaVA) or ``mlp`` (LLaVA-1.5).

        Raises:
            MofError: there is no such mixing, or no share where one is needed.
        """
        if mixing not in {ADDITIVE, INTERLEAVED}:
            raise MofError(f"a mixture is {ADDITIVE} or {INTERLEAVED}, not {mixing!r}.")
        if (mixing == ADDITIVE) != (reference_share is not None):
            raise MofError(f"a reference share belongs to an {ADDITIVE} mixture, and to no other.")
        self.encoders, self.digests = list(encoders), list(digests)
        self.image_sizes, self.widths = list(image_sizes), list(widths)
        self.grids = [list(grid) for grid in grids]
        self.mixing, self.reference_share, self.adapter = mixing, reference_share, adapter
        super().__init__(**kwargs)

    @property
    def n_tokens(self) -> int:
        """How many visual tokens an image becomes."""
        patches = max(grid[0] for grid in self.grids) * max(grid[1] for grid in self.grids)
        return patches if self.mixing == ADDITIVE else 2 * patches

    @property
    def n_values(self) -> int:
        """Length of an image that is prepared for both encoders."""
        return sum(3 * side * side for side in self.image_sizes)

    def new_mixture(self, width: int) -> Mixture:
        """The untrained modules between the encoders and a language model of this width."""
        adapter = Adapter(self.adapter)
        blind, reference = self.widths
        if self.reference_share is None:
            return InterleavedMixture(blind, reference, width, adapter=adapter)
        share = self.reference_share
        return AdditiveMixture(blind, reference, width, reference_share=share, adapter=adapter)


class MofLlavaConfig(LlavaConfig):  # type: ignore[no-untyped-call]
    """LLaVA's configuration with a Mixture-of-Features tower for vision."""

    model_type = "mof_llava"
    sub_configs_defaults = {  # noqa: RUF012 - transformers declares it so
        "vision_config": SubConfigSpec(config_class=MofTowerConfig),
        "text_config": SubConfigSpec(config_class=AutoConfig, model_type="llama"),
    }


AutoConfig.register(MofTowerConfig.model_type, MofTowerConfig, exist_ok=True)
AutoConfig.register(MofLlavaConfig.model_type, MofLlavaConfig, exist_ok=True)
