"""The `mmvp` command. What is heavy is imported inside the commands, so that help is quick."""

import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from annotator.cli.exchange import export
from annotator.cli.output import debugging
from annotator.cli.pipeline import embed, index, map, mine
from annotator.cli.run import demo, run
from annotator.cli.serve import serve
from annotator.version import product_version

_WHOLE_JOB, _STEPS, _RESULTS = "The whole job", "Its steps (each resumes)", "The app, the results"

_ABOUT = """Find what a vision encoder cannot see, and make an MMVP benchmark of it.

Mines pairs of images that one encoder takes for the same and another tells apart, lets people
write the questions in the browser, and exports the benchmark.

```
mmvp demo                                everything, offline, in a few minutes
mmvp run photos -w my-benchmark          the same on your own photos
mmvp export -w my-benchmark --out MMVP   the finished pairs
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
app.command(rich_help_panel=_RESULTS)(serve)
app.command(rich_help_panel=_RESULTS)(export)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mmvp {product_version()}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the trace of a failure; like MMVP_DEBUG=1.")
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
    if not debugging():  # what a library logs about a failure comes before our own one line
        logging.basicConfig(level=logging.CRITICAL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; exits with 0 done, 1 failed, 2 bad usage or 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file name may not be valid text
    if not sys.stderr.isatty():  # bars are for watching, not for logs
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    app(args=arguments, prog_name="mmvp")
