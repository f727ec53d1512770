"""Encoders of the timm library: any of its image models, pooled as the model itself pools."""

import difflib
from pathlib import Path
from typing import Any, Final

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from PIL import Image
from timm.data.config import resolve_model_data_config
from timm.data.transforms_factory import create_transform

from embeddings.encoder import EncoderUnavailable
from embeddings.encoders.hub import loading
from embeddings.encoders.inference import (
    Forward,
    Inference,
    TorchEncoder,
    choose_device,
    patch_grid,
)

_SOURCES: Final = ("local-dir:", "hf-hub:")


class TimmEncoder(TorchEncoder):
    """The pooled features in front of the classifier, and the patch features before pooling."""

    def __init__(self, name: str, model: Any, device: str | None) -> None:  # noqa: ANN401 - timm is untyped
        """Wrap a loaded model without a classifier."""
        self.name, self.spec = name, f"timm:{name}"
        self._transform = create_transform(
            **resolve_model_data_config(model),  # type: ignore[no-untyped-call]
            is_training=False,
        )
        self._inference = Inference(model, choose_device(device))
        self._model = model
        self.device = str(self._inference.device)
        self.weights_digest = self._inference.weights_digest
        self.preprocess_description = " ".join(str(self._transform).split())
        self.image_size = int(self.preprocess(Image.new("RGB", (64, 48))).shape[-1])
        self.dimension = self._inference.dimension(self._model, self.image_size)

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """The evaluation transform of the model's own data configuration."""
        tensor: torch.Tensor = self._transform(image)
        return tensor

    def embed_images(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The pooled features."""
        return self._inference.unit_vectors(self._model, batch)

    def _image_forward(self) -> Forward:
        forward: Forward = self._model
        return forward

    def embed_patches(self, batch: torch.Tensor) -> NDArray[np.float32]:
        """The features before pooling."""
        return self._inference.unit_vectors(self._patches, batch)

    def _patches(self, batch: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self._model.forward_features(batch)
        if features.ndim == 4 and getattr(self._model, "output_fmt", "NCHW") == "NHWC":
            return features
        return patch_grid(features, getattr(self._model, "num_prefix_tokens", 0))


def load(name: str, device: str | None) -> TimmEncoder:
    """Load `<model>[.<tag>]`, `<model>/<local checkpoint file>`, `local-dir:…` or `hf-hub:…`."""
    architecture, checkpoint = _source(name)
    remote = checkpoint is None and not architecture.startswith("local-dir:")
    with loading(f"timm:{name}", remote=remote, hint=_hint(architecture, checkpoint)):
        if checkpoint is None:
            model = timm.create_model(architecture, pretrained=True, num_classes=0)
        else:
            model = _from_file(architecture, checkpoint)
    return TimmEncoder(name, model, device)


def _source(name: str) -> tuple[str, Path | None]:
    if name.startswith(_SOURCES):
        return name, None
    architecture, slash, file = name.partition("/")
    if not timm.is_model(architecture):
        known = timm.list_models()
        close = difflib.get_close_matches(architecture.split(".")[0], known, n=3, cutoff=0.5)
        hint = f"Near matches: {', '.join(close)}." if close else "timm.list_models() lists all."
        raise EncoderUnavailable(
            f"timm has no model '{architecture}'.", where=f"timm:{name}", hint=hint
        )
    if not slash:
        return architecture, None
    checkpoint = Path(file).expanduser()
    if not checkpoint.is_file():
        raise EncoderUnavailable("no such checkpoint file.", where=str(checkpoint))
    return architecture, checkpoint


def _hint(architecture: str, checkpoint: Path | None) -> str:
    if checkpoint is not None:
        return f"The file must be a timm checkpoint of {architecture}."
    if architecture.startswith("local-dir:"):
        return "The folder needs config.json and model.safetensors, as timm saves them."
    plain = architecture.split(".")[0]
    here = "local-dir:<folder>" if architecture.startswith("hf-hub:") else f"{plain}/<file>"
    return f"Download the model once on a machine with network, copy it here, write timm:{here}."


def _from_file(architecture: str, checkpoint: Path) -> Any:  # noqa: ANN401 - timm is untyped
    """Load a timm checkpoint strictly, but for the classifier, which it may have or not."""
    model: Any = timm.create_model(architecture, pretrained=False, num_classes=0)
    names = model.pretrained_cfg.get("classifier") or ()
    classifiers = tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))

    def without_classifier(weights: dict[str, Any], _model: Any) -> dict[str, Any]:  # noqa: ANN401
        return {name: w for name, w in weights.items() if not name.startswith(classifiers)}

    timm.models.load_checkpoint(model, str(checkpoint), filter_fn=without_classifier)
    return model
