"""The leaderboard as a table for papers and spreadsheets: CSV, Markdown, LaTeX and plain text."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from evaluation.spreadsheets import Cell, csv_lines

Board = Mapping[str, Any]
_LATEX: Final = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_MARKDOWN: Final = {one: f"\\{one}" for one in "\\`*_{}[]<>#|~!"}
_OURS, _PUBLISHED, _PEOPLE = "here", "published, MMVP", "People, answering blind"


class TableFormat(StrEnum):
    """What a table can be written as; the file's ending."""

    csv = "csv"
    markdown = "md"
    latex = "tex"


def leaderboard_table(board: Board, form: TableFormat) -> str:
    """The board as a file's text, the published numbers below one's own and marked as such."""
    return _WRITERS[form](board)


def _csv(board: Board) -> str:
    columns = [
        "model", "asked", "from", "grader", "pair_accuracy", "pair_low", "pair_high", "n_pairs",
        "single_accuracy", "single_low", "single_high", "said_a", "n_ungradable", "n_unanswered",
        "n_stale_pairs", "pair_accuracy_before", "run", "at",
    ]  # fmt: skip
    columns += [f"pair_accuracy_{one['slug']}" for one in board["patterns"]]
    rows = [_csv_row(one, board) for one in board["runs"] if one["scores"]]
    people = board["people"]
    if people["total"]:
        rows.append({"model": _PEOPLE, "from": _OURS, **_share_cells("pair", people)})
    for one in board["published"]:
        rows.append(
            {
                "model": one["model"],
                "from": one["source"],
                "pair_accuracy": one["pair_accuracy"],
            }
        )
    return "".join(csv_lines(columns, rows))


def _csv_row(run: Mapping[str, Any], board: Board) -> dict[str, Cell]:
    scores = run["scores"]
    row: dict[str, Cell] = {
        "model": run["model"],
        "asked": run["label"],
        "from": _OURS,
        "grader": board["grader"],
        "said_a": scores["said_a"]["value"],
        "n_pairs": scores["pair"]["total"],
        "n_ungradable": scores["ungradable"]["n"],
        "n_unanswered": scores["unanswered"],
        "n_stale_pairs": len(scores["stale"]),
        "pair_accuracy_before": scores["before"]["pair"]["value"] if scores["before"] else None,
        "run": run["run"],
        "at": run["at"],
    }
    for name in ("pair", "single"):
        row |= _share_cells(name, scores[name])
    for slug, found in scores["by_pattern"].items():
        row[f"pair_accuracy_{slug}"] = found["pair"]["value"]
    return row


def _share_cells(name: str, share: Mapping[str, Any]) -> dict[str, Cell]:
    return {
        f"{name}_accuracy": share["value"],
        f"{name}_low": share["low"],
        f"{name}_high": share["high"],
    }


def table_rows(board: Board) -> list[list[str]]:
    """The table in words: a header, then a row a model; shares in percent."""
    rows = [["Model", "Asked", "Pair accuracy", "95 %", "Single", "Said (a)", "Ungradable", "From"]]
    for run in board["runs"]:
        scores = run["scores"]
        if scores is None:
            rows.append([run["model"], run["label"], *["-"] * 5, "not judged"])
            continue
        pair = scores["pair"]
        rows.append(
            [
                run["model"],
                run["label"],
                _percent(pair["value"]),
                _range(pair),
                _percent(scores["single"]["value"]),
                _percent(scores["said_a"]["value"]),
                f"{scores['ungradable']['n']:,}",
                _OURS,
            ]
        )
    people = board["people"]
    if people["total"]:
        row = [_PEOPLE, "", _percent(people["value"]), _range(people)]
        rows.append([*row, *["-"] * 3, _OURS])
    human = {"model": "Humans", "pair_accuracy": board["human"]}
    rows += [
        [one["model"], "", _percent(one["pair_accuracy"]), *["-"] * 4, _PUBLISHED]
        for one in [human, *board["published"]]
    ]
    rows.append(["Random guess", "", _percent(board["chance"]), *["-"] * 4, ""])
    return rows


def _markdown(board: Board) -> str:
    rows = [[_escaped(cell, _MARKDOWN) for cell in row] for row in table_rows(board)]
    align = ["---", "---", "---:", "---:", "---:", "---:", "---:", "---"]
    lines = [f"| {' | '.join(row)} |" for row in [rows[0], align, *rows[1:]]]
    return "\n".join([*lines, "", _caption(board), ""])


def _latex(board: Board) -> str:
    rows = [[_escaped(cell, _LATEX) for cell in row] for row in table_rows(board)]
    theirs = rows[-len(board["published"]) - 2 :]
    ours = rows[1 : -len(theirs)]
    body = [_latex_row(rows[0]), r"\midrule", *map(_latex_row, ours)]
    body += [r"\midrule", *map(_latex_row, theirs)]
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            r"\begin{tabular}{llrrrrrl}",
            r"\toprule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            f"% {_caption(board)}",
            "",
        ]
    )


def _latex_row(cells: Sequence[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _caption(board: Board) -> str:
    return (
        f"{_one_line(board['benchmark'])}, {board['n_pairs']:,} pairs, graded by "
        f"{board['grader']}; pair accuracy counts pairs of which both images are answered right, "
        "single accuracy images; intervals are Wilson's."
    )


def _escaped(cell: str, how: Mapping[str, str]) -> str:
    return "".join(how.get(character, character) for character in _one_line(cell))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _range(share: Mapping[str, Any]) -> str:
    if share["low"] is None:
        return "-"
    return f"{100 * share['low']:.1f}-{100 * share['high']:.1f}"


_WRITERS: Mapping[TableFormat, Callable[[Board], str]] = {
    TableFormat.csv: _csv,
    TableFormat.markdown: _markdown,
    TableFormat.latex: _latex,
}
