"""`mmvp backup` and `mmvp restore`: the workspace as one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, note, progress_bar, shown


@guarded
def backup(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="File to write; it must not exist yet.",
            show_default="the workspace's backups/mmvp-TIME.zip",
        ),
    ] = None,
    embeddings: Annotated[
        bool,
        typer.Option("--embeddings", help="Also the vectors, maps and comparisons."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Copy the annotations, accounts and history into one file, while people work.

    Never the images. The file is there whole or not at all, and holds password hashes: keep it
    safe. `mmvp restore` makes a workspace of it.
    """
    from annotator.backup import back_up

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        heading("Back up")
        with progress_bar("packing", "files") as progress:
            report = back_up(studio, out, embeddings=embeddings, force=force, progress=progress)
    if as_json:
        emit_json(report)
        return
    note(f"{report.n_annotations:,} annotations, {report.n_events:,} events")
    print(shown(report.path))


@guarded
def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `mmvp backup` wrote.")],
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Even if there is a workspace; it is kept under another name."
        ),
    ] = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Make a workspace of a backup, after all of it was checked.

    A backup of SQLite can be restored into PostgreSQL and the other way round. Stop the server
    first. Afterwards everybody logs in again.
    """
    from annotator.restoring import restore as restore_archive

    settings = options.settings_for(workspace, database_url)
    heading("Restore")
    with progress_bar("unpacking", "files") as progress:
        done = restore_archive(archive, settings, force=force, progress=progress)
    if as_json:
        emit_json(done)
        return
    if done.kept_folder:
        note(f"What was there is now {shown(done.kept_folder)}")
    if done.kept_schema:
        note(f"The tables that were there are now in the schema {done.kept_schema}")
    print(
        f"{shown(done.workspace)} is as it was at {done.made_at}: "
        f"{done.n_annotations:,} annotations, {done.n_events:,} events"
    )
