"""What has been published about MMVP and MMVP-VLM, to lay one's own numbers beside it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field

from assets import asset
from evaluation.patterns import load_patterns


@dataclass(frozen=True, kw_only=True)
class PublishedMllm:
    """A multimodal LLM's pair accuracy on MMVP, a fraction."""

    model: str
    pair_accuracy: float
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedVlm:
    """A CLIP-like model on MMVP-VLM: pair accuracy by pattern slug and their mean, fractions.

    ``image_size`` is the side in pixels, ``imagenet_zero_shot`` the top-1 accuracy; ``spec`` is the
    encoder that we take for the same model.
    """

    model: str
    spec: str
    image_size: int
    parameters_millions: float
    imagenet_zero_shot: float
    by_pattern: Mapping[str, float] = field(hash=False)
    average: float
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedMixture:
    """What mixing DINOv2 features into an MLLM did: accuracies before and after, fractions.

    ``instructions_…`` is the instruction-following score; None where none was published.
    """

    model: str
    mixture: str
    mmvp_before: float
    mmvp_after: float
    instructions_before: float | None
    instructions_after: float | None
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedCorrelation:
    """An MLLM whose accuracies by pattern go with CLIP's: Pearson's r is above this."""

    model: str
    pearson_above: float
    source: str


def published_human() -> float:
    """Pair accuracy of people on MMVP, a fraction."""
    return float(_rows("human")[0]["accuracy"])


def published_mllms() -> list[PublishedMllm]:
    """Multimodal LLMs on MMVP, best first."""
    return [
        PublishedMllm(
            model=row["model"], pair_accuracy=float(row["pair_accuracy"]), source=row["source"]
        )
        for row in _rows("mllms")
    ]


def published_vlms() -> list[PublishedVlm]:
    """CLIP-like models on MMVP-VLM, in the order of the paper's Table 1."""
    return [
        PublishedVlm(
            model=row["model"],
            spec=row["spec"],
            image_size=int(row["image_size"]),
            parameters_millions=float(row["parameters_millions"]),
            imagenet_zero_shot=float(row["imagenet_zero_shot"]),
            by_pattern={slug: float(row[slug]) for slug in load_patterns("mmvp").slugs},
            average=float(row["average"]),
            source=row["source"],
        )
        for row in _rows("vlms")
    ]


def published_mixtures() -> list[PublishedMixture]:
    """What A-MoF and I-MoF did to LLaVA."""
    return [
        PublishedMixture(
            model=row["model"],
            mixture=row["mixture"],
            mmvp_before=float(row["mmvp_before"]),
            mmvp_after=float(row["mmvp_after"]),
            instructions_before=_optional(row["instructions_before"]),
            instructions_after=_optional(row["instructions_after"]),
            source=row["source"],
        )
        for row in _rows("mixtures")
    ]


def published_correlations() -> list[PublishedCorrelation]:
    """The MLLMs of which the paper reports a correlation with CLIP."""
    return [
        PublishedCorrelation(
            model=row["model"], pearson_above=float(row["pearson_above"]), source=row["source"]
        )
        for row in _rows("correlations")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with asset(f"published/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _optional(text: str) -> float | None:
    return float(text) if text else None
