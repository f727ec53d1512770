"""`mmvp import`: somebody's benchmark, or a list of pairs, into the workspace."""

from typing import TYPE_CHECKING

import typer

from annotator.cli import exchange_options, options
from annotator.cli.output import emit_json, guarded, heading, progress_bar, shown

if TYPE_CHECKING:
    from annotator.importing import ImportReport

_KEPT_AS = ("complete", "to-verify", "open")


@guarded
def import_(
    path: exchange_options.ImportPath,
    format_name: exchange_options.ImportFormat = None,
    images: exchange_options.Images = None,
    name: exchange_options.ImportName = None,
    kept_as: exchange_options.As = "complete",
    dry_run: exchange_options.DryRun = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Bring a benchmark into the workspace: its images, pairs, questions and key.

    Any fault is named with its place, and then nothing is changed. The key as it came is kept
    beside what people make of it here. With --as open its questions are left out, and the pairs
    wait for review.
    """
    from annotator.importing import store
    from annotator.incoming import read_incoming
    from annotator.incoming_pairs import LABEL_STUDIO, PAIRS, read_pair_list
    from db.import_tables import KeptAs

    if kept_as not in _KEPT_AS:
        raise typer.BadParameter(
            f"{kept_as!r} is not one of: {', '.join(_KEPT_AS)}.", param_hint="--as"
        )
    heading("Import")
    state = KeptAs(kept_as)
    if format_name in (PAIRS, LABEL_STUDIO):
        incoming = read_pair_list(
            path, format_name=format_name, images=images, name=name, kept_as=state
        )
    else:
        incoming = read_incoming(
            path, format_name=format_name, images=images, name=name, kept_as=state
        )
    settings = options.settings_for(workspace, database_url)
    with (
        options.open_studio(settings, create=not dry_run) as studio,
        progress_bar("copying", "images") as progress,
    ):
        report = store(studio, incoming, dry_run=dry_run, progress=progress)
    emit_json(report) if as_json else _print(report)


def _print(report: "ImportReport") -> None:
    would = "would bring" if report.dry_run else "brought"
    kept = "open for review" if report.kept_as == "open" else f"{report.n_questions:,} questions"
    print(f"{shown(report.name)} ({report.format}) {would} {report.n_pairs:,} pairs, {kept}")
    print(f"  {report.n_new_images:,} images copied, {report.n_known_images:,} known before")
    if report.kept_as != "open":
        print(f"  the questions stand under the name {shown(report.author)}")
    if report.former_patterns:
        print(f"  patterns that nobody can choose here: {', '.join(report.former_patterns)}")
    for note in report.notes:
        print(note)
    if report.dry_run:
        print("Nothing was changed (--dry-run).")
