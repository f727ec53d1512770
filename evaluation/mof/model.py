"""The miniature's multimodal LLM: a mixture in front of a tiny Llama, trained from scratch."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from embeddings.mixture import Mixture
from evaluation.mof.packing import IGNORED, Packed
from evaluation.mof.scenes import Tokens


@dataclass(frozen=True)
class Size:
    """Of the tiny language model, and how it is trained."""

    width: int = 128
    layers: int = 3
    heads: int = 4
    inner: int = 344
    steps: int = 1500
    batch: int = 128
    rate: float = 2e-3
    warmup: int = 100


class TinyLlava(nn.Module):
    """Visual tokens by a mixture, then text, through one causal language model."""

    def __init__(self, mixture: Mixture, size: Size, vocabulary: int) -> None:
        super().__init__()
        self.mixture = mixture
        self.language = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=vocabulary,
                hidden_size=size.width,
                intermediate_size=size.inner,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                num_key_value_heads=size.heads,
                max_position_embeddings=512,
                tie_word_embeddings=True,
                pad_token_id=0,
                bos_token_id=1,
                eos_token_id=3,
            )
        )

    def forward(self, blind: torch.Tensor, reference: torch.Tensor, text: Packed) -> torch.Tensor:
        """Logits of every text token, (n, length, vocabulary)."""
        seen = self.mixture(blind, reference)
        said = self.language.get_input_embeddings()(text.ids)
        n_seen = seen.shape[1]
        places = torch.arange(n_seen, device=seen.device).expand(len(seen), n_seen)
        output = self.language.model(
            inputs_embeds=torch.cat([seen, said.to(seen.dtype)], dim=1),
            attention_mask=_mask(text.segment, n_seen),
            position_ids=torch.cat([places, text.position + n_seen], dim=1),
            use_cache=False,
        )
        logits: torch.Tensor = self.language.lm_head(output.last_hidden_state[:, n_seen:])
        return logits


def _mask(segment: torch.Tensor, n_seen: int) -> torch.Tensor:
    """(n, 1, all, all): who may look at whom; text sees the image and its own question's past."""
    whole = functional.pad(segment, (n_seen, 0), value=-1)
    length = whole.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool, device=segment.device).tril()
    is_image = (whole == -1)[:, None, :]
    alike = whole[:, :, None] == whole[:, None, :]
    mask: torch.Tensor = (causal & (is_image | alike))[:, None]
    return mask


def train(
    model: TinyLlava,
    tokens: Tokens,
    text: Packed,
    size: Size,
    *,
    seed: int,
    progress: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train adapter and language model together; the tokens are those of the frozen encoders.

    Everything must lie on one device; on a GPU in bfloat16.

    Returns:
        The loss at every 50th step.
    """
    device = text.ids.device
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=size.rate,
        weight_decay=0.05,
        betas=(0.9, 0.98),
        fused=device.type == "cuda",
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, size))
    generator = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.int64)
    losses: list[float] = []
    model.train()
    for step in range(size.steps):
        while len(order) < size.batch:
            order = torch.cat([order, torch.randperm(len(text), generator=generator)])
        chosen, order = order[: size.batch], order[size.batch :]
        loss = _loss(model, tokens, text.rows(chosen.to(device)))
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0 or step == size.steps - 1:
            losses.append(loss.item())
            if progress is not None:
                progress(step + 1, losses[-1])
    return losses


def _loss(model: TinyLlava, tokens: Tokens, batch: Packed) -> torch.Tensor:
    with _precision(batch.ids.device):
        logits = model(*_seen(tokens, batch), batch)
    answered = batch.labels != IGNORED
    return functional.cross_entropy(logits[answered].float(), batch.labels[answered])


@torch.no_grad()
def right_answers(
    model: TinyLlava, tokens: Tokens, text: Packed, *, batch: int = 256
) -> torch.Tensor:
    """Whether greedy decoding would say each answer, to its end token, and no other.

    If every token of the answer is the likeliest one after those before it, that is what greedy
    decoding says. The answers come row by row and, in a row, question by question.
    """
    model.eval()
    found = []
    for start in range(0, len(text), batch):
        rows = text.rows(torch.arange(start, min(start + batch, len(text)), device=text.ids.device))
        with _precision(rows.ids.device):
            logits = model(*_seen(tokens, rows), rows)
        wrong = (logits.argmax(dim=-1) != rows.labels) & (rows.labels != IGNORED)
        n_questions = int(rows.segment.max())
        at_fault = torch.zeros(len(rows), n_questions + 1, device=wrong.device)
        at_fault.scatter_add_(1, rows.segment, wrong.float())
        there = (
            torch.arange(1, n_questions + 1, device=wrong.device) <= rows.segment.amax(1)[:, None]
        )
        found.append((at_fault[:, 1:] == 0)[there].cpu())
    return torch.cat(found)


def _seen(tokens: Tokens, rows: Packed) -> tuple[torch.Tensor, torch.Tensor]:
    return tokens.blind[rows.image].float(), tokens.reference[rows.image].float()


def _rate(step: int, size: Size) -> float:
    if step < size.warmup:
        return (step + 1) / size.warmup
    done = (step - size.warmup) / max(1, size.steps - size.warmup)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * done)) / 2


def _precision(device: torch.device) -> AbstractContextManager[object]:
    if device.type != "cuda":
        return nullcontext()
    return torch.autocast("cuda", dtype=torch.bfloat16)
