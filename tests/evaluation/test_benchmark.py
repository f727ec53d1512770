"""The benchmark document: what it refuses, and that reading gives back what was written."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from assets import asset
from evaluation.benchmark import (
    Benchmark,
    EncoderEntry,
    ExportedImage,
    ImageEntry,
    MiningRunEntry,
    PatternEntry,
)
from evaluation.errors import EvaluationError, InvalidBenchmark, InvalidDocument
from evaluation.schema import schema_text, write_schema
from tests.evaluation.benchmark_examples import benchmark, benchmarks, image, pair, sha256

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JPEG = ExportedImage(row=1, path="MMVP Images/1.jpg", sha256=sha256("jpeg"))


def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(benchmark().to_json())
    return made


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InvalidBenchmark) as caught:
        Benchmark.from_json(text)
    return {problem.field: problem.message for problem in caught.value.problems}


@settings(PATIENT, max_examples=60)
@given(benchmarks())
def test_reading_gives_back_what_was_written(made: Benchmark) -> None:
    text = made.to_json()
    again = Benchmark.from_json(text)
    assert again == made
    assert again.to_json().encode() == text.encode()


@settings(PATIENT, max_examples=25)
@given(benchmarks())
def test_every_document_keeps_its_schema(made: Benchmark) -> None:
    jsonschema.Draft202012Validator(Benchmark.schema()).validate(json.loads(made.to_json()))


def test_the_shipped_schema_is_that_of_the_types() -> None:
    shipped = asset("schema/benchmark.json").read_text(encoding="utf-8")
    assert shipped == schema_text(), "stale: run python -m evaluation.schema"
    jsonschema.Draft202012Validator.check_schema(json.loads(shipped))


def test_the_schema_writer_writes_the_schema(tmp_path: Path) -> None:
    assert write_schema(tmp_path / "s.json").read_text(encoding="utf-8") == schema_text()


def test_every_field_of_the_schema_is_described() -> None:
    schema = Benchmark.schema()
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    assert len(parts) >= 7
    for part in parts:
        for name, field in part["properties"].items():
            assert field.get("description"), f"{part['title']}.{name}"
        assert part["additionalProperties"] is False


def test_the_document_says_it_all() -> None:
    said = document()
    assert said["format_version"] == 1
    assert said["blind_encoder"] == {
        "spec": "open_clip:tiny",
        "name": "Tiny CLIP",
        "dimension": 64,
        "weights_digest": None,
    }
    assert (said["blind_min"], said["reference_max"]) == (0.95, 0.6)
    assert [one["pair_id"] for one in said["pairs"]] == [1, 2, 3]
    assert said["pairs"][0]["gap"] == 0.97 - 0.41
    assert said["pairs"][0]["first"]["sha256"] == sha256("1 first")
    assert said["pairs"][0]["question"]["answer_first"] == "b"
    assert said["mining_runs"][0]["options"]["limit"] == 150
    assert said["patterns"][0]["slug"] == "orientation"
    assert said["patterns"][0]["definition"]


def test_two_benchmarks_from_rows_in_another_order_are_the_same_document() -> None:
    forward = benchmark(pair(1), pair(2), pair(3))
    backward = benchmark(pair(3), pair(2), pair(1))
    assert forward == backward
    assert forward.to_json() == backward.to_json()


def test_lists_become_tuples_and_a_benchmark_without_mappings_can_be_hashed() -> None:
    assert pair(annotators=["Ada", "Grace"]).annotators == ("Ada", "Grace")
    assert hash(pair()) == hash(pair())
    assert hash(benchmark()) == hash(benchmark())


def test_counts_by_pattern_hold_zeros_in_the_patterns_order() -> None:
    counts = benchmark().count_by_pattern()
    assert list(counts)[:3] == ["orientation", "presence", "state"]
    assert {slug: n for slug, n in counts.items() if n} == {"state": 1, "quantity": 1, "text": 1}


def test_documents_from_before_time_was_measured_are_read() -> None:
    document = json.loads(benchmark().to_json())
    assert document["pairs"][0]["active_seconds"] == 41.5
    for each in document["pairs"]:
        del each["active_seconds"]
    jsonschema.Draft202012Validator(Benchmark.schema()).validate(document)
    old = Benchmark.from_json(json.dumps(document))
    assert [one.active_seconds for one in old.pairs] == [None] * len(old.pairs)


def test_rounding_beyond_one_is_cut_off() -> None:
    assert pair(blind_cosine=1.0000001).blind_cosine == 1.0


def test_file_names_need_not_be_text() -> None:
    odd = replace(image("x"), file_name="caf\udce9\n(1).png")
    assert odd.file_name == "caf\N{REPLACEMENT CHARACTER}\n(1).png"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"blind_cosine": 1.2}, "blind_cosine"),
        ({"reference_cosine": float("nan")}, "reference_cosine"),
        ({"gap": 0.1}, "gap"),
        ({"second": image("1 first")}, "second.sha256"),
        ({"annotators": "Ada"}, "annotators"),
        ({"annotators": ["Ada", " "]}, "annotators[1]"),
        ({"annotated_at": "yesterday"}, "annotated_at"),
        ({"annotated_at": "2026-11-24T09:30:00"}, "annotated_at"),
        ({"pattern": ""}, "pattern"),
        ({"note": "\udcff"}, "note"),
        ({"active_seconds": -0.1}, "active_seconds"),
        ({"active_seconds": float("inf")}, "active_seconds"),
    ],
)
def test_a_broken_pair_cannot_be_built(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidBenchmark, match="pair 1:") as caught:
        pair(**changes)
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"pairs": [pair(1), pair(1)]}, "pairs", "pair_id 1 comes 2 times"),
        ({"pairs": [pair(1, pattern="smell")]}, "pairs[0].pattern", "'smell' is none of"),
        ({"pairs": [pair(1, mining_run=9)]}, "pairs[0].mining_run", "no run 9"),
        ({"blind_min": -3}, "blind_min", "between -1 and 1"),
        ({"name": " "}, "name", "is empty"),
        ({"format_version": 2}, "format_version", "should be 1"),
        ({"versions": {"x": float("inf")}}, "versions", "cannot be written as JSON"),
        ({"versions": {"x": "\ud800"}}, "versions", "cannot be written as JSON"),
        (
            {"patterns": [PatternEntry(slug=s, name="n") for s in ("state", "state")]},
            "patterns",
            "slug 'state' comes 2 times",
        ),
        (
            {"pairs": [pair(n, first=replace(image(f"{n}"), exported=JPEG)) for n in (1, 2)]},
            "pairs",
            "exported.row 1 comes 2 times",
        ),
    ],
)
def test_a_broken_benchmark_cannot_be_built(
    changes: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InvalidBenchmark) as caught:
        benchmark(**changes)
    assert message in dict((p.field, p.message) for p in caught.value.problems)[field]


@pytest.mark.parametrize(
    "build",
    [
        lambda: ImageEntry(sha256="ABC", file_name="x", width=1, height=1),
        lambda: ImageEntry(sha256=sha256("x"), file_name="x", width=0, height=1),
        lambda: EncoderEntry(spec="", name="x", dimension=1),
        lambda: EncoderEntry(spec="x", name="x", dimension=1, weights_digest="\ud800"),
        lambda: ExportedImage(row=0, path="1.jpg", sha256=sha256("x")),
        lambda: ExportedImage(row=1, path="../1.jpg", sha256=sha256("x")),
        lambda: ExportedImage(row=1, path="/1.jpg", sha256=sha256("x")),
        lambda: PatternEntry(slug="x", name="x", definition="\ud800"),
        lambda: MiningRunEntry(
            run_id=1,
            blind_encoder="x",
            reference_encoder="y",
            blind_min=0,
            reference_max=0,
            options={"path": object()},  # type: ignore[dict-item]
        ),
    ],
)
def test_broken_entries_cannot_be_built(build: Callable[[], object]) -> None:
    with pytest.raises(InvalidBenchmark):
        build()


def test_reading_names_the_place_of_every_problem() -> None:
    said = document()
    said["pairs"][0]["question"]["option_b"] = ""
    said["pairs"][0]["question"]["answer_second"] = said["pairs"][0]["question"]["answer_first"]
    said["pairs"][1]["blind_cosine"] = "high"
    said["pairs"][2]["first"]["colour"] = "red"
    del said["pairs"][2]["second"]["sha256"]
    said["blind_encoder"]["dimension"] = 2.5
    found = problems(json.dumps(said))
    assert found == {
        "blind_encoder.dimension": "should be a whole number, not 2.5",
        "pairs[0].question.option_b": "Option b is empty; write something.",
        "pairs[0].question.answers": (
            "The two images have the same answer; the right answers must differ."
        ),
        "pairs[1].blind_cosine": 'should be a number, not "high"',
        "pairs[2].first.colour": ("is not a field of this document; remove it or correct its name"),
        "pairs[2].second.sha256": "is missing; add it",
    }


def test_reading_reports_rules_between_parts() -> None:
    said = document()
    said["pairs"][1]["pattern"] = "smell"
    assert "none of the patterns" in problems(json.dumps(said))["pairs[1].pattern"]


def test_a_gap_that_contradicts_its_cosines_is_refused() -> None:
    said = document()
    said["pairs"][0]["gap"] = 0.9
    assert "the two cosines differ" in problems(json.dumps(said))["pairs[0].gap"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ('{"name": ', "line 1 column"),
        ("[]", "should be an object in braces"),
        ("null", "should be an object in braces"),
        ("\ud800", "not Unicode"),
    ],
)
def test_what_is_no_document_is_refused_in_words(text: str, said: str) -> None:
    assert said in problems(text)[""]


def test_not_a_number_is_refused() -> None:
    text = benchmark().to_json().replace('"blind_min": 0.95', '"blind_min": NaN', 1)
    assert "blind_min" in problems(text)


def test_a_document_of_a_later_version_says_only_that() -> None:
    said = document()
    said |= {"format_version": 2, "weather": "fine"}
    with pytest.raises(InvalidBenchmark, match="newer") as caught:
        Benchmark.from_json(json.dumps(said))
    assert [problem.field for problem in caught.value.problems] == ["format_version"]


def test_a_byte_order_mark_of_an_editor_is_forgiven() -> None:
    made = benchmark()
    assert Benchmark.from_json("\ufeff" + made.to_json()) == made


def test_many_problems_are_all_kept_but_not_all_shown() -> None:
    said = document()
    said |= {f"extra{n}": n for n in range(30)}
    with pytest.raises(InvalidDocument) as caught:
        Benchmark.from_json(json.dumps(said))
    assert len(caught.value.problems) == 30
    assert "and 20 more" in str(caught.value)
    assert isinstance(caught.value, EvaluationError)
