"""What an encoder is, how one is named, and the one way to load it."""

import difflib
import hashlib
import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from embeddings.encoders import ENCODERS
from embeddings.errors import EmbeddingsError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

# The paper's two encoders (section 2.1). OpenAI trained with the quick GELU activation.
PAPER_BLIND: Final = "open_clip:ViT-L-14-quickgelu/openai"
PAPER_REFERENCE: Final = "hf:facebook/dinov2-large"

_SLUG_LENGTH: Final = 80


class InvalidSpec(EmbeddingsError):
    """A text that does not name an encoder."""


class EncoderUnavailable(EmbeddingsError):
    """A well-formed name whose model cannot be loaded here; `hint` says what to do."""


@dataclass(frozen=True)
class EncoderSpec:
    """The name of an encoder, written `scheme:name`."""

    scheme: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "EncoderSpec":
        """Split `scheme:name`.

        Raises:
            InvalidSpec: no such scheme, or nothing behind it.
        """
        scheme, _, name = text.strip().partition(":")
        if scheme not in ENCODERS:
            close = difflib.get_close_matches(scheme, ENCODERS, n=1)
            hint = f"Write one of {', '.join(f'{known}:…' for known in ENCODERS)}"
            hint += f"; did you mean {close[0]}:{name or '…'}?" if close else "."
            raise InvalidSpec("this does not name an encoder.", where=text, hint=hint)
        if not name:
            raise InvalidSpec(
                "the model's name is missing.", where=text, hint=f"Write {scheme}:<model>."
            )
        return cls(scheme, name)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"

    @property
    def slug(self) -> str:
        """A folder name for this encoder: readable, and unique by a digest of the whole name."""
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", str(self)).strip("-.")[-_SLUG_LENGTH:]
        digest = hashlib.sha256(str(self).encode("utf-8", "surrogateescape")).hexdigest()
        return f"{readable.lstrip('-.')}-{digest[:8]}"


def without_local_folders(text: str) -> str:
    """A spec or model name as it can be shown to others: of a local path only the last part.

    `hf:/home/ann/models/dino` becomes `hf:dino`; names of a hub stay as they are. The weights
    digest says which weights they were.
    """
    return re.sub(r"(^|[:/])/(?:[^/]*/)*([^/]+)/?$", r"\1\2", text)


class Encoder(Protocol):
    """Images to unit vectors.

    `image_size` is the side of the square that the model sees; `weights_digest` the SHA-256 of
    the weights; `device` where it runs. `preprocess` takes an upright RGB image to one item of
    the batch, channels first, and may be called from several threads at once.
    """

    spec: str
    name: str
    dimension: int
    image_size: int
    weights_digest: str
    preprocess_description: str
    device: str

    def preprocess(self, image: "Image") -> "torch.Tensor":
        """Shape (3, image_size, image_size), float32."""
        ...

    def embed_images(self, batch: "torch.Tensor") -> NDArray[np.float32]:
        """Shape (n, dimension), rows of length 1."""
        ...


class TextEncoder(Encoder, Protocol):
    """An encoder with a text tower in the same space; `n_parameters` counts both towers'."""

    n_parameters: int

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, dimension), rows of length 1; longer texts are cut as the model does."""
        ...


class PatchEncoder(Encoder, Protocol):
    """An encoder that also gives a vector for every patch of the image."""

    def embed_patches(self, batch: "torch.Tensor") -> NDArray[np.float32]:
        """Shape (n, grid height, grid width, d), vectors of length 1, top row first."""
        ...


class TunableEncoder(Encoder, Protocol):
    """An encoder whose model can compute in another precision, or be compiled."""

    precision: str

    def use_precision(self, precision: str) -> None:
        """Compute in float32, bfloat16 or float16 from now on."""
        ...

    def compile(self) -> None:
        """Have the image tower compiled for this machine."""
        ...


def load_encoder(spec: str, *, device: str | None = None) -> Encoder:
    """Load the encoder that `spec` names; the GPU is used when there is one.

    Raises:
        InvalidSpec: `spec` is not `scheme:name` of a known scheme.
        EncoderUnavailable: the model cannot be loaded; the hint says what to do.
    """
    parsed = EncoderSpec.parse(spec)
    module, _, function = ENCODERS[parsed.scheme].partition(":")
    load: Callable[[str, str | None], Encoder] = getattr(importlib.import_module(module), function)
    return load(parsed.name, device)


def limit_threads(n_threads: int) -> None:
    """Let models compute with at most so many threads; call it in the thread that runs them."""
    importlib.import_module("torch").set_num_threads(n_threads)


def supports_text(encoder: Encoder) -> TypeGuard[TextEncoder]:
    """Whether the encoder has a text tower."""
    return callable(getattr(encoder, "embed_texts", None))


def supports_patches(encoder: Encoder) -> TypeGuard[PatchEncoder]:
    """Whether the encoder gives patch features."""
    return callable(getattr(encoder, "embed_patches", None))


def is_tunable(encoder: Encoder) -> TypeGuard[TunableEncoder]:
    """Whether the encoder's precision can be chosen and its model compiled."""
    return callable(getattr(encoder, "use_precision", None))
