"""The demo's blind encoder: a tiny CLIP trained on scenes and captions without details."""

from __future__ import annotations

import json
import logging
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file
from torch import nn

from embeddings.demo.schedule import optimiser, set_rate
from embeddings.demo.tokens import CONTEXT, TEMPLATES, new_tokenizer
from embeddings.demo.training_pictures import INPUT, MEAN, STD, jittered

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BlindTraining:
    """How the blind encoder is trained; a batch has one scene of every caption.

    ``sharpest`` bounds the logit scale (CLIP's own bound is 100): with few captions a sharper
    softmax is content long before scenes of one caption have come together.
    """

    steps: int = 1000
    rate: float = 1.0e-3
    dropped: float = 0.5
    sharpest: float = 6.0


def model_config(vocabulary_size: int) -> dict[str, Any]:
    """open_clip's description of the model."""
    return {
        "embed_dim": 64,
        "vision_cfg": {
            "image_size": INPUT,
            "layers": 4,
            "width": 128,
            "head_width": 32,
            "patch_size": 12,
        },
        "text_cfg": {
            "hf_tokenizer_name": "tokenizer",
            "context_length": CONTEXT,
            "vocab_size": vocabulary_size,
            "width": 64,
            "heads": 2,
            "layers": 2,
        },
    }


def new_blind(vocabulary_size: int, *, dropped: float = 0.0) -> open_clip.CLIP:
    """The untrained model; ``dropped``: share of patches that it does not see in training."""
    config = model_config(vocabulary_size)
    config["vision_cfg"]["patch_dropout"] = dropped
    return open_clip.CLIP(**config)


def caption_batches(texts: Sequence[str], seed: int) -> Iterator[list[tuple[int, str]]]:
    """Endless batches of (row of a picture, its caption in some template).

    Every caption once per batch: two scenes of one caption would be false negatives.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        rows[text].append(row)
    chance = random.Random(seed)
    queues = {text: chance.sample(own, len(own)) for text, own in rows.items()}
    while True:
        batch = []
        for text, queue in queues.items():
            if not queue:
                queue.extend(chance.sample(rows[text], len(rows[text])))
            batch.append((queue.pop(), chance.choice(TEMPLATES).format(text)))
        yield batch


def train_blind(
    pictures: torch.Tensor, texts: Sequence[str], training: BlindTraining, seed: int
) -> tuple[open_clip.CLIP, list[float]]:
    """Train on stored pictures and their captions with CLIP's loss.

    Returns:
        The model and its loss at every step.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    tokenizer = new_tokenizer()
    model = new_blind(len(tokenizer), dropped=training.dropped)
    optimizer = optimiser(model.parameters(), training.rate)
    matching = open_clip.ClipLoss()
    losses: list[float] = []
    batches = caption_batches(texts, seed)
    for step in range(training.steps):
        set_rate(optimizer, training.rate, step, training.steps)
        rows, captions = zip(*next(batches), strict=True)
        seen = jittered(pictures[list(rows)], generator)
        read = tokenizer(
            list(captions), padding="max_length", max_length=CONTEXT, return_tensors="pt"
        ).input_ids
        loss = matching(*model(seen, read))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(training.sharpest))
        losses.append(loss.item())
        if step % 50 == 0 or step == training.steps - 1:
            logger.info("blind step %d/%d loss %.3f", step, training.steps, losses[-1])
    return model.eval(), losses


def save_blind(model: open_clip.CLIP, folder: Path) -> None:
    """Write what open_clip loads as ``local-dir:<folder>``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = new_tokenizer()
    tokenizer.save_pretrained(folder)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    config = {
        "model_cfg": model_config(len(tokenizer)),
        "preprocess_cfg": {
            "mean": list(MEAN),
            "std": list(STD),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }
    text = json.dumps(config, indent=2) + "\n"
    (folder / "open_clip_config.json").write_text(text, encoding="utf-8")
