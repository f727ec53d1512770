"""The miniature's pictures: drawn scenes, both encoders' patch tokens, and the blind pairs."""

import os
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from embeddings.demo.scenes import KINDS, Scene, draw, sample_scene
from embeddings.demo.training_pictures import STORED
from embeddings.encoder import PatchEncoder
from embeddings.mining import mine
from embeddings.near_duplicates import perceptual_hash
from evaluation.mof.questions import Options, pair_questions

# Other series than the encoders learned from (1) and the demo shows (0).
TRAINING_SERIES: Final = 21
ORDINARY_SERIES: Final = 22
PAIR_SERIES: Final = 23
Vectors = NDArray[np.float32]
_BATCH: Final = 256
_DRAWN: Final = 224
_FEW: Final = 256


@dataclass(frozen=True)
class Tokens:
    """What both frozen encoders see in a series of scenes.

    Attributes:
        scenes: (n,) what was drawn.
        blind: (n, grid height, grid width, d) unit patch tokens in half precision.
        reference: likewise, by the reference encoder.
        vectors: (n, dimension) each encoder's unit vectors of the whole images, if asked for.
    """

    scenes: list[Scene]
    blind: torch.Tensor
    reference: torch.Tensor
    vectors: tuple[Vectors, Vectors] | None = None

    def to(self, device: str) -> "Tokens":
        """The patch tokens on another device."""
        return Tokens(self.scenes, self.blind.to(device), self.reference.to(device))

    def as_one(self) -> "Tokens":
        """The vectors of the whole images in place of the patches: grids of one token.

        Raises:
            ValueError: the vectors were not asked for.
        """
        if self.vectors is None:
            raise ValueError("no vectors of the whole images were made")
        blind, reference = (
            torch.from_numpy(vectors)[:, None, None, :].half() for vectors in self.vectors
        )
        return Tokens(self.scenes, blind, reference, self.vectors)


@dataclass(frozen=True)
class BlindPair:
    """Two rows of the scenes, their cosines, and the question about a detail that differs."""

    rows: tuple[int, int]
    blind_cosine: float
    reference_cosine: float
    questions: tuple[Options, Options]


def ordinary_scenes(count: int, series: int) -> list[Scene]:
    """Scenes as the demo has them: most of a caption's scenes show its usual details."""
    return [sample_scene(series, index) for index in range(count)]


def free_scenes(count: int, series: int) -> list[Scene]:
    """Scenes with every detail drawn by chance, so that the caption tells none of them."""
    found = []
    for index, scene in enumerate(ordinary_scenes(count, series)):
        chance = random.Random(f"free/{series}/{index}")
        kind = KINDS[scene.kind]
        factors = {factor.name: chance.choice(factor.values) for factor in kind.factors}
        found.append(replace(scene, factors=kind.visible(factors)))
    return found


def drawn(scenes: Sequence[Scene]) -> list[Image.Image]:
    """The pictures of scenes, at the size that the encoders learned from."""
    if len(scenes) < _FEW:
        return [_small(scene) for scene in scenes]
    # Spawned, not forked: the caller may already run threads of torch.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(_small, scenes, chunksize=64))


def _small(scene: Scene) -> Image.Image:
    return draw(scene, _DRAWN).resize((STORED, STORED), Image.Resampling.BICUBIC)


def see(
    scenes: Sequence[Scene],
    pictures: Sequence[Image.Image],
    encoders: tuple[PatchEncoder, PatchEncoder],
    *,
    vectors: bool = False,
) -> Tokens:
    """The patch tokens of drawn scenes by the blind and the reference encoder."""
    grids: list[torch.Tensor] = []
    whole: list[Vectors] = []
    for encoder in encoders:
        tokens, found = [], []
        for batch in _batches(encoder, pictures):
            tokens.append(torch.from_numpy(encoder.embed_patches(batch)).half())
            if vectors:
                found.append(encoder.embed_images(batch))
        grids.append(torch.cat(tokens))
        whole += [np.concatenate(found)] if vectors else []
    kept = (whole[0], whole[1]) if vectors else None
    return Tokens(list(scenes), grids[0], grids[1], kept)


def mine_pairs(
    pictures: Sequence[Image.Image],
    scenes: Sequence[Scene],
    vectors: tuple[Vectors, Vectors],
    *,
    limit: int,
    per_image: int = 1,
    seed: int = 0,
) -> list[BlindPair]:
    """CLIP-blind pairs at the paper's thresholds, near-duplicates out, widest gap first.

    A pair of unlike objects, or one whose details are all alike, gets no question and is left out.
    """
    hashes = np.array([perceptual_hash(picture) for picture in pictures], dtype=np.uint64)
    mined = mine(vectors[0], vectors[1], max_per_image=per_image, perceptual_hashes=hashes)
    chance = random.Random(f"mof pairs/{seed}")
    pairs = []
    for first, second, b, r in zip(
        mined.first.tolist(),
        mined.second.tolist(),
        mined.blind_cosine.tolist(),
        mined.reference_cosine.tolist(),
        strict=True,
    ):
        questions = pair_questions(scenes[first], scenes[second], chance)
        if questions is not None:
            pairs.append(BlindPair((first, second), b, r, questions))
    return pairs[:limit]


def _batches(encoder: PatchEncoder, pictures: Sequence[Image.Image]) -> Iterator[torch.Tensor]:
    """Batches of model input, prepared by several threads."""
    with ThreadPoolExecutor() as threads:
        for start in range(0, len(pictures), _BATCH):
            chosen = pictures[start : start + _BATCH]
            yield torch.stack(list(threads.map(encoder.preprocess, chosen)))
