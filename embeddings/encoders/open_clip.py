"""Encoders of the open_clip library: CLIP and its relatives, from a tag, a file or a folder."""

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image

from embeddings.encoder import EncoderUnavailable
from embeddings.encoders.hub import loading
from embeddings.encoders.inference import (
    Forward,
    Inference,
    TorchEncoder,
    choose_device,
    patch_grid,
)

_SCHEMAS: Final = ("local-dir:", "hf-hub:")


class OpenClipEncoder(TorchEncoder):
    """Image and text tower of one open_clip model; patches are those before the projection."""

    def __init__(self, name: str, model_name: str, model: Any, transform: Any, device: str | None):  # noqa: ANN401 - open_clip is untyped
        """Wrap a loaded model and its own inference transform."""
        self.name, self.spec, self._model_name = name, f"open_clip:{name}", model_name
        self._inference = Inference(model, choose_device(device))
        self._model, self._transform = model, transform
        self.device = str(self._inference.device)
        self.weights_digest = self._inference.weights_digest
        self.n_parameters = self._inference.n_parameters
        self.preprocess_description = " ".join(str(transform).split())
        self.image_size = int(self.preprocess(Image.new("RGB", (64, 48))).shape[-1])
        self.dimension = self._inference.dimension(self._model.encode_image, self.image_size)

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - open_clip is untyped
        hint = "The model's tokenizer must be downloaded once while there is a network."
        with loading(self.spec, remote=self._remote_tokenizer(), hint=hint):
            return open_clip.get_tokenizer(self._model_name)

    def _remote_tokenizer(self) -> bool:
        if self._model_name.startswith("local-dir:"):
            return False
        config = open_clip.get_model_config(self._model_name) or {}
        return "hf_tokenizer_name" in config.get("text_cfg", {})

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """open_clip's own inference transform."""
        tensor: torch.Tensor = self._transform(image)
        return tensor

    def embed_images(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The projected image features, as CLIP compares them."""
        return self._inference.unit_vectors(self._model.encode_image, batch)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The projected text features."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        tokens: torch.Tensor = self._tokenizer(list(texts))
        return self._inference.unit_vectors(self._model.encode_text, tokens)

    def _image_forward(self) -> Forward:
        forward: Forward = self._model.encode_image
        return forward

    def embed_patches(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The last block's patch features."""
        return self._inference.unit_vectors(self._patches, batch)

    def _patches(self, batch: torch.Tensor) -> torch.Tensor:
        output = self._model.visual.forward_intermediates(
            batch, indices=1, normalize_intermediates=True, intermediates_only=True
        )
        return patch_grid(output["image_intermediates"][-1], 0)


def load(name: str, device: str | None) -> OpenClipEncoder:
    """Load `<model>/<pretrained tag or local file>`, `local-dir:<folder>` or `hf-hub:<id>`."""
    model_name, pretrained = _source(name)
    tag = open_clip.get_pretrained_cfg(model_name, pretrained) if pretrained else {}
    remote = bool(tag) or model_name.startswith("hf-hub:")
    with loading(f"open_clip:{name}", remote=remote, hint=_hint(model_name, pretrained)):
        model, transform = open_clip.create_model_from_pretrained(
            model_name,
            pretrained,
            device="cpu",
            precision="fp32",
            # OpenAI's tags need it whether or not the model's name says so.
            force_quick_gelu=bool(tag.get("quick_gelu")),
        )
    return OpenClipEncoder(name, model_name, model, transform, device)


def _source(name: str) -> tuple[str, str | None]:
    """Model name and pretrained tag or file, checked as far as possible without loading."""
    for schema in _SCHEMAS:
        if name.startswith(schema):
            folder = Path(name.removeprefix(schema)).expanduser()
            return (f"{schema}{folder}" if schema == "local-dir:" else name), None
    model_name, _, pretrained = name.partition("/")
    spec = f"open_clip:{name}"
    if model_name not in open_clip.list_models():
        close = difflib.get_close_matches(model_name, open_clip.list_models(), n=3, cutoff=0.5)
        hint = (
            f"Near matches: {', '.join(close)}." if close else "open_clip.list_models() lists all."
        )
        raise EncoderUnavailable(f"open_clip has no model '{model_name}'.", where=spec, hint=hint)
    tags = open_clip.list_pretrained_tags_by_model(model_name)
    if pretrained in tags:
        return model_name, pretrained
    checkpoint = Path(pretrained).expanduser()
    if pretrained and checkpoint.is_file():
        return model_name, str(checkpoint)
    what = f"'{pretrained}' is neither a file nor a pretrained tag of {model_name}."
    hint = f"Its tags: {', '.join(tags) or 'none'}."
    raise EncoderUnavailable(what, where=spec, hint=hint)


def _hint(model_name: str, pretrained: str | None) -> str:
    if model_name.startswith("local-dir:"):
        return "The folder needs open_clip_config.json and a checkpoint that fits it."
    if pretrained is not None and Path(pretrained).is_file():
        return f"The file must be a checkpoint of {model_name}."
    here = f"{model_name}/<checkpoint file>" if pretrained else "local-dir:<folder>"
    return (
        "Download the model once on a machine with network, copy it here, and write "
        f"open_clip:{here}."
    )
