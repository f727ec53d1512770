"""The tables that `mmvp eval vlm` prints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from annotator.cli.output import table
from annotator.cli.scoreboard import accuracy, percent

if TYPE_CHECKING:
    from evaluation.vlm.evaluation import VlmEvaluation, VlmResult
    from evaluation.vlm.scores import VlmAccuracy

_MEASURES = {"text_to_image": "text to image", "image_to_text": "image to text", "group": "group"}


def vlm_tables(found: "VlmEvaluation") -> str:
    """Each encoder by pattern with intervals, then all of them beside the paper's ten."""
    parts = [_detail(result, found) for result in found.results]
    if found.results and found.n_written < found.n_pairs:
        parts.append(
            f"The statements of {found.n_pairs - found.n_written:,} of {found.n_pairs:,} pairs are "
            "made of their question and options."
        )
    parts.append(_beside_the_paper(found))
    return "\n\n".join(parts)


def _detail(result: "VlmResult", found: "VlmEvaluation") -> str:
    scores = result.scores
    rows = [["pair accuracy", *_MEASURES.values(), "single accuracy"]]
    rows += [
        _row(found.patterns.get(slug, slug), shares) for slug, shares in scores.by_pattern.items()
    ]
    rows.append(_row("all", scores.overall))
    if scores.by_pattern:
        means = [percent(value) for value in scores.mean_of_patterns.values()]
        rows.append(["mean of patterns", *means, ""])
    rows.append(["chance", *[percent(value) for value in found.chance.values()], percent(0.5)])
    about = (
        f"{result.spec} on {found.benchmark}: {found.n_pairs:,} pairs, {result.image_size} px, "
        f"{result.parameters_millions:,} million parameters"
    )
    return f"{about}\n{table(rows)}"


def _row(name: str, shares: "VlmAccuracy") -> list[str]:
    found = (shares.text_to_image, shares.image_to_text, shares.group, shares.single)
    return [name, *[accuracy(one) for one in found]]


def _beside_the_paper(found: "VlmEvaluation") -> str:
    """Text to image in percent: one line a model, the patterns by their number in the paper."""
    from evaluation.patterns import load_patterns
    from evaluation.published import published_vlms

    nine = load_patterns("mmvp")
    rows = [["text to image, %", "px", "M", *[str(n + 1) for n in range(len(nine))], "mean"]]
    for result in found.results:
        by_pattern = {
            slug: shares.text_to_image.value for slug, shares in result.scores.by_pattern.items()
        }
        rows.append(
            [
                *(result.spec, str(result.image_size), f"{result.parameters_millions:,}"),
                *_cells(by_pattern, nine.slugs),
                *_cells({"mean": result.scores.mean_of_patterns["text_to_image"]}, ["mean"]),
            ]
        )
    published = published_vlms()
    rows += [
        [
            *(f"paper: {one.model}", str(one.image_size), f"{one.parameters_millions:,}"),
            *_cells({**one.by_pattern, "mean": one.average}, [*nine.slugs, "mean"]),
        ]
        for one in published
    ]
    rows.append(["chance", "", "", *["25.0"] * len(nine), "25.0"])
    names = ", ".join(f"{n} {pattern.name}" for n, pattern in enumerate(nine, 1))
    return f"{table(rows)}\n{names}.{_same_models(found.results)}"


def _cells(values: Mapping[str, float | None], slugs: Iterable[str]) -> list[str]:
    found = [values.get(slug) for slug in slugs]
    return ["-" if value is None else f"{100 * value:.1f}" for value in found]


def _same_models(results: Sequence["VlmResult"]) -> str:
    """How far one's own mean is from the paper's for the same model."""
    lines = []
    for result in results:
        mean = result.scores.mean_of_patterns["text_to_image"]
        if result.published is not None and mean is not None:
            away = 100 * (mean - result.published.average)
            lines.append(f"\n{result.spec}: {away:+.1f} points from the paper's mean.")
    return "".join(lines)
