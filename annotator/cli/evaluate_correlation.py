"""`mmvp eval correlate`: do encoders and multimodal LLMs fail on the same visual patterns?"""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.evaluate_vlm import FigureFormat
from annotator.cli.output import emit_json, guarded, table

if TYPE_CHECKING:
    from evaluation.correlation import Coefficient, Correlation, PatternAccuracies


class Measure(StrEnum):
    """As `evaluation.vlm.rules` has them."""

    text_to_image = "text_to_image"
    image_to_text = "image_to_text"
    group = "group"


Mllms = Annotated[
    list[str],
    typer.Option(
        "--mllm",
        metavar="FILE",
        help="scores.json of `mmvp eval mllm`, or a .csv with a column model and one a pattern."
        " Repeatable.",
    ),
]
Vlms = Annotated[
    list[str] | None,
    typer.Option(
        "--vlm",
        metavar="FILE",
        show_default="published:OpenAI",
        help="scores.json of `mmvp eval vlm`, a .csv, or published:NAME of the paper's Table 1."
        " Repeatable.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER", file_okay=False, help="Folder for correlations.json."
    ),
]
Figures = Annotated[
    FigureFormat | None,
    typer.Option(
        "--figures", help="Draw each encoder's figure into --out; all but html need Chrome."
    ),
]


@guarded
def correlate(
    mllm: Mllms,
    *,
    vlm: Vlms = None,
    measure: Annotated[
        Measure, typer.Option("--measure", help="Which of an encoder's scores.")
    ] = Measure.text_to_image,
    resamples: Annotated[
        int,
        typer.Option(
            "--resamples", min=100, max=1_000_000, metavar="N", help="Bootstrap resamples."
        ),
    ] = 10_000,
    seed: options.Seed = 0,
    out: Out = None,
    figures: Figures = None,
    as_json: options.Json = False,
) -> None:
    """Correlate encoders' and multimodal LLMs' accuracies over the visual patterns.

    Pearson's r and Spearman's rho with bootstrap intervals and permutation p-values. Nine patterns
    are nine points: chance alone makes large coefficients of so few.
    """
    from evaluation.correlation import correlate as correlation
    from evaluation.pattern_results import read_pattern_accuracies

    if figures is not None and out is None:
        raise typer.BadParameter("say where to with --out.", param_hint="--figures")
    sources = vlm or ["published:OpenAI"]
    encoders = [one for text in sources for one in read_pattern_accuracies(text, measure.value)]
    llms = [one for text in mllm for one in read_pattern_accuracies(text)]
    found = [
        [correlation(encoder, llm, resamples=resamples, seed=seed) for llm in llms]
        for encoder in encoders
    ]
    if out is not None:
        _write(out, encoders, llms, found, figures)
    everything = [one for several in found for one in several]
    if as_json:
        emit_json({"correlations": [asdict(one) for one in everything]})
    else:
        print(_tables(everything))


def _write(
    out: Path,
    encoders: "list[PatternAccuracies]",
    llms: "list[PatternAccuracies]",
    found: "list[list[Correlation]]",
    figures: FigureFormat | None,
) -> None:
    from embeddings.atomic import write_bytes

    document = {"correlations": [asdict(one) for several in found for one in several]}
    text = json.dumps(document, indent=2, allow_nan=False)
    write_bytes(out / "correlations.json", f"{text}\n".encode())
    if figures is None:
        return
    from annotator.figures.drawn_correlation import correlation_figure
    from annotator.figures.files import write_figure
    from annotator.figures.style import FigureSize

    size = FigureSize.parse("180x110mm")
    for number, (encoder, several) in enumerate(zip(encoders, found, strict=True), 1):
        figure = correlation_figure(encoder, llms, several, size)
        path = out / f"correlation-{number}.{figures.value}"
        write_figure(figure, path, size, title=f"MMVP Studio: {encoder.model}")


def _tables(found: "list[Correlation]") -> str:
    rows = [["encoder", "multimodal LLM", "patterns", "Pearson r", "p", "Spearman rho", "p"]]
    for one in found:
        pearson, spearman = _cells(one.pearson), _cells(one.spearman)
        rows.append([one.vlm, one.mllm, str(len(one.patterns)), *pearson, *spearman])
    lines = [table(rows)]
    for n in sorted({len(one.patterns) for one in found}):
        bound = next(one.by_chance for one in found if len(one.patterns) == n)
        lines.append(
            f"{n} patterns are {n} points: where nothing goes together, r is beyond "
            f"±{bound:.2f} once in twenty times."
        )
    for name, paper in {one.mllm: one.paper for one in found}.items():
        if paper is not None:
            above = f"r > {paper.pearson_above:g} for {paper.model}"
            lines.append(f"The paper reports {above}; here {name}.")
    if len(found) > 1:
        lines.append(f"p-values are of each row by itself; there are {len(found)} rows.")
    return "\n".join(lines)


def _cells(found: "Coefficient | None") -> tuple[str, str]:
    if found is None:
        return "undefined", "-"
    interval = ""
    if found.low is not None and found.high is not None:
        interval = f" [{_two(found.low)}, {_two(found.high)}]"
    return f"{_two(found.value)}{interval}", f"{found.p_value:.3g}"


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # never -0.00
