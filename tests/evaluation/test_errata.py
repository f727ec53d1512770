"""Errata in a benchmark document, and as text beside it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.benchmark import Benchmark
from evaluation.errata import Erratum, errata_json, errata_text
from evaluation.errors import InvalidBenchmark, InvalidDocument
from evaluation.patterns import PatternSet, custom_pattern_note, load_patterns
from evaluation.question import Question
from tests.evaluation.benchmark_examples import benchmark

BEFORE = Question(
    text="Is it | on *top*?", option_a="Yes", option_b="No", answer_first="a", answer_second="b"
)
AFTER = replace(BEFORE, answer_first="b", answer_second="a")


def erratum(pair_id: int, **other: object) -> Erratum:
    """A correction that swaps the answers of a pair."""
    given_: dict[str, object] = {
        "pair_id": pair_id,
        "kinds": ["wrong_key"],
        "reason": "Seen <b>again</b>.",
        "at": "2026-11-25T10:00:00+00:00",
        "before": BEFORE,
        "after": AFTER,
    }
    return Erratum(**(given_ | other))  # type: ignore[arg-type]


def test_a_document_without_errata_is_as_it_was() -> None:
    assert "errata" not in benchmark().to_json()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(["2026-11-25T10:00:00+00:00", "2026-01-01T00:00:00+00:00"])))
def test_errata_survive_writing_and_reading(moments: list[str]) -> None:
    plain = benchmark()
    first = plain.pairs[0].pair_id
    whole = replace(plain, errata=[erratum(first, at=at) for at in moments])
    again = Benchmark.from_json(whole.to_json())
    assert again == whole
    assert [one.at for one in again.errata] == sorted(moments)


def test_errata_are_of_pairs_in_the_document() -> None:
    plain = benchmark()
    with pytest.raises(InvalidBenchmark, match="there is no pair 999"):
        replace(plain, errata=[erratum(999)])
    with pytest.raises(InvalidDocument, match="at"):
        erratum(1, at="yesterday")


def test_the_text_says_what_changed_and_nothing_in_it_is_markup() -> None:
    swapped = errata_text("A <set>", [erratum(7)], {7: (13, 14)})
    assert "# Errata of A \\<set\\>" in swapped
    assert "## Pair 7 (rows 13 and 14), 2026-11-25" in swapped
    assert "right for the first image is now (b)" in swapped
    assert "- Before:" not in swapped
    assert "<b>" not in swapped
    reworded = erratum(7, after=replace(BEFORE, text="Is it below?"))
    text = errata_text("x", [reworded], {})
    assert "- Before: Is it \\| on \\*top\\*? (a) Yes (b) No" in text
    assert "- After: Is it below? (a) Yes (b) No" in text
    assert "swapped" not in text
    assert errata_json([reworded]).endswith("]\n")


def test_former_patterns_are_named_but_not_chosen() -> None:
    nine = load_patterns()
    some = PatternSet("workspace", nine.patterns[:7], former=nine.patterns[7:])
    assert "text" not in some
    assert some.name_of("text") == nine["text"].name
    assert some.name_of("unheard-of") == "unheard-of"
    assert some.with_used({"viewpoint"}).slugs == (*some.slugs, "viewpoint")
    assert custom_pattern_note(some) == ""
    mirrors = replace(nine["text"], slug="mirrors", name="Reflections")
    assert "Reflections" in custom_pattern_note([*some, mirrors])
