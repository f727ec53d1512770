"""How commands talk: results on stdout, headings, progress and reasons on stderr."""

import dataclasses
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")

Progress = Callable[[int, int], None]


def note(text: str) -> None:
    """A line for the person watching; never part of the result."""
    print(text, file=sys.stderr, flush=True)


def heading(text: str) -> None:
    """Announces a step."""
    note(typer.style(text, bold=True) if sys.stderr.isatty() else text)


@contextmanager
def progress_bar(label: str, unit: str) -> Iterator[Progress]:
    """A bar on a terminal, nothing in a log."""
    from tqdm import tqdm

    with tqdm(desc=f"  {label}", unit=f" {unit}", disable=None, leave=False) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def emit_json(result: object) -> None:
    """Prints one JSON object."""
    print(json.dumps(plain(result), indent=2, ensure_ascii=True), flush=True)


def plain(value: Any) -> Any:  # noqa: ANN401 - any report in, JSON types out
    """The report as JSON types: dataclasses become objects, paths become strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to one width; the first is flush left, the others flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turns what goes wrong in a command into one line on stderr and an exit code.

    1 for a failure, 130 for Ctrl-C. With `--debug` or MMVP_DEBUG=1 the trace is shown instead.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            note("\ninterrupted; run the same command again to resume")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            _stop_writing()
            raise typer.Exit(1) from None
        except Exception as error:
            if debugging():
                raise
            note(_reason(error))
            raise typer.Exit(1) from error

    return run


def debugging() -> bool:
    """Whether a person asked for traces."""
    return os.environ.get("MMVP_DEBUG", "") not in ("", "0")


def _reason(error: Exception) -> str:
    from annotator.errors import STUDIO_ERRORS, explain

    more = "" if isinstance(error, STUDIO_ERRORS) else " (MMVP_DEBUG=1 shows where)"
    return f"mmvp: {explain(error)}{more}"


def _stop_writing() -> None:
    """The reader left (`| head`): what is still buffered must not raise again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def shown(path: Path) -> str:
    """The path on one line: a newline or control character in a name is written escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(path))
