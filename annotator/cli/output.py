"""How commands talk: results on stdout, headings, progress and reasons on stderr."""

import dataclasses
import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")

Progress = Callable[[int, int], None]
StepProgress = Callable[[str, int, int], None]

# A program that watches is told no more often than this.
_SECONDS_BETWEEN_LINES = 0.25


def note(text: str) -> None:
    """A line for the person watching; never part of the result."""
    print(text, file=sys.stderr, flush=True)


def heading(text: str) -> None:
    """Announces a step."""
    if _watched_by_program():
        _tell(text, 0, 0)
        return
    note(typer.style(text, bold=True) if sys.stderr.isatty() else text)


_MANY = 1_000_000  # from here on a bar counts in thousands and millions


@contextmanager
def progress_bar(label: str, unit: str) -> Iterator[Progress]:
    """A bar on a terminal, lines of JSON for a program that watches, nothing in a log."""
    with steps_bar(unit) as report:
        yield lambda done, total: report(label, done, total)


@contextmanager
def steps_bar(unit: str) -> Iterator[StepProgress]:
    """The same for work of several steps, each with its own count and time left."""
    if _watched_by_program():
        yield _Lines()
        return
    from tqdm import tqdm

    with tqdm(unit=f" {unit}", disable=None, leave=False, delay=0.2) as bar:
        current = ""

        def report(step: str, done: int, total: int) -> None:
            nonlocal current
            if bar.disable:
                return
            if step != current:
                current = step
                bar.reset(total)
                bar.unit_scale = total >= _MANY
                bar.set_description(f"  {step}", refresh=False)
            bar.total = total
            bar.update(done - bar.n)

        yield report


def tell_progress_as_json() -> None:
    """Progress is written as lines of JSON on stderr from now on; like MMVP_PROGRESS=json."""
    os.environ["MMVP_PROGRESS"] = "json"


def _watched_by_program() -> bool:
    return os.environ.get("MMVP_PROGRESS") == "json"


class _Lines:
    """Writes {"step", "done", "total"} lines: the first and last of each step, few between."""

    def __init__(self) -> None:
        self._step, self._at = "", 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step or done >= total or now - self._at >= _SECONDS_BETWEEN_LINES:
            self._step, self._at = step, now
            _tell(step, done, total)


def _tell(step: str, done: int, total: int) -> None:
    note(json.dumps({"step": step, "done": done, "total": total}))


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
    """Turns what goes wrong in a command into a line on stderr and an exit code.

    1 for a failure, 130 for Ctrl-C or a request to stop (SIGTERM). With `--debug` or MMVP_DEBUG=1
    the trace is shown instead.
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

    if not isinstance(error, STUDIO_ERRORS):
        return f"mmvp: {explain(error)} (MMVP_DEBUG=1 shows where)"
    # Where an error names many faults, each has a line of its own.
    return "\n- ".join(" ".join(one.split()) for one in f"mmvp: {error}".split("\n- "))


def _stop_writing() -> None:
    """The reader left (`| head`): what is still buffered must not raise again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def shown(path: Path | str) -> str:
    """The path or name on one line: a newline or control character is written escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(path))
