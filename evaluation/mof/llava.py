"""LLaVA with a Mixture-of-Features tower, as transformers saves, loads and generates with it."""

from typing import Any

import torch
from torch import nn
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.llava.modeling_llava import (
    LlavaForConditionalGeneration,
    LlavaModel,
    LlavaPreTrainedModel,
)

from evaluation.mof.configuration import MofError, MofLlavaConfig, MofTowerConfig
from evaluation.mof.tower import MofTower


class MofLlavaModel(LlavaModel):  # type: ignore[no-untyped-call]
    """The mixture stands where LLaVA has its projector."""

    config_class = MofLlavaConfig

    def __init__(self, config: MofLlavaConfig) -> None:
        LlavaPreTrainedModel.__init__(self, config)
        tower, language = _parts(config)
        self.vision_tower = MofTower(tower)
        mixture: nn.Module = tower.new_mixture(language.hidden_size)
        self.multi_modal_projector = mixture  # type: ignore[assignment]  # LLaVA's is its own class
        self.language_model = AutoModel.from_config(language)  # type: ignore[no-untyped-call]
        self.post_init()  # type: ignore[no-untyped-call]

    def get_image_features(
        self, pixel_values: torch.Tensor, **kwargs: object
    ) -> BaseModelOutputWithPooling:
        """The visual tokens of each image, (tokens, width), in ``pooler_output``."""
        del kwargs  # LLaVA's choice of a layer: here the encoders decide
        with torch.no_grad():
            blind, reference = self.vision_tower(pixel_values)
        weight = next(self.multi_modal_projector.parameters())
        tokens = self.multi_modal_projector(blind.to(weight.dtype), reference.to(weight.dtype))
        # Without an image the mixture still takes part: it gets gradients of zero.
        images = list(tokens) if len(tokens) else [tokens.flatten(0, 1)]
        return BaseModelOutputWithPooling(
            last_hidden_state=tokens,
            pooler_output=images,  # type: ignore[arg-type]
        )


class MofLlavaForConditionalGeneration(LlavaForConditionalGeneration):  # type: ignore[no-untyped-call]
    """LLaVA for ``generate``; ``AutoModelForImageTextToText`` loads it from its folder."""

    config_class = MofLlavaConfig

    def __init__(self, config: MofLlavaConfig) -> None:
        LlavaPreTrainedModel.__init__(self, config)
        self.model = MofLlavaModel(config)
        _, language = _parts(config)
        self.lm_head = nn.Linear(language.hidden_size, language.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]


def _parts(config: MofLlavaConfig) -> tuple[MofTowerConfig, Any]:
    """The tower's and the language model's own configuration.

    Raises:
        MofError: the tower is no mixture.
    """
    if not isinstance(config.vision_config, MofTowerConfig):
        raise MofError("the vision part of this configuration is no Mixture-of-Features tower.")
    return config.vision_config, config.text_config


def new_llava(
    language: str, tower: MofTowerConfig, image_token_id: int, n_words: int
) -> MofLlavaForConditionalGeneration:
    """A pretrained language model behind an untrained mixture.

    Args:
        language: folder or hub name of a causal language model.
        image_token_id: of the token that visual tokens take the place of.
        n_words: the vocabulary's size with that token.
    """
    source = AutoModelForCausalLM.from_pretrained(language, dtype=torch.float32)
    source.resize_token_embeddings(max(n_words, source.config.vocab_size))
    config = MofLlavaConfig(
        vision_config=tower,
        text_config=source.config,
        image_token_index=image_token_id,
        image_seq_length=tower.n_tokens,
        tie_word_embeddings=bool(source.config.tie_word_embeddings),
    )
    model = MofLlavaForConditionalGeneration(config)
    model.model.language_model.load_state_dict(source.base_model.state_dict())
    head = source.get_output_embeddings()  # type: ignore[no-untyped-call]
    model.lm_head.load_state_dict(head.state_dict())
    model.tie_weights()
    if source.generation_config is not None:
        model.generation_config = source.generation_config
    return model


AutoModel.register(MofLlavaConfig, MofLlavaModel, exist_ok=True)
AutoModelForImageTextToText.register(
    MofLlavaConfig, MofLlavaForConditionalGeneration, exist_ok=True
)
