"""The `mmvp` command. What is heavy is imported inside the commands, so that help is quick."""

import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

from annotator.cli.admin import token_app, user_app
from annotator.cli.annotations import agreement, annotations
from annotator.cli.backup import backup, restore
from annotator.cli.card import card
from annotator.cli.check import check
from annotator.cli.corrections import corrections
from annotator.cli.discover import discover
from annotator.cli.embed import embed
from annotator.cli.evaluate import eval_app
from annotator.cli.evaluate_correlation import correlate
from annotator.cli.evaluate_vlm import demo_vlm, vlm
from annotator.cli.exchange import export
from annotator.cli.figure import figure
from annotator.cli.guidelines import app as guidelines_app
from annotator.cli.history import history
from annotator.cli.importing import import_
from annotator.cli.leaderboard import leaderboard
from annotator.cli.mof import app as mof_app
from annotator.cli.output import debugging, tell_progress_as_json
from annotator.cli.patterns import app as patterns_app
from annotator.cli.pipeline import compare, index, map, mine
from annotator.cli.queue import app as queue
from annotator.cli.run import demo, run
from annotator.cli.serve import serve
from annotator.version import product_version

_WHOLE_JOB, _STEPS, _RESULTS = "The whole job", "Its steps (each resumes)", "The app, the results"
_BACKUPS, _ACCOUNTS = "Backups", "Accounts"

_ABOUT = """Find what a vision encoder cannot see, and make an MMVP benchmark of it.

Mines pairs of images that one encoder takes for the same and another tells apart, lets people
write the questions in the browser, and exports the benchmark.

```
mmvp demo                         everything, offline, in a few minutes
mmvp run photos -w mine           the same on your own photos
mmvp export -w mine --out MMVP    the finished pairs
```
"""

app = typer.Typer(
    help=_ABOUT,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel=_WHOLE_JOB)(run)
app.command(rich_help_panel=_WHOLE_JOB)(demo)
app.command(rich_help_panel=_STEPS)(index)
app.command(rich_help_panel=_STEPS)(embed)
app.command(rich_help_panel=_STEPS)(mine)
app.command(rich_help_panel=_STEPS)(map)
app.command(rich_help_panel=_STEPS)(compare)
app.command(rich_help_panel=_RESULTS)(serve)
app.command("import", rich_help_panel=_RESULTS)(import_)
app.command(rich_help_panel=_RESULTS)(export)
app.command(rich_help_panel=_RESULTS)(corrections)
app.command(rich_help_panel=_RESULTS)(card)
app.command(rich_help_panel=_RESULTS)(check)
app.command(rich_help_panel=_RESULTS)(annotations)
app.command(rich_help_panel=_RESULTS)(agreement)
app.add_typer(queue, name="queue", rich_help_panel=_RESULTS)
app.add_typer(guidelines_app, name="guidelines", rich_help_panel=_RESULTS)
patterns_app.command()(discover)
app.add_typer(patterns_app, name="patterns", rich_help_panel=_RESULTS)
app.command(rich_help_panel=_RESULTS)(figure)
app.command(rich_help_panel=_RESULTS)(history)
app.command(rich_help_panel=_BACKUPS)(backup)
app.command(rich_help_panel=_BACKUPS)(restore)
eval_app.command()(vlm)
eval_app.command("demo-vlm")(demo_vlm)
eval_app.command()(correlate)
eval_app.command()(leaderboard)
app.add_typer(eval_app, name="eval", rich_help_panel=_RESULTS)
app.add_typer(mof_app, name="mof", rich_help_panel=_RESULTS)
app.add_typer(user_app, name="user", rich_help_panel=_ACCOUNTS)
app.add_typer(token_app, name="token", rich_help_panel=_ACCOUNTS)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mmvp {product_version()}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the trace of a failure; like MMVP_DEBUG=1.")
    ] = False,
    progress_json: Annotated[
        bool, typer.Option("--progress-json", help="Progress for programs.", hidden=True)
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    if debug:
        os.environ["MMVP_DEBUG"] = "1"
    if progress_json:
        tell_progress_as_json()
    if not debugging():  # what a library logs about a failure comes before our own one line
        logging.basicConfig(level=logging.CRITICAL)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; exits with 0 done, 1 failed, 2 bad usage or 130 interrupted."""
    signal.signal(signal.SIGTERM, _stop)  # asked to stop: as with Ctrl-C
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name may not be valid text
    if not sys.stderr.isatty():  # bars are for watching, not for logs
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    app(args=arguments, prog_name="mmvp")
