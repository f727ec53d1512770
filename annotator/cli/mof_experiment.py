"""`mmvp mof experiment`: the paper's trade-off in miniature, trained here; and its table."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, note, shown, table

if TYPE_CHECKING:
    from evaluation.mof.experiment import Options

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        show_default=False,
        file_okay=False,
        help="Folder for results.json.",
    ),
]
Seeds = Annotated[
    int, typer.Option("--seeds", min=1, max=50, metavar="N", help="Trainings of each setting.")
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps", min=10, metavar="N", show_default="500, on a GPU 1500", help="Of each training."
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        "--batch", min=1, metavar="N", show_default="32, on a GPU 128", help="Images a step."
    ),
]
Scenes = Annotated[
    int, typer.Option("--scenes", min=100, metavar="N", help="Scenes to learn from.")
]
Searched = Annotated[
    int,
    typer.Option("--searched", min=100, metavar="N", help="Scenes to mine the blind pairs from."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        show_default="one a core, on a GPU up to 6",
        help="Trainings at the same time.",
    ),
]
Results = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", show_default=False, dir_okay=False, exists=True, help="A results.json."
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        dir_okay=False,
        show_default=False,
        help="Also draw it; .html, .svg, .png or .pdf says how. All but .html need Chrome.",
    ),
]
Size = Annotated[
    str, typer.Option("--size", metavar="WxH", help="Of the plot, e.g. 85x60mm or 1600x900px.")
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print the table for a document.")]


class Token(StrEnum):
    """What the language model gets of an image from each encoder."""

    patches = "patches"
    vector = "vector"


What = Annotated[
    Token,
    typer.Option(
        "--seen",
        help="What the language model sees of an image: a token for each patch, as in the paper, "
        "or one token, the vector that pairs are mined by.",
    ),
]


@guarded
def experiment(
    out: Out,
    seen: What = Token.patches,
    seeds: Seeds = 3,
    steps: Steps = None,
    batch: Batch = None,
    scenes: Scenes = 6000,
    searched: Searched = 4000,
    workers: Workers = None,
    device: options.Device = None,
    as_json: options.Json = False,
) -> None:
    """Train a tiny multimodal LLM with each mixture of the demo's encoders, and compare them.

    A-MoF with the paper's shares of the reference encoder and I-MoF, on questions about drawn
    scenes: pair accuracy on CLIP-blind pairs, and accuracy on ordinary questions. Half an hour on
    two cores, a few minutes on a GPU. results.json is written whenever one more seed is complete.
    """
    from evaluation.mof.experiment import run
    from evaluation.mof.report import as_document, write

    chosen = _options(seen, seeds, steps, batch, scenes, searched, workers, device)
    found = run(chosen, keep=lambda report: note(shown(write(report, out))), say=note)
    if as_json:
        emit_json(as_document(found))
    else:
        print(_text(as_document(found)))


def _options(
    seen: Token,
    seeds: int,
    steps: int | None,
    batch: int | None,
    scenes: int,
    searched: int,
    workers: int | None,
    device: str | None,
) -> "Options":
    from embeddings.encoders.inference import choose_device
    from evaluation.mof.experiment import Options, default_workers
    from evaluation.mof.material import Amounts, Seen
    from evaluation.mof.model import Size as ModelSize

    on = str(choose_device(device))
    usual = (500, 32) if on == "cpu" else (1500, 128)
    return Options(
        seeds=seeds,
        device=on,
        seen=Seen(seen.value),
        workers=workers or default_workers(on),
        amounts=Amounts(training=scenes, searched=searched),
        size=ModelSize(steps=steps or usual[0], batch=batch or usual[1]),
    )


@guarded
def results(
    file: Results,
    plot: Plot = None,
    size: Size = "180x95mm",
    markdown: Markdown = False,
    as_json: options.Json = False,
) -> None:
    """Print what an experiment measured beside the paper's numbers, and draw it."""
    from evaluation.mof.report import read

    found = read(file)
    if plot is not None:
        from annotator.figures.drawn_trade_off import trade_off_figure
        from annotator.figures.files import write_figure
        from annotator.figures.style import FigureSize

        figure_size = FigureSize.parse(size)
        figure = trade_off_figure(found, figure_size)
        write_figure(figure, plot, figure_size, title="MMVP Studio: Mixture of Features")
        note(shown(plot))
    if as_json:
        emit_json(found)
    elif markdown:
        print(_markdown(found))
    else:
        print(_text(found))


_HEADER = (
    "mixture", "MMVP pairs", "95 %", "gain", "95 %", "instruction", "95 %", "gain", "95 %",
    "object and place", "details", "paper, LLaVA: MMVP", "instruction",
)  # fmt: skip


_KINDS = ("object and place", "details")


def _rows(found: dict[str, Any]) -> list[list[str]]:
    paper = {one["name"]: one for one in found["published"] if one["model"] == "LLaVA"}
    rows = []
    for one in found["settings"]:
        said = paper.get(one["name"], {})
        line = [one["name"], *_cells(one["mmvp"]), *_cells(one["instruction"])]
        line += [_percent(one["by_kind"][kind]["value"]) for kind in _KINDS]
        rows.append([*line, *(_plain(said.get(key)) for key in ("mmvp", "instruction"))])
    return rows


def _cells(accuracy: dict[str, Any]) -> list[str]:
    cells = [_percent(accuracy["value"]), _interval(accuracy["low"], accuracy["high"])]
    if accuracy["gain"] is None:
        return [*cells, "", ""]
    return [
        *cells,
        f"{100 * accuracy['gain']:+.1f}",
        _interval(accuracy["gain_low"], accuracy["gain_high"], signed=True),
    ]


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _interval(low: float, high: float, *, signed: bool = False) -> str:
    mark = "+" if signed else ""
    return f"{100 * low:{mark}.1f} to {100 * high:{mark}.1f}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _text(found: dict[str, Any]) -> str:
    return f"{_about(found)}\n\n{table([list(_HEADER), *_rows(found)])}"


def _counted(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"


def _about(found: dict[str, Any]) -> str:
    return (
        f"seen: {found['facts'].get('seen', 'patches')}; {_counted(found['seeds'])}, "
        f"{found['pairs']:,} blind pairs, "
        f"{found['instruction_questions']:,} ordinary questions; "
        f"who reads only captions answers {_percent(found['caption_alone'])} % of these "
        f"and no pair; guessing answers 25 % of the pairs"
    )


def _markdown(found: dict[str, Any]) -> str:
    rows = [list(_HEADER), ["---"] + ["---:"] * (len(_HEADER) - 1), *_rows(found)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return f"{_about(found)}\n\n" + "\n".join(lines)
