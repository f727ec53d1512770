"""Runs encoders with a text tower over a benchmark, one after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from embeddings.encoder import (
    Encoder,
    EncoderSpec,
    EncoderUnavailable,
    TextEncoder,
    load_encoder,
    supports_text,
    without_local_folders,
)
from embeddings.unstored import embed_unstored
from evaluation.errors import EvaluationError
from evaluation.published import PublishedVlm, published_vlms
from evaluation.vlm.pairs import StatementSet
from evaluation.vlm.rules import CHANCE, Cosines, Measure
from evaluation.vlm.scores import VlmScores, score_cosines

Progress = Callable[[str, int, int], None]
"""Called with an encoder's spec, images done and all of them."""

SUITES: Final = ("paper",)


class NoTextTower(EvaluationError):
    """The encoder cannot read texts."""


class NothingToCompare(EvaluationError):
    """The benchmark has no pair."""


class UnknownSuite(EvaluationError):
    """There is no list of encoders of that name."""


@dataclass(frozen=True, kw_only=True)
class VlmResult:
    """One encoder on one benchmark.

    ``cosines`` has shape (n pairs, 2 texts, 2 images); ``published`` are the paper's scores of the
    same model on MMVP-VLM, None where it has none.
    """

    spec: str
    name: str
    image_size: int
    parameters_millions: float
    weights_digest: str
    scores: VlmScores
    published: PublishedVlm | None
    cosines: Cosines = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class VlmEvaluation:
    """All encoders that were run, and why others were not, by spec."""

    benchmark: str
    n_pairs: int
    n_written: int
    patterns: Mapping[str, str] = field(hash=False)
    results: Sequence[VlmResult]
    not_run: Mapping[str, str] = field(hash=False)
    chance: Mapping[Measure, float] = field(default_factory=lambda: dict(CHANCE), hash=False)


def suite(name: str) -> list[str]:
    """The specs of a list of encoders; "paper": the ten of the paper's Table 1, in its order.

    Raises:
        UnknownSuite: there is no such list.
    """
    if name not in SUITES:
        raise UnknownSuite(f"there is no suite {name!r}.", hint=f"Suites: {', '.join(SUITES)}.")
    return [model.spec for model in published_vlms()]


def evaluate_encoders(
    statements: StatementSet,
    specs: Sequence[str],
    *,
    device: str | None = None,
    progress: Progress | None = None,
) -> VlmEvaluation:
    """Load each encoder, ask it every pair, let it go; those that cannot be loaded are named.

    Raises:
        NothingToCompare: the benchmark has no pair.
        UnreadableImage: an image of the benchmark cannot be read.
        InvalidSpec: a spec names no encoder at all.
    """
    if not statements.pairs:
        raise NothingToCompare("there is no pair to compare.", where=statements.name)
    for spec in specs:
        EncoderSpec.parse(spec)
    results, not_run = [], {}
    for spec in dict.fromkeys(specs):
        try:
            encoder = with_text_tower(load_encoder(spec, device=device))
            results.append(evaluate_encoder(statements, encoder, progress=progress))
            del encoder  # the next one may need all of the memory
        except (EncoderUnavailable, NoTextTower) as error:
            not_run[without_local_folders(spec)] = " ".join(filter(None, (error.what, error.hint)))
    return VlmEvaluation(
        benchmark=statements.name,
        n_pairs=len(statements.pairs),
        n_written=statements.n_written,
        patterns=statements.patterns,
        results=tuple(results),
        not_run=not_run,
    )


def with_text_tower(encoder: Encoder) -> TextEncoder:
    """The encoder, if it can read texts.

    Raises:
        NoTextTower: it cannot.
    """
    if supports_text(encoder):
        return encoder
    raise NoTextTower("it has no text tower.", where=encoder.spec, hint="Name a CLIP or SigLIP.")


def evaluate_encoder(
    statements: StatementSet,
    encoder: TextEncoder,
    *,
    progress: Progress | None = None,
) -> VlmResult:
    """One encoder's scores on all pairs."""
    named = without_local_folders(encoder.spec)
    cosines = pair_cosines(
        statements,
        encoder,
        progress=(lambda done, total: progress(named, done, total)) if progress else None,
    )
    return VlmResult(
        spec=named,
        name=without_local_folders(encoder.name),
        image_size=encoder.image_size,
        parameters_millions=round(encoder.n_parameters / 1e6, 1),
        weights_digest=encoder.weights_digest,
        scores=score_cosines(statements, cosines),
        published=next((model for model in published_vlms() if model.spec == encoder.spec), None),
        cosines=cosines,
    )


def pair_cosines(
    statements: StatementSet,
    encoder: TextEncoder,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Cosines:
    """Cosines of shape (n pairs, 2 texts, 2 images); an image of several pairs is read once."""
    texts = list(dict.fromkeys(text for pair in statements.pairs for text in pair.texts))
    names = list(dict.fromkeys(name for pair in statements.pairs for name in pair.images))
    of_texts = dict(zip(texts, _text_vectors(encoder, texts), strict=True))
    of_images = dict(
        zip(
            names,
            embed_unstored(encoder, names, statements.read_image, progress=progress),
            strict=True,
        )
    )
    cosines: Cosines = np.stack(
        [
            np.stack([of_texts[text] for text in pair.texts])
            @ np.stack([of_images[name] for name in pair.images]).T
            for pair in statements.pairs
        ]
    )
    return cosines


_TEXTS_AT_ONCE: Final = 64


def _text_vectors(encoder: TextEncoder, texts: Sequence[str]) -> Cosines:
    return np.concatenate(
        [
            encoder.embed_texts(texts[start : start + _TEXTS_AT_ONCE])
            for start in range(0, len(texts), _TEXTS_AT_ONCE)
        ]
    )
