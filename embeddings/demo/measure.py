"""Measures the demo: how many pairs are blind, and which details their pictures differ in."""

from __future__ import annotations

import argparse
import csv
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import imagehash
import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoImageProcessor, AutoModel

from assets import asset
from embeddings.demo import PAIRS_PER_SCENE
from embeddings.demo.dataset import write_scenes
from embeddings.demo.factors import PATTERN_OF_FACTOR
from embeddings.mining import mine

logger = logging.getLogger(__name__)

DEMO_SEED = 0
"""The series that the demo workspace shows; the models were trained on another one."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Measure:
    """What ``measure`` found; cosines are quantiles (5%, 25%, 50%, 75%, 95%, 99%) over pairs."""

    scenes: int
    captions: int
    pairs_over_thresholds: int
    pairs_kept: int
    top: int
    top_same_caption_and_differing: float
    top_differing: float
    top_by_pattern: dict[str, int]
    top_by_number_of_details: dict[int, int]
    kept_by_pattern: dict[str, int]
    same_caption_blind: list[float]
    same_caption_reference: list[float]
    other_caption_blind: list[float]
    other_caption_reference: list[float]


def embed_blind(folder: Path, paths: Sequence[Path]) -> Vectors:
    """Unit vectors of pictures by the open_clip model in ``folder``, (n, d)."""
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    model.eval()
    rows = []
    with torch.inference_mode():
        for start in range(0, len(paths), 64):
            chosen = paths[start : start + 64]
            batch = torch.stack([preprocess(_opened(path)) for path in chosen])
            rows.append(model.encode_image(batch, normalize=True))
    return torch.cat(rows).float().numpy()


def embed_reference(folder: Path, paths: Sequence[Path]) -> Vectors:
    """Unit CLS vectors of pictures by the transformers model in ``folder``, (n, d)."""
    model = AutoModel.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder)  # type: ignore[no-untyped-call]
    rows = []
    with torch.inference_mode():
        for start in range(0, len(paths), 64):
            chosen = [_opened(path) for path in paths[start : start + 64]]
            cls = model(**processor(images=chosen, return_tensors="pt")).last_hidden_state[:, 0]
            rows.append(torch.nn.functional.normalize(cls, dim=1))
    return torch.cat(rows).float().numpy()


def _opened(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def _hashes(paths: Sequence[Path]) -> NDArray[np.uint64]:
    found = [int(str(imagehash.phash(_opened(path))), 16) for path in paths]
    return np.array(found, dtype=np.uint64)


def differing(first: dict[str, str], second: dict[str, str]) -> list[str]:
    """Names of the details that two rows of the manifest both show, and show differently."""
    return [
        name
        for name in PATTERN_OF_FACTOR
        if first[name] and second[name] and first[name] != second[name]
    ]


def _patterns(pairs: Sequence[tuple[int, int]], rows: Sequence[dict[str, str]]) -> dict[str, int]:
    counts = dict.fromkeys(dict.fromkeys(PATTERN_OF_FACTOR.values()), 0)
    for first, second in pairs:
        names = differing(rows[first], rows[second])
        for pattern in {PATTERN_OF_FACTOR[name] for name in names}:
            counts[pattern] += 1
    return counts


def _quantiles(cosines: NDArray[np.float64]) -> list[float]:
    if cosines.size == 0:
        return []
    return [round(float(q), 3) for q in np.quantile(cosines, (0.05, 0.25, 0.5, 0.75, 0.95, 0.99))]


def measure(manifest: Path, models: Path, *, top: int = 150) -> Measure:
    """Embed the pictures of a manifest with both models and look at the pairs they disagree on.

    Args:
        manifest: as ``write_scenes`` returns it.
        models: folder with ``clip`` and ``dino``.
        top: how many of the best pairs to look at closely.
    """
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [manifest.parent / row["path"] for row in rows]
    blind, reference = embed_blind(models / "clip", paths), embed_reference(models / "dino", paths)
    mined = mine(blind, reference, max_per_image=PAIRS_PER_SCENE, perceptual_hashes=_hashes(paths))
    kept = list(zip(mined.first.tolist(), mined.second.tolist(), strict=True))
    best = kept[:top]
    details = [len(differing(rows[first], rows[second])) for first, second in best]
    same = [rows[first]["caption"] == rows[second]["caption"] for first, second in best]
    of_blind, of_reference = (v.astype(np.float64) @ v.T for v in (blind, reference))
    captions = np.unique([row["caption"] for row in rows], return_inverse=True)[1]
    upper = np.triu(np.ones(of_blind.shape, bool), 1)
    alike = upper & (captions[:, None] == captions[None, :])
    other = upper & ~alike
    both = [a and b > 0 for a, b in zip(same, details, strict=True)]
    return Measure(
        scenes=len(rows),
        captions=len(set(captions.tolist())),
        pairs_over_thresholds=mined.counts.n_over_thresholds,
        pairs_kept=len(kept),
        top=len(best),
        top_same_caption_and_differing=round(float(np.mean(both)), 3) if best else 0.0,
        top_differing=round(float(np.mean(np.array(details) > 0)), 3) if best else 0.0,
        top_by_pattern=_patterns(best, rows),
        top_by_number_of_details=dict(sorted(Counter(details).items())),
        kept_by_pattern=_patterns(kept, rows),
        same_caption_blind=_quantiles(of_blind[alike]),
        same_caption_reference=_quantiles(of_reference[alike]),
        other_caption_blind=_quantiles(of_blind[other]),
        other_caption_reference=_quantiles(of_reference[other]),
    )


def main() -> None:
    """Command line: measure the shipped models on a fresh series of scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="number of scenes")
    parser.add_argument("--seed", type=int, default=DEMO_SEED, help="series of scenes")
    parser.add_argument("--scenes", type=Path, help="folder that keeps the scenes")
    parser.add_argument("--models", type=Path, help="folder with clip and dino")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as spare:
        folder = arguments.scenes or Path(spare)
        manifest = write_scenes(folder, count=arguments.count, seed=arguments.seed)
        found = measure(manifest, arguments.models or asset("demo"))
    logger.info("%s", json.dumps(asdict(found), indent=2))


if __name__ == "__main__":
    main()
