"""A report for people at a terminal, and as JSON."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evaluation.check import RULES, SEVERITIES, Baseline, Finding, Report, Rule, Severity
from evaluation.raw import Place
from evaluation.statistics import Share

MOST_SHOWN = 10
"""Findings of one rule that a terminal is shown, unless all are asked for."""
_COLOURS: Mapping[str, str] = {"error": "31", "warning": "33", "advice": "36", "bold": "1"}
Paint = Callable[[str, str], str]
_COUNTED: Mapping[Severity, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "advice": ("piece of advice", "pieces of advice"),
}


def as_json(report: Report) -> dict[str, Any]:
    """The report as JSON values: findings, how many of each severity, the rules, baselines."""
    found = {finding.code for finding in report.findings}
    return {
        "name": report.name,
        "format": report.format,
        "path": str(report.path),
        "n_rows": report.n_rows,
        "n_pairs": report.n_pairs,
        "n_images": report.n_images,
        "counts": {severity: report.count(severity) for severity in SEVERITIES},
        "findings": [_finding_json(finding) for finding in report.findings],
        "rules": {code: rule_json(rule) for code, rule in RULES.items() if code in found},
        "rules_asked": list(report.rules),
        "baselines": [
            {**asdict(one), "beats_chance": one.beats_chance} for one in report.baselines
        ],
    }


def rule_json(rule: Rule) -> dict[str, str]:
    """What a rule is, as JSON values."""
    return {
        "code": rule.code,
        "title": rule.title,
        "severity": rule.severity,
        "why": rule.why,
        "fix": rule.fix,
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "pairs": list(finding.pairs),
        "rows": list(finding.rows),
        "places": [_place_json(place) for place in finding.places],
        "related": [_place_json(place) for place in finding.related],
    }


def _place_json(place: Place) -> dict[str, Any]:
    return {
        "file": str(place.file),
        "line": place.line,
        "row": place.row,
        "column": place.column,
    }


def as_text(report: Report, *, colour: bool = False, most: int | None = MOST_SHOWN) -> str:
    """Findings by rule, the gravest first, then what can be answered without looking.

    Args:
        report: of a check.
        colour: with the escape sequences of a terminal.
        most: findings of one rule that are shown; None for all.
    """
    paint = _paint if colour else _plain
    lines = [paint("bold", _line(f"{report.name} ({report.format}): {_counts(report)}"))]
    for group in _groups(report.findings):
        lines += ["", *_group_lines(group, paint, most)]
    if report.baselines:
        lines += ["", *_baseline_lines(report.baselines, paint)]
    return "\n".join([*lines, "", verdict(report)])


def verdict(report: Report) -> str:
    """How many findings of each severity, in words."""
    counts = [(report.count(severity), _COUNTED[severity]) for severity in SEVERITIES]
    said = [f"{n:,} {one if n == 1 else many}" for n, (one, many) in counts if n]
    return (", ".join(said) if said else "No rule has found anything") + "."


def rules_text(rules: Sequence[Rule]) -> str:
    """One line a rule."""
    return "\n".join(f"{rule.code}  {rule.severity:<8}{rule.title}" for rule in rules)


def explanation(rule: Rule) -> str:
    """What a rule looks for, why, and what to do."""
    return f"{rule.code} ({rule.severity}): {rule.title}\n\n{rule.why}\n\nWhat to do: {rule.fix}"


def _counts(report: Report) -> str:
    parts = ((report.n_rows, "row"), (report.n_pairs, "pair"), (report.n_images, "image"))
    return ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for n, word in parts)


def _groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """By severity, then by rule."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        key = (SEVERITIES.index(finding.severity), finding.code)
        groups.setdefault(key, []).append(finding)
    codes = list(RULES)
    return [groups[key] for key in sorted(groups, key=lambda key: (key[0], codes.index(key[1])))]


def _group_lines(group: Sequence[Finding], paint: Paint, most: int | None) -> Iterator[str]:
    rule, severity = RULES[group[0].code], group[0].severity
    yield f"{paint(severity, f'{rule.code} {severity}')}  {paint('bold', rule.title)}"
    shown = group if most is None else group[:most]
    for finding in shown:
        hint = f" {finding.hint}" if finding.hint and finding.hint != rule.fix else ""
        yield _line(f"  {where(finding)}: {finding.message}{hint}")
    if len(group) > len(shown):
        yield f"  … and {len(group) - len(shown):,} more (--all shows them)"
    yield f"  {rule.fix}"


def where(finding: Finding) -> str:
    """Its place as terminals make links of it: file:line; without lines the pair or the row."""
    place = finding.places[0]
    text = str(_from_here(place.file))
    if place.line is not None:
        return f"{text}:{place.line}"
    if place.row is None:
        return text
    return f"{text}, pair {finding.pairs[0]}" if finding.pairs else f"{text}, row {place.row}"


def _from_here(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _baseline_lines(found: Sequence[Baseline], paint: Paint) -> Iterator[str]:
    yield paint("bold", "Without looking") + " (a thrown coin gets 50 % of the rows)"
    width = max(len(one.title) for one in found)
    for one in found:
        alike = one.rows_alike and not one.pair.n
        more = ", as it answers both rows of a pair alike" if alike else ""
        mark = paint("warning", "!") if one.beats_chance else " "
        yield (
            f"{mark} {one.title:<{width}}  {_share(one.single)} of the rows, "
            f"{one.pair.n:,} of {one.pair.total:,} pairs{more}"
        )


def _share(share: Share) -> str:
    low, high = 100 * (share.low or 0), 100 * (share.high or 0)
    return f"{100 * (share.value or 0):5.1f} % ({low:.0f} to {high:.0f} %)"


def _line(text: str) -> str:
    """On one line: what cannot be shown is written escaped."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def _paint(kind: str, text: str) -> str:
    return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m"


def _plain(_kind: str, text: str) -> str:
    return text
