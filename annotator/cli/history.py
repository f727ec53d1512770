"""`mmvp history`: what happened in a workspace, or to one pair."""

from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, shown


@guarded
def history(
    pair: Annotated[
        int | None,
        typer.Option("--pair", metavar="N", help="Only this pair.", show_default="everything"),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=100_000, metavar="N", help="The newest N events.")
    ] = 50,
    before: Annotated[
        int | None,
        typer.Option("--before", metavar="ID", help="Only events older than this one, to page."),
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print the append-only history, newest first: who did what and when.

    Decisions, questions, undo and redo, rulings, logins, roles, exports, mining runs. What blind
    verifiers answered is not told.
    """
    from annotator.history import listed_events

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        found = listed_events(studio, pair_id=pair, limit=limit, before=before, accounts=True)
    if as_json:
        emit_json({"events": found})
        return
    for event in found:
        of = f" pair {event['pair_id']}:" if event["pair_id"] is not None else ""
        at = str(event["at"])[:19].replace("T", " ")
        by = shown(event["by"] or "mmvp")
        print(f"{event['id']:>7}  {at}  {by}:{of} {shown(str(event['about']))}")
    if not found:
        print("Nothing happened yet.")
