"""Encoders of the transformers library: CLIP, SigLIP, DINOv2, DINOv3 and other vision models."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from embeddings.encoder import EncoderUnavailable
from embeddings.encoders.hub import loading
from embeddings.encoders.inference import (
    Forward,
    Inference,
    TorchEncoder,
    choose_device,
    patch_grid,
)

# The settings of an image processor that decide the pixels; others come and go with versions.
_PIXEL_SETTINGS: Final = (
    *("do_resize", "size", "resample", "do_center_crop", "crop_size", "do_pad", "pad_size"),
    *("do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std"),
)


class HuggingFaceEncoder(TorchEncoder):
    """A vision model of transformers; which vector stands for the image depends on its family.

    - with a text tower (CLIP, SigLIP, …): the feature that is compared with texts;
    - with a class token (DINOv2, DINOv3, ViT, …): that token after the last norm, as the paper
      takes it from DINOv2;
    - with a trained pooling (CLIP's and SigLIP's vision towers, ConvNeXt, …): the pooled feature;
    - otherwise (I-JEPA, …): the mean of the patch features.
    """

    def __init__(self, name: str, model: Any, processor: Any, device: str | None) -> None:  # noqa: ANN401 - one of many model classes
        """Wrap a loaded model and its own image processor."""
        self.name, self.spec = name, f"hf:{name}"
        self._processor, self._model = processor, model
        self._tower = getattr(model, "vision_model", model)
        self._inference = Inference(model, choose_device(device))
        self.device = str(self._inference.device)
        self.weights_digest = self._inference.weights_digest
        self.n_parameters = self._inference.n_parameters
        self.preprocess_description = _description(processor)
        self.image_size = self._image_size()
        self._forward = self._feature()
        self.dimension = self._inference.dimension(self._forward, self.image_size)

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """The model's own image processor, in its Pillow version where there is one."""
        pixels: torch.Tensor = self._processor(images=image, return_tensors="pt")["pixel_values"]
        return pixels[0]

    def embed_images(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The vector that stands for the image, see the class."""
        return self._inference.unit_vectors(self._forward, batch)

    def _image_forward(self) -> Forward:
        forward: Forward = self._forward
        return forward

    def embed_patches(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The last layer's patch features, without class and register tokens."""
        return self._inference.unit_vectors(self._patches, batch)

    def _feature(self) -> Callable[[torch.Tensor], torch.Tensor]:
        if hasattr(self._model, "get_image_features"):
            return lambda batch: self._model.get_image_features(pixel_values=batch).pooler_output
        if _has_class_token(self._tower):
            return lambda batch: self._model(pixel_values=batch).last_hidden_state[:, 0]
        # BERT's pooler (a dense layer and tanh) is untrained in published vision models.
        if hasattr(getattr(self._tower, "pooler", None), "dense"):
            return self._mean
        return self._pooled

    def _pooled(self, batch: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor | None = getattr(
            self._model(pixel_values=batch), "pooler_output", None
        )
        return self._mean(batch) if pooled is None else pooled.flatten(1)

    def _mean(self, batch: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self._model(pixel_values=batch).last_hidden_state
        return features.mean(dim=(2, 3) if features.ndim == 4 else 1)

    def _patches(self, batch: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self._tower(pixel_values=batch).last_hidden_state
        config = self._tower.config
        n_prefix = int(_has_class_token(self._tower) or _has_class_embedding(self._tower))
        return patch_grid(features, n_prefix + int(getattr(config, "num_register_tokens", 0) or 0))

    def _image_size(self) -> int:
        shapes = {
            tuple(self.preprocess(Image.new("RGB", size)).shape) for size in [(96, 64), (64, 96)]
        }
        shape = shapes.pop()
        if shapes or len(shape) != 3 or shape[1] != shape[2]:
            what = "its image processor does not give squares of one size."
            hint = "Use a fixed-resolution version of the model."
            raise EncoderUnavailable(what, where=self.spec, hint=hint)
        return int(shape[1])


class HuggingFaceTextEncoder(HuggingFaceEncoder):
    """A vision model of transformers with a text tower in the same space."""

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - one of many tokenizer classes
        source = _source(self.name)
        hint = "The model's tokenizer files are needed too."
        with loading(self.spec, remote=not Path(source).is_dir(), hint=hint):
            return AutoTokenizer.from_pretrained(source)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The text features; texts are padded to the model's full length, as SigLIP needs."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        length = self._model.config.text_config.max_position_embeddings
        tokens = self._tokenizer(
            list(texts),
            padding="max_length",
            truncation=True,
            max_length=length,
            return_tensors="pt",
        ).to(self._inference.device)
        return self._inference.unit_vectors(
            lambda _: self._model.get_text_features(**tokens).pooler_output, tokens["input_ids"]
        )


def load(name: str, device: str | None) -> HuggingFaceEncoder:
    """Load a hub id or a local folder with config, weights and preprocessor_config.json."""
    source = _source(name)
    with loading(f"hf:{name}", remote=not Path(source).is_dir(), hint=_hint(source)):
        processor = AutoImageProcessor.from_pretrained(source, backend="pil")  # type: ignore[no-untyped-call]
        model, report = AutoModel.from_pretrained(
            source, dtype=torch.float32, output_loading_info=True
        )
    # The library fills absent weights with noise; a pooler's we do not use.
    absent = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if absent:
        what = f"{len(absent)} weights are not in the checkpoint, such as {absent[0]}."
        raise EncoderUnavailable(what, where=f"hf:{name}", hint=_hint(source))
    if hasattr(model, "get_text_features"):
        return HuggingFaceTextEncoder(name, model, processor, device)
    return HuggingFaceEncoder(name, model, processor, device)


def _source(name: str) -> str:
    """Folder or hub id; what looks like a path but is no folder is not asked of the hub."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder)
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise EncoderUnavailable("no such folder.", where=str(folder))
    return name


def _hint(source: str) -> str:
    if Path(source).is_dir():
        return "The folder needs config.json, preprocessor_config.json and model.safetensors."
    return (
        f"Check the name, or run `hf download {source} --local-dir FOLDER` on a "
        "machine with network, copy the folder here, and write hf:FOLDER."
    )


def _description(processor: Any) -> str:  # noqa: ANN401 - one of many processor classes
    settings = {name: getattr(processor, name, None) for name in _PIXEL_SETTINGS}
    used = {name: value for name, value in settings.items() if value is not None}
    return f"{type(processor).__name__} {json.dumps(used, sort_keys=True, default=dict)}"


def _has_class_token(tower: torch.nn.Module) -> bool:
    return getattr(getattr(tower, "embeddings", None), "cls_token", None) is not None


def _has_class_embedding(tower: torch.nn.Module) -> bool:
    return getattr(getattr(tower, "embeddings", None), "class_embedding", None) is not None
