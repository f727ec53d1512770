"""Checks a benchmark: every rule over its rows, whoever made it and in whatever format."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from evaluation.check import blind, blocks, clients, images, keys, reading, structure, wording
from evaluation.check.finding import SEVERITIES, Finding, Remark, Rule, Severity
from evaluation.check.guessing import Baseline
from evaluation.check.pictures import Picture, picture_of
from evaluation.check.subject import Progress, Subject
from evaluation.errors import EvaluationError
from evaluation.raw import RawBenchmark, RawImage

__all__ = [
    "RULES",
    "SEVERITIES",
    "Baseline",
    "Finding",
    "Picture",
    "Remark",
    "Report",
    "Rule",
    "Severity",
    "UnknownRule",
    "check",
    "chosen_rules",
]

_MODULES = (reading, structure, keys, images, wording, clients, blind, blocks)
_GROUPS = "SKIWCBV"
RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (rule for module in _MODULES for rule in module.RULES),
        key=lambda rule: (_GROUPS.index(rule.code[0]), rule.code),
    )
}
"""All rules by their code, in the order in which their findings are shown."""


class UnknownRule(EvaluationError):
    """There is no rule whose code is this or begins with it."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a check has found, and what it has looked at.

    ``findings`` are in the order of the rules, and of a rule in the order of the file.
    ``baselines`` say what can be answered without looking, also where it is no more than chance.
    """

    name: str
    format: str
    path: Path
    n_rows: int
    n_pairs: int
    n_images: int
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    baselines: tuple[Baseline, ...]

    def count(self, severity: Severity) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def check(
    raw: RawBenchmark,
    *,
    rules: Collection[str] | None = None,
    look: Callable[[RawImage], Picture] = picture_of,
    progress: Progress | None = None,
) -> Report:
    """Everything that the rules find in a benchmark; it never raises for what stands in it.

    Args:
        raw: what a reader gave.
        rules: codes of the rules to ask; by default all of them.
        look: tells about an image, by default by decoding it.
        progress: told (images looked at, images in all).
    """
    asked = [rule for rule in RULES.values() if rules is None or rule.code in rules]
    subject = Subject(raw, look=look, progress=progress)
    findings = tuple(_finding(rule, remark) for rule in asked for remark in rule.find(subject))
    return Report(
        name=raw.name,
        format=raw.format,
        path=raw.path,
        n_rows=len(subject.rows),
        n_pairs=len(subject.pairs),
        n_images=sum(row.raw.image is not None for row in subject.rows),
        rules=tuple(rule.code for rule in asked),
        findings=findings,
        baselines=subject.baselines if any(rule in asked for rule in blind.RULES) else (),
    )


def chosen_rules(select: Collection[str] = (), ignore: Collection[str] = ()) -> tuple[str, ...]:
    """The codes of the rules that begin with one of ``select``, and with none of ``ignore``.

    Case does not matter; "W" stands for all rules about wording. No ``select`` means all.

    Raises:
        UnknownRule: something given fits no rule.
    """
    selected, ignored = (_codes(select) if select else set(RULES)), _codes(ignore)
    return tuple(code for code in RULES if code in selected and code not in ignored)


def _codes(prefixes: Collection[str]) -> set[str]:
    found: set[str] = set()
    for prefix in prefixes:
        fitting = {code for code in RULES if prefix and code.startswith(prefix.strip().upper())}
        if not fitting:
            raise UnknownRule(
                f"there is no rule {prefix!r}.",
                hint="`mmvp check --rules` lists them; W stands for all that begin with it.",
            )
        found |= fitting
    return found


def _finding(rule: Rule, remark: Remark) -> Finding:
    return Finding(
        code=rule.code,
        severity=remark.severity or rule.severity,
        message=remark.message,
        places=remark.places,
        pairs=remark.pairs,
        rows=remark.rows,
        hint=remark.hint or rule.fix,
        related=remark.related,
    )
