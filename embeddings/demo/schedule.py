"""The optimiser and learning-rate course that both of the demo's trainings share."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch


def optimiser(parameters: Iterable[torch.nn.Parameter], rate: float) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    every = [parameter for parameter in parameters if parameter.requires_grad]
    groups = [
        {"params": [p for p in every if p.ndim > 1], "weight_decay": 0.05},
        {"params": [p for p in every if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def set_rate(optimizer: torch.optim.Optimizer, peak: float, step: int, steps: int) -> None:
    """Linear warm-up over the first 5% of ``steps``, then a cosine down to 1% of ``peak``."""
    warm = max(1, steps // 20)
    if step < warm:
        rate = peak * (step + 1) / warm
    else:
        done = (step - warm) / max(1, steps - warm)
        rate = peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    for group in optimizer.param_groups:
        group["lr"] = rate
