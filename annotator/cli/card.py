"""`mmvp card`: what the dataset card of an export says beyond its pairs."""

from typing import Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded


@guarded
def card(
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=TEXT",
            help="Fill one field in, any number of times; without a text it is emptied.",
            show_default="show the fields",
        ),
    ] = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Show or fill in what only people know: licence, contact, citation, intended use.

    It stands in the README.md of every export from then on.
    """
    from annotator.card import card_json, change_card

    changed = dict(_assignment(text) for text in assignments or [])
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        if changed:
            change_card(studio, changed)
        fields = card_json(studio)["fields"]
    if as_json:
        emit_json({field["name"]: field["value"] for field in fields})
        return
    width = max(len(field["name"]) for field in fields)
    for field in fields:
        lines = field["value"].split("\n") if field["value"] else ["not stated"]
        print(f"{field['name']:{width}}  " + f"\n{' ' * (width + 2)}".join(lines))


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not FIELD=TEXT.", param_hint="--set")
    return name.strip(), value
