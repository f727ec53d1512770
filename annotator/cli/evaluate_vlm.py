"""`mmvp eval vlm`: encoders with a text tower on a benchmark, by visual pattern, as MMVP-VLM."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, note, shown, steps_bar

if TYPE_CHECKING:
    from evaluation.vlm.evaluation import VlmEvaluation
    from evaluation.vlm.pairs import StatementSet

_DEMO = "demo"


class FigureFormat(StrEnum):
    """As `annotator.figures.files` has them."""

    html = "html"
    svg = "svg"
    png = "png"
    pdf = "pdf"


Benchmark = Annotated[
    Path | None,
    typer.Argument(
        metavar="BENCHMARK",
        exists=True,
        show_default="the workspace's finished pairs",
        help="Folder or file: MMVP-VLM, an export, or any other format that is read.",
    ),
]
Encoders = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        "-e",
        metavar="SPEC",
        help="Encoder with a text tower, e.g. open_clip:ViT-B-32/openai or"
        " hf:google/siglip-base-patch16-224; demo: the demo's. Repeatable.",
    ),
]
Suite = Annotated[
    str | None,
    typer.Option("--suite", metavar="NAME", help="paper: the ten models of the paper's Table 1."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        file_okay=False,
        help="Folder for scores.json, scores.csv and pairs.csv.",
    ),
]
Figures = Annotated[
    FigureFormat | None,
    typer.Option(
        "--figures",
        help="Draw by-pattern and scale into --out; all but html need Chrome.",
    ),
]


@guarded
def vlm(
    benchmark: Benchmark = None,
    *,
    encoder: Encoders = None,
    suite: Suite = None,
    out: Out = None,
    figures: Figures = None,
    device: options.Device = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Measure CLIP-like encoders: does each text pick its image, does each image pick its text?

    A pair is right only if both do, which chance gets in a quarter of the pairs. Encoders that
    cannot be loaded are named with the reason, and the others are run. Scores on a workspace's own
    pairs are kept there and shown on the page Results, beside the models'.
    """
    from evaluation.vlm.evaluation import evaluate_encoders
    from evaluation.vlm.kept import keep

    if figures is not None and out is None:
        raise typer.BadParameter("say where to with --out.", param_hint="--figures")
    specs = _specs(encoder or [], suite)
    with _statements(benchmark, workspace, database_url) as (statements, results):
        heading(f"{len(specs)} encoder{'s' * (len(specs) > 1)} on {statements.name}")
        with steps_bar("images") as progress:
            found = evaluate_encoders(statements, specs, device=device, progress=progress)
        if out is not None:
            _write(out, found, statements, figures)
        if results is not None:
            keep(results, found, statements)
    _report(found, as_json=as_json)
    if not found.results or (found.not_run and suite is None):
        raise typer.Exit(1)


def _specs(encoders: list[str], suite_name: str | None) -> list[str]:
    from embeddings.demo import blind_spec
    from embeddings.encoder import EncoderSpec
    from embeddings.errors import EmbeddingsError
    from evaluation.vlm.evaluation import suite

    specs = [blind_spec() if spec == _DEMO else spec for spec in encoders]
    try:
        for spec in specs:
            EncoderSpec.parse(spec)
    except EmbeddingsError as error:
        raise typer.BadParameter(str(error), param_hint="--encoder") from error
    specs += suite(suite_name) if suite_name else []
    if not specs:
        raise typer.BadParameter("name an encoder, or --suite paper.", param_hint="--encoder")
    return specs


@contextmanager
def _statements(
    benchmark: Path | None, workspace: Path | None, database_url: str | None
) -> "Iterator[tuple[StatementSet, Path | None]]":
    """The pairs, and where the scores of a workspace's own are kept."""
    from evaluation.vlm.pairs import from_questions, read_statements

    if benchmark is not None:
        yield read_statements(benchmark), None
        return
    from annotator.exchange import to_questions

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        questions = to_questions(studio, name=studio.workspace.root.name)
        yield from_questions(questions), studio.workspace.results / "encoders"


def _write(
    out: Path,
    found: "VlmEvaluation",
    statements: "StatementSet",
    figures: FigureFormat | None,
) -> None:
    from evaluation.vlm.files import write_vlm_evaluation

    write_vlm_evaluation(out, found, statements)
    if figures is None:
        return
    from annotator.figures.drawn_patterns import patterns_figure
    from annotator.figures.drawn_scale import scale_figure
    from annotator.figures.files import write_figure
    from annotator.figures.style import FigureSize

    size = FigureSize.parse("180x110mm")
    for name, figure in (
        ("by-pattern", patterns_figure(found, size)),
        ("scale", scale_figure(found, size)),
    ):
        write_figure(figure, out / f"{name}.{figures.value}", size, title=f"MMVP Studio: {name}")


def _report(found: "VlmEvaluation", *, as_json: bool) -> None:
    from annotator.cli.vlm_tables import vlm_tables
    from evaluation.vlm.files import as_document

    if as_json:
        emit_json(as_document(found))
    else:
        print(vlm_tables(found))
    for spec, reason in found.not_run.items():
        note(f"not run: {shown(spec)}: {shown(reason)}")


@guarded
def demo_vlm(
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FOLDER", file_okay=False, help="Folder to write."),
    ],
    pairs: Annotated[
        int, typer.Option("--pairs", min=1, max=1000, metavar="N", help="Pairs of each pattern.")
    ] = 15,
    control: Annotated[
        bool,
        typer.Option(
            "--control", help="Also pairs that differ in what the captions name: cat or dog."
        ),
    ] = False,
    seed: options.Seed = 0,
) -> None:
    """Draw an MMVP-VLM of the demo's scenes: pairs of pictures that differ in one detail.

    `mmvp eval vlm FOLDER --encoder demo` then shows what the demo's tiny CLIP cannot see.
    """
    from annotator.cli.output import progress_bar
    from evaluation.vlm.demo import write_demo_vlm

    with progress_bar("drawing", "pictures") as progress:
        folder = write_demo_vlm(
            out, pairs_per_pattern=pairs, seed=seed, control=control, progress=progress
        )
    print(f"{shown(folder)}: {pairs} pairs of each of the nine patterns")
