"""`mmvp corrections`: where the answers of an imported benchmark are others here."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import exchange_options, options
from annotator.cli.output import emit_json, guarded, shown

if TYPE_CHECKING:
    from evaluation.corrections import KeyLayer


@guarded
def corrections(
    imported: exchange_options.OfImport = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write them as a layer, for `mmvp export --key FILE`.",
            show_default="only list them",
            dir_okay=False,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="TEXT",
            help="The layer's name.",
            show_default="the workspace's folder",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """List the corrections of an imported key, or write them to a file of their own.

    The imported key itself is never overwritten: `mmvp export --key original` still writes it.
    """
    from annotator.errors import AppError
    from annotator.keys import corrections_of
    from embeddings.atomic import write_bytes
    from evaluation.corrections import dump_layer

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        layer = corrections_of(studio, imported, name)
    if out is not None:
        if out.exists() and not force:
            hint = "Use --force or another name."
            raise AppError("this file exists already.", where=str(out), hint=hint)
        write_bytes(out, dump_layer(layer).encode())
    if as_json:
        emit_json(layer)
    else:
        _print(layer, out)


def _print(layer: "KeyLayer", out: Path | None) -> None:
    for one in layer.corrections:
        key = f"({one.answer_first}) ({one.answer_second})"
        print(f"pair {one.pair_id}: {key} {shown(one.question)}")
        if one.reason:
            print(f"  {shown(one.reason)}")
    n = len(layer.corrections)
    told = f"{n:,} correction{'' if n == 1 else 's'}" if n else "no corrections"
    print(told + (f" in {shown(out)}" if out is not None else ""))
