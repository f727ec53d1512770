"""`mmvp check`: what is wrong with a benchmark, anybody's, and what can be guessed in it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, note, progress_bar, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evaluation.check import Report
    from evaluation.check.subject import Progress

_WHAT = "What to check"


Benchmark = Annotated[
    Path | None,
    typer.Argument(
        metavar="PATH",
        help="A benchmark's folder or file: MMVP, MMVP-VLM, TSV, Parquet, JSON.",
        show_default="the workspace's own benchmark",
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODES",
        help="Only these rules, as K201,W or given several times.",
        rich_help_panel=_WHAT,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="CODES", help="All but these rules.", rich_help_panel=_WHAT),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="How to read PATH.",
        show_default="recognised",
        rich_help_panel=_WHAT,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings as on errors.")]
All = Annotated[bool, typer.Option("--all", help="Show every finding, not ten a rule.")]
Sarif = Annotated[
    Path | None,
    typer.Option(
        "--sarif",
        metavar="FILE",
        help="Also write the findings as SARIF 2.1.0, for code hosts and editors.",
        dir_okay=False,
    ),
]
Rules = Annotated[bool, typer.Option("--rules", help="List the rules and stop.")]
Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="CODE", help="Say what a rule looks for and stop."),
]


@guarded
def check(
    path: Benchmark = None,
    select: Select = None,
    ignore: Ignore = None,
    form: Form = None,
    strict: Strict = False,
    show_all: All = False,
    sarif: Sarif = None,
    rules: Rules = False,
    explain: Explain = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Check a benchmark for mistakes, for what breaks clients, and for what can be guessed.

    Ends with 1 if there are errors, with 0 if there are only warnings or advice. Nothing is
    changed. The rules: `mmvp check --rules`.
    """
    from evaluation.check import chosen_rules

    if rules or explain is not None:
        _tell_rules(explain, as_json)
        return
    chosen = chosen_rules(_split(select), _split(ignore))
    with progress_bar("looking", "images") as progress:
        if path is not None:
            heading(f"Check {shown(path)}")
            report = _of_files(path, form, chosen, progress)
        else:
            report = _of_workspace(workspace, database_url, chosen)
    if sarif is not None:
        _write_sarif(report, sarif)
    _show(report, as_json=as_json, show_all=show_all)
    if report.count("error") or (strict and report.count("warning")):
        raise typer.Exit(1)


def _split(given: "Iterable[str] | None") -> list[str]:
    return [code.strip() for one in given or () for code in one.split(",")]


def _of_files(
    path: Path, form: str | None, chosen: tuple[str, ...], progress: "Progress"
) -> "Report":
    from evaluation.check import check as check_benchmark
    from evaluation.readers import read

    return check_benchmark(read(path, form), rules=chosen, progress=progress)


def _of_workspace(
    workspace: Path | None, database_url: str | None, chosen: tuple[str, ...]
) -> "Report":
    from annotator.checking import check_workspace

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        return check_workspace(studio, rules=chosen)


def _show(report: "Report", *, as_json: bool, show_all: bool) -> None:
    from evaluation.check.report import MOST_SHOWN
    from evaluation.check.report import as_json as json_of
    from evaluation.check.report import as_text as text_of

    if as_json:
        emit_json(json_of(report))
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(text_of(report, colour=colour, most=None if show_all else MOST_SHOWN))


def _write_sarif(report: "Report", file: Path) -> None:
    from annotator.version import product_version
    from embeddings.atomic import write_bytes
    from evaluation.check.sarif import as_sarif

    write_bytes(file, as_sarif(report, version=product_version()).encode())
    note(f"{len(report.findings):,} findings in {shown(file)}")


def _tell_rules(code: str | None, as_json: bool) -> None:
    from evaluation.check import RULES, UnknownRule
    from evaluation.check.report import explanation, rule_json, rules_text

    known = RULES.get(code.strip().upper()) if code is not None else None
    if code is not None and known is None:
        raise UnknownRule(f"there is no rule {code!r}.", hint="`mmvp check --rules` lists them.")
    if as_json:
        emit_json(rule_json(known) if known else [rule_json(rule) for rule in RULES.values()])
    else:
        print(explanation(known) if known else rules_text(list(RULES.values())))
