"""`mmvp patterns`: the visual patterns that questions of this workspace may have."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, table

if TYPE_CHECKING:
    from db.patterns import PatternView

app = typer.Typer(
    no_args_is_help=True, help="The visual patterns of this workspace, at first the paper's nine."
)

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Short name of the pattern.")]
Name = Annotated[str, typer.Option("--name", metavar="TEXT", help="Name for people.")]
Definition = Annotated[
    str, typer.Option("--definition", metavar="TEXT", help="What it means, one sentence.")
]


@app.command("list")
@guarded
def list_(
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print the patterns, those out of use last, and how many questions are read with each."""
    from annotator.patterns import described_patterns

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        found = described_patterns(studio)
    if as_json:
        emit_json({"patterns": found})
        return
    rows = [["slug", "name", "questions", ""]]
    for one in found:
        into = f" into {one['merged_into']}" if one["merged_into"] else ""
        status = "" if one["status"] == "in use" else one["status"] + into
        n = one["n_read"] if one["status"] != "merged" else one["n_said"]
        rows.append([one["slug"], one["name"], f"{n:,}", status])
    print(table(rows))


@app.command()
@guarded
def add(
    slug: Slug,
    name: Name,
    definition: Definition,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Add a pattern at the end of the set."""
    from db.patterns import PatternFields, add_pattern

    fields = PatternFields(slug, name, definition)
    view = _change(workspace, database_url, lambda **given: add_pattern(fields=fields, **given))
    print(f"Added {view.fields.slug}: {view.fields.name}.")


@app.command()
@guarded
def rename(
    slug: Slug,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="Another name for people.")
    ] = None,
    definition: Annotated[
        str | None, typer.Option("--definition", metavar="TEXT", help="Another definition.")
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Give a pattern another name or definition; its slug stays."""
    from db.patterns import rename_pattern

    if name is None and definition is None:
        raise typer.BadParameter("Give --name, --definition or both.")
    view = _change(
        workspace,
        database_url,
        lambda **given: rename_pattern(slug=slug, name=name, definition=definition, **given),
    )
    print(f"{view.fields.slug} is now {view.fields.name}: {view.fields.definition}")


@app.command()
@guarded
def merge(
    slug: Slug,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The pattern that takes over.")],
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Read questions of one pattern as if they had another; what was said stays stored."""
    from db.patterns import merge_pattern

    _change(workspace, database_url, lambda **given: merge_pattern(slug=slug, into=into, **given))
    print(f"Questions with {slug} are read as {into} from now on.")


@app.command()
@guarded
def retire(
    slug: Slug,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Keep a pattern from being chosen anew; questions that have it keep it."""
    from db.patterns import retire_pattern

    _change(workspace, database_url, lambda **given: retire_pattern(slug=slug, **given))
    print(f"{slug} cannot be chosen any more.")


@app.command()
@guarded
def restore(
    slug: Slug,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Take a pattern back into use that was retired or merged."""
    from db.patterns import restore_pattern

    _change(workspace, database_url, lambda **given: restore_pattern(slug=slug, **given))
    print(f"{slug} is in use again.")


@app.command()
@guarded
def untag(
    slug: Slug,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
) -> None:
    """Read the pairs that were tagged with a pattern as their authors said again."""
    from db.pattern_tags import take_back_tags

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        n = take_back_tags(studio.database, slug)
    print(f"{n:,} pairs are read as people said again.")


def _change(
    workspace: options.Workspace,
    database_url: options.DatabaseUrl,
    change: "Callable[..., PatternView]",
) -> "PatternView":
    from annotator.patterns import shipped_patterns

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        return change(database=studio.database, shipped=shipped_patterns())
