"""`mmvp agreement` and `mmvp annotations`: how far people agree, and all that they said."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMATS = ("csv", "json")


@guarded
def agreement(
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print how far annotators agree about pairs that two or more of them dealt with.

    Raw agreement, Cohen's kappa for each two people and Krippendorff's alpha over all, about
    accepting and about the visual pattern; from what they said before anybody ruled.
    """
    from annotator.agreement import agreement as measure
    from annotator.agreement import as_text

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        found = measure(studio)
    emit_json(found) if as_json else print(as_text(found))


@guarded
def annotations(
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="What to write: csv or json.")
    ] = "csv",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="File to write; it must not exist yet.",
            show_default="stdout",
            dir_okay=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Write all that people said about pairs: annotations, blind answers, rulings.

    In CSV a text that a spreadsheet would compute as a formula has an apostrophe before it.
    """
    from annotator.raw_annotations import RawFormat, raw_annotations

    if form not in _FORMATS:
        raise typer.BadParameter(
            f"{form!r} is not one of: {', '.join(_FORMATS)}.", param_hint="--format"
        )
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        pieces = raw_annotations(studio, RawFormat(form))
        if out is None:
            sys.stdout.writelines(pieces)
        else:
            _write(out, pieces, force=force)


def _write(out: Path, pieces: "Iterator[str]", *, force: bool) -> None:
    """Beside its place first: a file of this name is whole."""
    from annotator.errors import AppError

    if out.exists() and not force:
        raise AppError(
            "this file exists already.", where=str(out), hint="Use --force or another name."
        )
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="", errors="replace") as file:
            file.writelines(pieces)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
