"""`mmvp guidelines`: what the annotators read beside the pairs."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded

app = typer.Typer(no_args_is_help=True, help="What people read while they judge and write.")


@app.command()
@guarded
def show(
    version: Annotated[
        int | None,
        typer.Option(
            "--version",
            min=0,
            metavar="N",
            show_default="the newest",
            help="An older version; 0 is the text that ships.",
        ),
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print the guidelines as Markdown."""
    from annotator import guidelines

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        newest = guidelines.versions(studio)[0]["version"]
        found = guidelines.version(studio, newest if version is None else version)
    if as_json:
        emit_json({name: found[name] for name in ("version", "by", "at", "restores", "text")})
    else:
        print(found["text"], end="")


@app.command("set")
@guarded
def set_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Markdown file.", exists=True, dir_okay=False),
    ],
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Save a file as the next version of the guidelines; the older ones stay."""
    from annotator import guidelines
    from annotator.errors import AppError
    from db.guidelines import save_guidelines

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AppError("the file is not UTF-8 text.", where=str(file)) from error
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        newest = guidelines.versions(studio)[0]["version"]
        number = save_guidelines(studio.database, text, expected=newest)
    emit_json({"version": number}) if as_json else print(f"Saved as version {number}.")
