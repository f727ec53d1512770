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

from evaluation.mof.configuration import MofLlavaConfig, MofTowerConfig
from evaluation.mof.tower import MofTower


class MofLlavaModel(LlavaModel):
    """The mixture stands where LLaVA has its projector."""

    config_class = MofLlavaConfig

    def __init__(self, config: MofLlavaConfig) -> None:
        LlavaPreTrainedModel.__init__(self, config)
        self.vision_tower = MofTower(config.vision_config)
        self.multi_modal_projector = config.vision_config.new_mixture(
            config.text_config.hidden_size
        )
        self.language_model = AutoModel.from_config(config.text_config)
        self.post_init()

    def get_image_features(
        self, pixel_values: torch.Tensor, **kwargs: Any
    ) -> BaseModelOutputWithPooling:
        """The visual tokens of each image, (tokens, width), in ``pooler_output``."""
        del kwargs  # LLaVA's choice of a layer: here the encoders decide
        with torch.no_grad():
            blind, reference = self.vision_tower(pixel_values)
        weight = next(self.multi_modal_projector.parameters())
        tokens = self.multi_modal_projector(blind.to(weight.dtype), reference.to(weight.dtype))
        return BaseModelOutputWithPooling(
            last_hidden_state=tokens,
            pooler_output=list(tokens),  # type: ignore[arg-type]
        )


class MofLlavaForConditionalGeneration(LlavaForConditionalGeneration):
    """LLaVA for ``generate``; ``AutoModelForImageTextToText`` loads it from its folder."""

    config_class = MofLlavaConfig

    def __init__(self, config: MofLlavaConfig) -> None:
        LlavaPreTrainedModel.__init__(self, config)
        self.model = MofLlavaModel(config)
        width, words = config.text_config.hidden_size, config.text_config.vocab_size
        self.lm_head = nn.Linear(width, words, bias=False)
        self.post_init()


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
    model.lm_head.load_state_dict(source.get_output_embeddings().state_dict())
    model.tie_weights()
    if source.generation_config is not None:
        model.generation_config = source.generation_config
    return model


AutoModel.register(MofLlavaConfig, MofLlavaModel, exist_ok=True)
AutoModelForImageTextToText.register(
    MofLlavaConfig, MofLlavaForConditionalGeneration, exist_ok=True
)
