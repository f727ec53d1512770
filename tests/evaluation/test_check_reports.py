"""What a check gives back: choice of rules, text, JSON, SARIF, baselines; and it never raises."""

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from evaluation.check import RULES, Report, UnknownRule, check, chosen_rules
from evaluation.check.report import as_json, as_text, explanation, rules_text, verdict
from evaluation.check.sarif import as_sarif
from evaluation.raw import Place, RawBenchmark, RawFault
from tests.evaluation.raw_examples import (
    TABLE,
    changed,
    clean,
    keyed,
    raw_benchmarks,
    statements,
)

DOCS = Path(__file__).parents[2] / "docs" / "check.md"

TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"fullyQualifiedName": {"type": "string"}},
                "additionalProperties": False,
            },
        },
    },
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}},
    },
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION},
        "relatedLocations": {"type": "array", "items": LOCATION, "uniqueItems": True},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "properties": {"type": "object"},
    },
}
RUN = {
    "type": "object",
    "required": ["tool"],
    "additionalProperties": False,
    "properties": {
        "tool": {
            "type": "object",
            "required": ["driver"],
            "properties": {
                "driver": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string"},
                        "semanticVersion": {"type": "string"},
                        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                    },
                }
            },
        },
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "items": RESULT},
    },
}
# What the SARIF 2.1.0 schema (OASIS) asks of the parts that are written here.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {"type": "array", "items": RUN},
    },
}


def damaged() -> Report:
    raw = changed(keyed(clean(), "a" * 12), 6, answer="(a)", question="Red \x1b[2J or\ngreen?")
    fault = RawFault("blank-line", "this line is empty.", Place(TABLE, line=9), "Remove it.")
    return check(replace(raw, faults=(fault,)))


def test_rules_are_chosen_by_code_or_its_beginning() -> None:
    assert chosen_rules() == tuple(RULES)
    assert chosen_rules(["K"]) == tuple(code for code in RULES if code[0] == "K")
    assert chosen_rules(["k201", "W"], ["W4"]) == ("K201",)
    assert "S101" not in chosen_rules(ignore=["S1"])
    for wrong in ("X9", "", "K2011"):
        with pytest.raises(UnknownRule, match="no rule"):
            chosen_rules([wrong])


def test_a_rule_that_is_not_asked_is_not_run() -> None:
    report = check(keyed(clean(), "a" * 12), rules=["S101"])
    assert (report.rules, report.findings, report.baselines) == (("S101",), (), ())


def test_text_names_what_is_wrong_line_by_line() -> None:
    report = damaged()
    text = as_text(report)
    assert text.startswith("Harbor (mmvp): 24 rows, 12 pairs, 24 images\n")
    assert text.index("K201 error") < text.index("K203 warning")
    assert f"{TABLE}:9: This line is empty." in text
    assert "\x1b" not in text
    assert "Red \\x1b[2J or\\ngreen?" in text
    assert text.endswith(verdict(report))
    assert "\x1b[31mK201 error\x1b[0m" in as_text(report, colour=True)
    assert "Row number" in text
    assert " 95.8 % (" in text


def test_long_lists_are_cut_unless_all_are_asked_for() -> None:
    report = check(clean(36), rules=["W409"])
    assert len(report.findings) == 24
    assert "and 14 more" in as_text(report)
    assert as_text(report, most=None).count("asks the same") == 24


def test_json_has_everything() -> None:
    report = damaged()
    found = json.loads(json.dumps(as_json(report), allow_nan=False))
    assert found["counts"] == {
        severity: report.count(severity)  # type: ignore[arg-type]
        for severity in ("error", "warning", "advice")
    }
    assert found["counts"]["error"] > 0
    (equal,) = [one for one in found["findings"] if one["code"] == "K201"]
    assert (equal["pairs"], equal["rows"]) == (["3"], [5, 6])
    place = {"file": str(TABLE), "line": 6, "row": 5, "column": "Correct Answer"}
    assert equal["places"][0] == place
    assert found["rules"]["K201"]["title"] == RULES["K201"].title
    by_name = {one["name"]: one for one in found["baselines"]}
    assert by_name["row_number"]["beats_chance"] is True


def test_sarif_keeps_to_its_schema(tmp_path: Path) -> None:
    report = damaged()
    log = json.loads(as_sarif(report, version="1.2.3"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert len(run["results"]) == len(report.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
    prints = [result["partialFingerprints"]["finding/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    uris = {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
        for location in result["locations"]
    }
    assert uris == {"bench", "bench/Questions.csv"}


def test_sarif_escapes_what_a_path_may_hold() -> None:
    fault = RawFault("json", "No.", Place(Path("/data/50% of it/Fragen ü.json"), line=2))
    log = json.loads(as_sarif(check(clean(rows=(), faults=(fault,))), version="1"))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert (
        location["artifactLocation"]["uri"] == "file:///data/50%25%20of%20it/Fragen%20%C3%BC.json"
    )
    assert location["region"] == {"startLine": 2}


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_documented_word_for_word(code: str) -> None:
    rule = RULES[code]
    assert f"| {code} | {rule.severity} | {rule.title} |" in DOCS.read_text(encoding="utf-8")
    assert rule.title in rules_text([rule])
    assert rule.why in explanation(rule)
    assert re.fullmatch(r"[SKIWCBV]\d{3}", code)
    assert rule.why.endswith((".", ")"))


def test_the_docs_name_no_rule_that_is_gone() -> None:
    named = set(re.findall(r"^\| ([A-Z]\d{3}) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == set(RULES)


def test_guessers_get_what_they_should() -> None:
    by_name = {one.name: one for one in check(keyed(clean(), "a" * 12)).baselines}
    for name in ("row_number", "words_and_number"):
        assert (by_name[name].single.n, by_name[name].pair.n) == (24, 12)
        assert by_name[name].beats_chance
    # both rows of a pair have the same words and different keys: half of the rows, and no pair
    for name in ("words", "longer", "first_option", "usual_letter"):
        assert (by_name[name].single.n, by_name[name].pair.n) == (12, 0)
        assert by_name[name].rows_alike
        assert not by_name[name].beats_chance


def test_the_words_that_come_first_are_learned_across_pairs() -> None:
    """What is asked first is always "Yes", whichever letter that has: no other rule sees it."""
    raw = clean(30)
    rows = []
    for at, row in enumerate(raw.rows):
        pair, second = divmod(at, 2)
        a, b = ("Yes", "No") if pair % 2 else ("No", "Yes")
        yes, no = ("a", "b") if pair % 2 else ("b", "a")
        question = f"Is there a {'abcdefghijklmnopqrstuvwxyzäöüß'[pair] * 4} in sight?"
        answer = f"({no if second else yes})"
        options = {"options": f"(a) {a} (b) {b}", "option_a": a, "option_b": b}
        rows.append(replace(row, question=question, answer=answer, **options))
    report = check(replace(raw, rows=tuple(rows)), rules=["K203", "K204", "B601", "B602"])
    assert [finding.code for finding in report.findings] == ["B602"]
    by_name = {one.name: one for one in report.baselines}
    assert by_name["words_and_number"].pair.n > 25
    assert by_name["words"].pair.n == 0


def test_the_guessers_do_not_find_what_is_not_there() -> None:
    """Random keys: what learns stays near one half, and it says the same twice."""
    keys = ["ab"[bit] for bit in np.random.default_rng(5).integers(0, 2, size=60)]
    raw = keyed(clean(60), keys)
    first, second = check(raw, rules=["B602"]), check(raw, rules=["B602"])
    assert first.baselines == second.baselines
    assert first.findings == ()
    for one in first.baselines:
        assert one.single.low is not None
        assert one.single.low < 0.5 < (one.single.high or 0)


def test_too_few_pairs_are_not_guessed_at() -> None:
    assert check(clean(9)).baselines == ()
    assert len(check(statements(2)).baselines) == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=raw_benchmarks())
def test_it_never_raises_whatever_stands_in_the_files(raw: RawBenchmark) -> None:
    report = check(raw)
    as_text(report, colour=True).encode()
    json.dumps(as_json(report))
    log = json.loads(as_sarif(report, version="1"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    assert len(log["runs"][0]["results"]) == len(report.findings)
