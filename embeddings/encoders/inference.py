"""What every encoder family needs to run a torch model: device, precision, unit vectors, digest."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import isqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.encoder import EncoderUnavailable
from embeddings.errors import EmbeddingsError

Forward = Callable[[torch.Tensor], torch.Tensor]

_PROBES: Final = 2
_SAME: Final = 0.9999
# Below this, threads wait for each other longer than they compute while images are decoded
# beside them: 0.7 ms a picture with one thread, 3 ms with two (two cores, 64-pixel scenes).
_SMALL_MODEL: Final = 5_000_000


def choose_device(device: str | None) -> torch.device:
    """The named device, or the GPU when there is one, or the CPU.

    Raises:
        EncoderUnavailable: there is no such device here.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        hint = "Use cpu, or cuda on a machine with a GPU."
        raise EncoderUnavailable(
            "there is no such device here.", where=device, hint=hint
        ) from error
    return chosen


class Inference:
    """Runs a model in evaluation mode, on a GPU at first in half precision.

    Attributes:
        precision: that of the products: float32, bfloat16 or float16.
    """

    def __init__(self, model: torch.nn.Module, device: torch.device) -> None:
        """Digest the weights as loaded, then move the model to `device`."""
        self.weights_digest = weights_digest(model)
        # Convolutional networks are quicker so; a transformer's one convolution does not matter.
        n_convolutions = sum(isinstance(part, torch.nn.Conv2d) for part in model.modules())
        self._layout = torch.channels_last if n_convolutions > 1 else torch.contiguous_format
        model = model.requires_grad_(False).eval()
        self.model = model.to(device).to(memory_format=self._layout)
        self.device = device
        self.precision = _usual_precision(device)
        self._compiled: dict[Forward, Forward] = {}
        self.n_parameters = sum(weights.numel() for weights in model.parameters())
        self._alone = device.type == "cpu" and self.n_parameters < _SMALL_MODEL

    def unit_vectors(self, forward: Forward, batch: torch.Tensor) -> NDArray[np.float32]:
        """`forward(batch)` with its last axis scaled to length 1 in float32."""
        layout = self._layout if batch.ndim == 4 else torch.preserve_format
        forward = self._compiled.get(forward, forward)
        with torch.inference_mode(), self._autocast(), self._threads():
            features = forward(
                batch.to(device=self.device, non_blocking=True, memory_format=layout)
            )
        features = features.float()
        norms = torch.linalg.vector_norm(features, dim=-1, keepdim=True)
        vectors: NDArray[np.float32] = (features / norms).cpu().numpy()
        return vectors

    def compile(self, forward: Forward, image_size: int) -> None:
        """Have `forward` compiled for this machine, which takes a minute or so.

        Raises:
            EncoderUnavailable: it cannot be, or what comes out gives other vectors.
        """
        probe = _probe(image_size)
        plain = self.unit_vectors(forward, probe)
        self._compiled[forward] = torch.compile(forward)
        try:
            same = bool((plain * self.unit_vectors(forward, probe)).sum(1).min() > _SAME)
            what = "compiled, the model gives other vectors."
        except (RuntimeError, OSError) as error:
            same, what = False, f"it cannot be compiled here ({_first_line(error)})."
        if not same:
            del self._compiled[forward]
            hint = "Leave --compile out; it needs a C++ compiler, and on a GPU triton."
            raise EncoderUnavailable(what, where=type(self.model).__name__, hint=hint)

    def dimension(self, forward: Forward, image_size: int) -> int:
        """Length of the vectors, by asking for one.

        Raises:
            EncoderUnavailable: the same image gives two different vectors.
        """
        image = _probe(image_size)
        vectors = [self.unit_vectors(forward, image) for _ in range(_PROBES)]
        if vectors[0].ndim != 2 or not np.allclose(vectors[0], vectors[1], atol=1e-3):
            what = "the model does not give one fixed vector for an image."
            raise EncoderUnavailable(what, where=type(self.model).__name__)
        return int(vectors[0].shape[1])

    @contextmanager
    def _threads(self) -> Iterator[None]:
        if not self._alone:
            yield
            return
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=getattr(torch, self.precision))


class TorchEncoder(ABC):
    """What all our encoders can do because they run a torch model."""

    _inference: Inference
    image_size: int

    @property
    def precision(self) -> str:
        """Of the model's products: float32, bfloat16 or float16."""
        return self._inference.precision

    def use_precision(self, precision: str) -> None:
        """Compute in this precision from now on."""
        self._inference.precision = precision

    def compile(self) -> None:
        """Have the image tower compiled for this machine.

        Raises:
            EncoderUnavailable: it cannot be.
        """
        self._inference.compile(self._image_forward(), self.image_size)

    @abstractmethod
    def _image_forward(self) -> Forward:
        """What gives the image's vector; always the same object or an equal one."""


def _usual_precision(device: torch.device) -> str:
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"


def _probe(image_size: int) -> torch.Tensor:
    return torch.linspace(-1, 1, 3 * image_size**2).reshape(1, 3, image_size, image_size)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def weights_digest(model: torch.nn.Module) -> str:
    """SHA-256 over names, types, shapes and bytes of all weights, in the order of their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def patch_grid(features: torch.Tensor, n_prefix: int) -> torch.Tensor:
    """Patch features as (n, grid height, grid width, d).

    Args:
        features: (n, n_prefix + patches, d) tokens, or an (n, d, height, width) map.
        n_prefix: class and register tokens in front of the patches.

    Raises:
        EmbeddingsError: the tokens are not those of a square grid.
    """
    if features.ndim == 4:
        return features.permute(0, 2, 3, 1)
    patches = features[:, n_prefix:]
    side = isqrt(patches.shape[1])
    if side == 0 or side * side != patches.shape[1]:
        raise EmbeddingsError(f"{patches.shape[1]} patch features are not a square grid.")
    return patches.reshape(patches.shape[0], side, side, patches.shape[2])
