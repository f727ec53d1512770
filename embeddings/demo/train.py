"""Trains both of the demo's models: ``python -m embeddings.demo.train --out assets/demo``."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path

from embeddings.demo.blind import BlindTraining, save_blind, train_blind
from embeddings.demo.reference import ReferenceTraining, save_reference, train_reference
from embeddings.demo.scenes import sample_scene
from embeddings.demo.training_pictures import training_pictures

logger = logging.getLogger(__name__)

TRAINING_SEED = 1


def train(
    out: Path,
    *,
    scenes: int = 10_000,
    blind: BlindTraining | None,
    reference: ReferenceTraining | None,
    cache: Path | None = None,
) -> dict[str, list[float]]:
    """Draw scenes, train the models on them and write ``out/clip`` and ``out/dino``.

    Args:
        out: folder to write to.
        scenes: how many scenes both models see.
        blind: how to train the blind model; None leaves it out.
        reference: how to train the reference model; None leaves it out.
        cache: folder that keeps the scenes for the next run.

    Returns:
        The loss at every step, by role.
    """
    pictures = training_pictures(scenes, TRAINING_SEED, cache)
    losses: dict[str, list[float]] = {}
    if blind is not None:
        start = time.perf_counter()
        captions = [sample_scene(TRAINING_SEED, index).caption for index in range(scenes)]
        clip, losses["blind"] = train_blind(pictures, captions, blind, TRAINING_SEED)
        save_blind(clip, out / "clip")
        logger.info("blind model done in %.1f minutes", (time.perf_counter() - start) / 60)
    if reference is not None:
        start = time.perf_counter()
        dino, losses["reference"] = train_reference(pictures, reference, TRAINING_SEED)
        save_reference(dino, out / "dino")
        logger.info("reference model done in %.1f minutes", (time.perf_counter() - start) / 60)
    return losses


def main() -> None:
    """Command line: train one or both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for clip and dino")
    parser.add_argument("--scenes", type=int, default=10_000, help="number of scenes")
    parser.add_argument("--only", choices=("blind", "reference"), help="train one model")
    parser.add_argument("--cache", type=Path, help="folder that keeps the drawn scenes")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(
        arguments.out,
        scenes=arguments.scenes,
        blind=None if arguments.only == "reference" else BlindTraining(),
        reference=None if arguments.only == "blind" else ReferenceTraining(),
        cache=arguments.cache,
    )


if __name__ == "__main__":
    main()
