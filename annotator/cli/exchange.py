"""`mmvp export`: the finished pairs as a benchmark folder."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, progress_bar


@guarded
def export(
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Folder to write; it must not exist yet."
        ),
    ],
    format_name: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="What to write: mmvp.")
    ] = "mmvp",
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="TEXT", help="The benchmark's name.", show_default="the folder's name"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder if it exists.")
    ] = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Write the complete pairs as a benchmark: images, questions and benchmark.json.

    The same database gives the same bytes; a failed export leaves nothing half-written.
    """
    from annotator.exchange import export_benchmark
    from evaluation.formats import FORMATS

    if format_name not in FORMATS:
        raise typer.BadParameter(
            f"{format_name!r} is not one of: {', '.join(FORMATS)}.", param_hint="--format"
        )
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        heading(f"Export as {format_name}")
        with progress_bar("writing", "pairs") as progress:
            report = export_benchmark(
                studio, format_name, out, force=force, name=name, progress=progress
            )
    if as_json:
        emit_json(report)
    else:
        print(f"{report.n_pairs:,} pairs in {report.folder}")
