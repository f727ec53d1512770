"""`mmvp eval leaderboard`: all runs that a workspace keeps, scored against its questions of now."""

from typing import Annotated

import typer

from annotator.cli import evaluate_options as given
from annotator.cli import options
from annotator.cli.output import emit_json, guarded, note, table

_TEXT = "text"


@guarded
def leaderboard(
    form: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="text, csv, md (Markdown) or tex (LaTeX)."
        ),
    ] = _TEXT,
    grader: given.GraderName = "strict",
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print the models that were asked this workspace's questions, best first.

    Scores come from the stored answers and the questions as they are now: after a question was
    edited or its key corrected, all runs are scored again, and nothing is asked.
    """
    from annotator.leaderboard import leaderboard as measure
    from annotator.leaderboard_tables import TableFormat, leaderboard_table, table_rows
    from annotator.results import Results

    if form not in (_TEXT, *TableFormat):
        raise typer.BadParameter("it is text, csv, md or tex.", param_hint="--format")
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        found = measure(studio.shared(Results), grader)
    for problem in found["problems"]:
        note(problem)
    if as_json:
        emit_json(found)
    elif form == _TEXT:
        print(table(table_rows(found)))
        for run in found["runs"]:
            for line in _changes(run):
                note(line)
    else:
        print(leaderboard_table(found, TableFormat(form)), end="")


def _changes(run: dict[str, object]) -> list[str]:
    """What changed since the model was asked, in a line."""
    scores = run["scores"]
    if not isinstance(scores, dict) or scores["before"] is None:
        return []
    before, counts = scores["before"], []
    for name, words in (("stale", "asked in other words"), ("corrected", "with another key"),
                        ("gone", "no longer in the benchmark")):  # fmt: skip
        if scores[name]:
            counts.append(f"{len(scores[name]):,} pairs {words}")
    pair, single = (
        f"{name} accuracy {_percent(before[name]['value'])} as asked, "
        f"{_percent(scores[name]['value'])} now"
        for name in ("pair", "single")
    )
    return [f"{run['run']}: {', '.join(counts)}; {pair}; {single}"]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
