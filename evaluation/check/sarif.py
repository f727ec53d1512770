"""A report as SARIF 2.1.0, which code hosts and editors show beside the lines of a file."""

import hashlib
import json
from pathlib import Path
from typing import Any

from evaluation.check import RULES, Finding, Report, Rule, Severity
from evaluation.raw import Place

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "advice": "note"}


def as_sarif(report: Report, *, version: str) -> str:
    """The log as JSON text; paths below the working folder are written relative to it.

    Args:
        report: of a check.
        version: of the product.
    """
    codes = list(RULES)
    run = {
        "tool": {
            "driver": {
                "name": "mmvp check",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in RULES.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in report.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    hint = f" {finding.hint}" if finding.hint else ""
    # a schema that is kept to allows none of them twice
    related = list(dict.fromkeys([*finding.places[1:], *finding.related]))
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding.message + hint)},
        "locations": [_location(finding.places[0])],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {"pairs": [_text(name) for name in finding.pairs], "rows": finding.rows},
    }
    if related:
        result["relatedLocations"] = [_location(place) for place in related]
    return result


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    named = [
        *([f"row {place.row}"] if place.row is not None else []),
        *([f"column {place.column}"] if place.column is not None else []),
    ]
    if named:
        location["logicalLocations"] = [{"fullyQualifiedName": _text(", ".join(named))}]
    return location


def _uri(path: Path) -> str:
    absolute = path.absolute()
    try:
        relative = absolute.relative_to(Path.cwd())
    except ValueError:
        return absolute.as_uri()
    # a file URI spells special characters out; what is relative is its end
    start = Path.cwd().as_uri().rstrip("/") + "/"
    return absolute.as_uri().removeprefix(start) if relative.parts else "."


def _fingerprint(finding: Finding) -> str:
    """The same for the same finding, also when lines were added above it."""
    parts = [finding.code, finding.message, *finding.pairs, finding.places[0].file.name]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]


def _text(text: str) -> str:
    """Without lone surrogates, which JSON can escape but few programs read."""
    return text.encode(errors="replace").decode()
