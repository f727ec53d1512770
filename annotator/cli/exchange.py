"""`mmvp export`: the finished pairs as a benchmark folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import exchange_options, options
from annotator.cli.output import emit_json, guarded, heading, progress_bar

if TYPE_CHECKING:
    from evaluation.key_order import KeyOrder


_Out = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write; it must not exist yet."),
]
_Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="What to write: mmvp, mmvp-json, vlmevalkit, lmms-eval, hf, mmvp-vlm, jsonl, "
        "coco, labelstudio or fiftyone.",
    ),
]
_Name = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="TEXT", help="The benchmark's name.", show_default="the folder's name"
    ),
]
_Force = Annotated[bool, typer.Option("--force", help="Replace the folder if it exists.")]
_KeyOrder = Annotated[
    str | None,
    typer.Option(
        "--key-order",
        metavar="ORDER",
        help="Which image of a pair comes first: shuffled, original (always that of (a)) or kept.",
        show_default="shuffled, or kept for an imported benchmark",
    ),
]
_Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the key order `shuffled`.")]
_Partial = Annotated[
    bool,
    typer.Option("--partial", help="Write mmvp-vlm although patterns have too few pairs."),
]
_Model = Annotated[
    str,
    typer.Option("--model", metavar="TEXT", help="What the requests of jsonl ask for."),
]


@guarded
def export(
    out: _Out,
    format_name: _Format = "mmvp",
    name: _Name = None,
    force: _Force = False,
    unverified: exchange_options.Unverified = False,
    imported: exchange_options.Imported = None,
    key: exchange_options.Key = "current",
    key_order: _KeyOrder = None,
    seed: _Seed = 0,
    partial: _Partial = False,
    model: _Model = "gpt-4o",
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Write the finished pairs as a benchmark: images, questions and benchmark.json.

    Those are the complete pairs, or with blind verification switched on the final ones only.
    The same database gives the same bytes; a failed export leaves nothing half-written.
    """
    from annotator.exchange import Choice, export_benchmark
    from evaluation.formats import FORMATS, ExportOptions

    if format_name not in FORMATS:
        raise typer.BadParameter(
            f"{format_name!r} is not one of: {', '.join(FORMATS)}.", param_hint="--format"
        )
    chosen = ExportOptions(key_order=_key_order(key_order), seed=seed, partial=partial, model=model)
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        heading(f"Export as {format_name}")
        with progress_bar("writing", "pairs") as progress:
            report = export_benchmark(
                studio,
                format_name,
                out,
                force=force,
                name=name,
                choice=Choice(imported, key, unverified),
                options=chosen,
                progress=progress,
            )
    if as_json:
        emit_json(report)
    else:
        print(f"{report.n_pairs:,} pairs in {report.folder}")
        for note in report.notes:
            print(note)


def _key_order(given: str | None) -> "KeyOrder | None":
    from evaluation.key_order import KEY_ORDERS

    found = next((order for order in KEY_ORDERS if order == given), None)
    if given is not None and found is None:
        raise typer.BadParameter(
            f"{given!r} is not one of: {', '.join(KEY_ORDERS)}.", param_hint="--key-order"
        )
    return found
