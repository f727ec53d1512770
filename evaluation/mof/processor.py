"""Images and text for a LLaVA with a Mixture-of-Features tower, saved beside its weights."""

from collections.abc import Sequence
from typing import Any, Final

import torch
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoProcessor,
    BatchFeature,
    ProcessorMixin,
)
from transformers.image_processing_utils import BaseImageProcessor
from transformers.image_utils import load_image

from evaluation.mof.configuration import MofError, MofLlavaConfig, MofTowerConfig
from evaluation.mof.tower import pixels

Images = Any
"""A PIL image, what transformers can load one from, or nested lists of them."""
Tokenizer = Any
"""One of many tokenizer classes."""

IMAGE_TOKEN: Final = "<image>"
_KEPT: Final = (
    *("encoders", "digests", "image_sizes", "grids", "widths"),
    *("mixing", "reference_share", "adapter"),
)
# LLaVA's conversations, version 1 (vicuna): an answer ends with the end token.
CHAT_TEMPLATE: Final = (
    "{{ bos_token or '' }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}USER: {% elif message['role'] == 'assistant' %}ASSISTANT: "
    "{% endif %}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% endif %}{% endfor %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% else %} {% endif %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT: {% endif %}"
)


class MofImageProcessor(BaseImageProcessor):
    """Prepares every image by both encoders' own means."""

    model_input_names = ["pixel_values"]  # noqa: RUF012 - transformers declares it so

    def __init__(self, tower: dict[str, Any] | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        """``tower``: a ``MofTowerConfig`` as a dictionary."""
        super().__init__(**kwargs)
        self.tower = tower or {}

    def preprocess(
        self, images: Images, return_tensors: str = "pt", **kwargs: object
    ) -> BatchFeature:
        """``pixel_values``, (images, length), of PIL images, or what transformers can load."""
        del return_tensors, kwargs
        config = MofTowerConfig(**self.tower)
        rows = [pixels(_upright(image), config) for image in _flat(images)]
        return BatchFeature({"pixel_values": torch.stack(rows)})


def _upright(image: Images) -> Image.Image:
    return load_image(image).convert("RGB")


def _flat(images: Images) -> list[Any]:
    if isinstance(images, list | tuple):
        return [one for each in images for one in _flat(each)]
    return [images]


class MofProcessor(ProcessorMixin):
    """A tokenizer whose ``<image>`` becomes as many tokens as the mixture gives."""

    def __init__(
        self,
        image_processor: MofImageProcessor | None = None,
        tokenizer: Tokenizer = None,
        chat_template: str | None = None,
        **kwargs: Any,  # noqa: ANN401 - as any processor takes them
    ) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            image_processor, tokenizer, chat_template=chat_template, **kwargs
        )
        self.image_token = IMAGE_TOKEN
        self.image_token_id = tokenizer.convert_tokens_to_ids(IMAGE_TOKEN)

    @property
    def tower(self) -> MofTowerConfig:
        """The encoders and the mixture that it prepares images and text for."""
        return MofTowerConfig(**self.image_processor.tower)

    def with_places(self, text: str) -> str:
        """The text with a place for every visual token of its images."""
        return text.replace(IMAGE_TOKEN, IMAGE_TOKEN * self.tower.n_tokens)

    def __call__(
        self,
        images: Images = None,
        text: str | Sequence[str] | None = None,
        **kwargs: Any,  # noqa: ANN401 - as any processor takes them
    ) -> BatchFeature:
        """Token ids, mask and, with images, ``pixel_values``.

        Raises:
            MofError: the texts do not have as many places as there are images.
        """
        texts = [text or ""] if text is None or isinstance(text, str) else list(text)
        pictures = [] if images is None else _flat(images)
        n_places = sum(one.count(IMAGE_TOKEN) for one in texts)
        if n_places != len(pictures):
            raise MofError(f"{len(pictures)} images for {n_places} places in the text.")
        known = {"padding", "truncation", "max_length", "add_special_tokens", "return_tensors"}
        asked = {name: value for name, value in kwargs.items() if name in known}
        asked.update(kwargs.get("text_kwargs") or {})
        data = dict(self.tokenizer([self.with_places(one) for one in texts], **asked))
        if pictures:
            data.update(self.image_processor(pictures))
        return BatchFeature(data)


def new_processor(
    tokenizer: Tokenizer, tower: MofTowerConfig, template: str = CHAT_TEMPLATE
) -> MofProcessor:
    """A processor for a tokenizer, which gets the token ``<image>`` if it lacks it."""
    if IMAGE_TOKEN not in tokenizer.get_vocab():
        tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE_TOKEN]})
    described = tower.to_dict()
    image_processor = MofImageProcessor({name: described[name] for name in _KEPT})
    return MofProcessor(image_processor, tokenizer, chat_template=template)


AutoImageProcessor.register(
    MofLlavaConfig, slow_image_processor_class=MofImageProcessor, exist_ok=True
)
AutoProcessor.register(  # type: ignore[no-untyped-call]
    MofLlavaConfig, MofProcessor, exist_ok=True
)
