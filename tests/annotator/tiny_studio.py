"""What the app's tests are made of: real pictures, tiny real encoders, commands that are run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
N_PICTURES = 40
# Untrained encoders: these let every pair through, the filters then choose.
EVERY_PAIR = ("--blind-min", "-1", "--reference-max", "1")


def draw_picture(seed: int, side: int = 64) -> Image.Image:
    """Coloured blocks, other ones for each seed, so that no two look alike."""
    blocks = np.random.default_rng(seed).integers(0, 256, size=(6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST)


@dataclass(frozen=True)
class Specs:
    """Two tiny encoders, and one that takes its time."""

    blind: str
    reference: str
    slow: str

    @property
    def options(self) -> list[str]:
        return ["--blind", self.blind, "--reference", self.reference]


def save_encoder(folder: Path, *, seed: int, **architecture: int) -> str:
    """Saves an untrained DINOv2 as a person would have it locally; returns its spec."""
    import torch
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    torch.set_num_threads(1)  # for such a model more threads only wait for each other
    torch.manual_seed(seed)
    config = Dinov2Config(num_attention_heads=2, patch_size=14, **architecture)
    Dinov2Model(config).save_pretrained(folder)
    side = architecture["image_size"]
    BitImageProcessor(
        size={"shortest_edge": side}, crop_size={"height": side, "width": side}
    ).save_pretrained(folder)
    return f"hf:{folder}"


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - as printed
        return json.loads(self.out)


Mmvp = Callable[..., Answer]


def start_mmvp(arguments: Sequence[object], **environment: str) -> "subprocess.Popen[str]":
    """Starts a command as a person would, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "annotator.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
