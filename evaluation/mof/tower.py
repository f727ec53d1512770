"""The frozen half of the model: two encoders and their two ways to prepare an image."""

import logging
from functools import lru_cache

import torch
from PIL import Image
from torch import nn

from embeddings.encoder import PatchEncoder, load_encoder, supports_patches
from evaluation.mof.configuration import MofError, MofTowerConfig

log = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def loaded(spec: str, device: str) -> PatchEncoder:
    """The encoder on a device; loaded once in a process.

    Raises:
        MofError: it gives no patch features.
    """
    encoder = load_encoder(spec, device=device)
    if not supports_patches(encoder):
        raise MofError("this encoder gives no patch features.", where=spec)
    return encoder


def described(
    blind: str,
    reference: str,
    *,
    mixing: str,
    reference_share: float | None = None,
    adapter: str = "mlp",
) -> MofTowerConfig:
    """The configuration of a tower of any two encoders, whose sizes it measures."""
    encoders = [loaded(spec, "cpu") for spec in (blind, reference)]
    shapes = [_patches(encoder).shape for encoder in encoders]
    grids = [(int(shape[1]), int(shape[2])) for shape in shapes]
    return MofTowerConfig(
        encoders=(blind, reference),
        digests=(encoders[0].weights_digest, encoders[1].weights_digest),
        image_sizes=(encoders[0].image_size, encoders[1].image_size),
        grids=(grids[0], grids[1]),
        widths=(int(shapes[0][3]), int(shapes[1][3])),
        mixing=mixing,
        reference_share=reference_share,
        adapter=adapter,
    )


def _patches(encoder: PatchEncoder) -> torch.Tensor:
    blank = encoder.preprocess(Image.new("RGB", (64, 64), (120, 90, 60)))
    return torch.from_numpy(encoder.embed_patches(blank[None]))


def pixels(image: Image.Image, config: MofTowerConfig) -> torch.Tensor:
    """An upright RGB image prepared for both encoders by their own means, as one vector.

    The two squares may have different sizes and normalisations; ``squares`` takes them apart.
    """
    prepared = [loaded(spec, "cpu").preprocess(image).flatten() for spec in config.encoders]
    return torch.cat(prepared)


def squares(values: torch.Tensor, config: MofTowerConfig) -> list[torch.Tensor]:
    """The (n, 3, size, size) batches of the blind and the reference encoder out of ``pixels``."""
    sizes = [3 * side * side for side in config.image_sizes]
    parts = torch.split(values, sizes, dim=1)
    return [
        part.reshape(-1, 3, side, side)
        for part, side in zip(parts, config.image_sizes, strict=True)
    ]


class MofTower(nn.Module):
    """Both encoders, frozen, loaded when the first image comes.

    They are no submodules: their weights are neither saved nor trained nor moved with the model.
    """

    def __init__(self, config: MofTowerConfig) -> None:
        super().__init__()
        self.config = config
        self._warned: set[str] = set()

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Two grids of unit patch tokens, (n, height, width, own width), from ``pixels``."""
        if len(values) == 0:  # a batch of conversations without an image
            return self._nothing(0, values), self._nothing(1, values)
        grids = []
        batches = squares(values, self.config)
        for spec, digest, batch in zip(
            self.config.encoders, self.config.digests, batches, strict=True
        ):
            encoder = loaded(spec, str(values.device))
            if digest and encoder.weights_digest != digest and spec not in self._warned:
                # Not refused: another version of the library may name the same weights otherwise.
                self._warned.add(spec)
                log.warning("%s: other weights than in training, or named otherwise", spec)
            tokens = torch.from_numpy(encoder.embed_patches(batch.float()))
            grids.append(tokens.to(values.device, values.dtype))
        return grids[0], grids[1]

    def _nothing(self, number: int, values: torch.Tensor) -> torch.Tensor:
        height, width = self.config.grids[number]
        return values.new_zeros((0, height, width, self.config.widths[number]))
