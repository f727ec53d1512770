"""What every encoder family needs to run a torch model: device, precision, unit vectors, digest."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import isqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.encoder import EncoderUnavailable
from embeddings.errors import EmbeddingsError

_PROBES: Final = 2
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
    """Runs a model in evaluation mode: float32 on a CPU, half-precision autocast on a GPU."""

    def __init__(self, model: torch.nn.Module, device: torch.device) -> None:
        """Digest the weights as loaded, then move the model to `device`."""
        self.weights_digest = weights_digest(model)
        self.model = model.requires_grad_(False).eval().to(device)
        self.device = device
        self.n_parameters = sum(weights.numel() for weights in model.parameters())
        self._alone = device.type == "cpu" and self.n_parameters < _SMALL_MODEL

    def unit_vectors(
        self, forward: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor
    ) -> NDArray[np.float32]:
        """`forward(batch)` with its last axis scaled to length 1 in float32."""
        with torch.inference_mode(), self._precision(), self._threads():
            features = forward(batch.to(self.device, non_blocking=True))
        features = features.float()
        norms = torch.linalg.vector_norm(features, dim=-1, keepdim=True)
        vectors: NDArray[np.float32] = (features / norms).cpu().numpy()
        return vectors

    def dimension(self, forward: Callable[[torch.Tensor], torch.Tensor], image_size: int) -> int:
        """Length of the vectors, by asking for one.

        Raises:
            EncoderUnavailable: the same image gives two different vectors.
        """
        image = torch.linspace(-1, 1, 3 * image_size**2).reshape(1, 3, image_size, image_size)
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

    def _precision(self) -> AbstractContextManager[object]:
        if self.device.type != "cuda":
            return nullcontext()
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", dtype=dtype)


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
