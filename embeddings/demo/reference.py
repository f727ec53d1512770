"""The demo's reference encoder: a tiny DINOv2-shaped ViT trained on pictures alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

from embeddings.demo.schedule import optimiser, set_rate
from embeddings.demo.training_pictures import INPUT, MEAN, STD, jittered

logger = logging.getLogger(__name__)

PATCH = 12
_TARGET = 6


@dataclass(frozen=True)
class ReferenceTraining:
    """How the reference encoder is trained.

    After ``warm`` steps a batch is made of families: a picture and ``family`` - 1 of those that
    the model itself finds most like it, so that telling them apart takes details.
    """

    steps: int = 900
    batch: int = 120
    warm: int = 80
    family: int = 8
    rate: float = 1.5e-3
    visible: int = 40
    temperature: float = 0.1
    spread: float = 0.1
    rebuild: float = 3.0


def new_reference() -> Dinov2Model:
    """The untrained model."""
    config = Dinov2Config(
        hidden_size=128,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=INPUT,
        patch_size=PATCH,
        layerscale_value=0.5,
    )
    return Dinov2Model(config)


class Rebuilder(nn.Module):
    """Predicts every patch of a picture from the CLS vector alone."""

    def __init__(self, width: int, patches: int) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(1, patches, 192) * 0.02)
        self.read = nn.Linear(width, 192)
        self.write = nn.Sequential(
            nn.GELU(), nn.Linear(192, 192), nn.GELU(), nn.Linear(192, 3 * _TARGET * _TARGET)
        )

    def forward(self, cls: torch.Tensor) -> torch.Tensor:
        """(n, width) to (n, patches, 3 * 6 * 6)."""
        return self.write(self.read(cls)[:, None] + self.places)  # type: ignore[no-any-return]


def patch_targets(pictures: torch.Tensor) -> torch.Tensor:
    """Input pictures cut into patches at half their resolution, (n, patches, 3 * 6 * 6)."""
    half = functional.avg_pool2d(pictures, PATCH // _TARGET)
    return functional.unfold(half, _TARGET, stride=_TARGET).transpose(1, 2)


def masked_cls(
    model: Dinov2Model, pictures: torch.Tensor, visible: int, generator: torch.Generator
) -> torch.Tensor:
    """CLS vectors when the model sees only ``visible`` random patches of each picture."""
    tokens = model.embeddings(pictures)
    n, length, width = tokens.shape
    order = torch.rand(n, length - 1, generator=generator).argsort(dim=1)[:, :visible] + 1
    seen = tokens.gather(1, order[:, :, None].expand(-1, -1, width))
    out = model.encoder(torch.cat((tokens[:, :1], seen), dim=1)).last_hidden_state
    cls: torch.Tensor = model.layernorm(out[:, 0])
    return cls


def families(
    bank: torch.Tensor, training: ReferenceTraining, generator: torch.Generator, *, mixed: bool
) -> torch.Tensor:
    """Rows of the pictures of the next batch, each at most once.

    Args:
        bank: the latest vector of every picture, (n, d).
        training: says how large batches and families are.
        generator: source of chance.
        mixed: take any pictures instead of families.
    """
    shuffled = torch.randperm(len(bank), generator=generator)
    if mixed:
        return shuffled[: training.batch]
    heads = shuffled[: training.batch // training.family]
    near = (bank[heads] @ bank.T).topk(min(4 * training.family, len(bank)), dim=1).indices
    pick = torch.rand(near.shape, generator=generator).argsort(dim=1)[:, : training.family - 1]
    rows = torch.cat((heads, near.gather(1, pick).flatten())).tolist()
    return torch.tensor(sorted(set(rows)))


def agreement_loss(first: torch.Tensor, second: torch.Tensor, temperature: float) -> torch.Tensor:
    """InfoNCE between two views: a picture must find itself among the batch."""
    logits = first @ second.T / temperature
    same = torch.arange(len(first))
    return (functional.cross_entropy(logits, same) + functional.cross_entropy(logits.T, same)) / 2


def spread_loss(vectors: torch.Tensor) -> torch.Tensor:
    """KoLeo of DINOv2: pushes each unit vector away from its nearest neighbour in the batch."""
    with torch.no_grad():
        cosines = vectors @ vectors.T
        nearest = cosines.fill_diagonal_(-2).argmax(dim=1)
    return -torch.log(torch.linalg.vector_norm(vectors - vectors[nearest], dim=1) + 1e-6).mean()


def train_reference(
    pictures: torch.Tensor, training: ReferenceTraining, seed: int
) -> tuple[Dinov2Model, list[float]]:
    """Train on stored pictures; returns the model and its loss at every step.

    The loss is masked-image modelling through the CLS vector, agreement of two masked and
    slightly moved views, and KoLeo. No caption, no label, no factor is seen.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = new_reference()
    rebuilder = Rebuilder(128, (INPUT // PATCH) ** 2)
    optimizer = optimiser([*model.parameters(), *rebuilder.parameters()], training.rate)
    losses: list[float] = []
    bank = functional.normalize(torch.randn(len(pictures), 128, generator=generator), dim=1)
    for step in range(training.steps):
        set_rate(optimizer, training.rate, step, training.steps)
        rows = families(bank, training, generator, mixed=step < training.warm)
        views = [jittered(pictures[rows], generator) for _ in range(2)]
        cls = [masked_cls(model, view, training.visible, generator) for view in views]
        parts = _losses(cls, [rebuilder(each) for each in cls], views, training)
        bank[rows] = functional.normalize((cls[0] + cls[1]).detach(), dim=1)
        loss = parts[0] + training.spread * parts[1] + training.rebuild * parts[2]
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 0 or step == training.steps - 1:
            shown = [round(part.item(), 3) for part in parts]
            logger.info(
                "reference step %d/%d agree, spread, rebuild %s", step, training.steps, shown
            )
    model.train(False)
    return model, losses


def _losses(
    cls: list[torch.Tensor],
    rebuilt: list[torch.Tensor],
    views: list[torch.Tensor],
    training: ReferenceTraining,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    first, second = (functional.normalize(each, dim=1) for each in cls)
    agree = agreement_loss(first, second, training.temperature)
    spread = (spread_loss(first) + spread_loss(second)) / 2
    pairs = zip(rebuilt, views, strict=True)
    errors = [functional.mse_loss(made, patch_targets(view)) for made, view in pairs]
    return agree, spread, torch.stack(errors).mean()


def save_reference(model: Dinov2Model, folder: Path) -> None:
    """Write what ``AutoModel`` and ``AutoImageProcessor`` load from a folder."""
    model.save_pretrained(folder)
    BitImageProcessor(
        do_resize=True,
        size={"shortest_edge": INPUT},
        resample=3,
        do_center_crop=True,
        crop_size={"height": INPUT, "width": INPUT},
        do_rescale=True,
        do_normalize=True,
        image_mean=list(MEAN),
        image_std=list(STD),
        do_convert_rgb=True,
    ).save_pretrained(folder)
