"""Which image of a pair comes first: balanced, by a seed, and nothing but places changes."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmark import Benchmark, BenchmarkPair, KeyOrderEntry, SourceEntry
from evaluation.errata import Erratum
from evaluation.key_order import default_key_order, in_key_order
from tests.evaluation.benchmark_examples import benchmark, benchmarks, pair

MANY = benchmark(*(pair(number) for number in range(1, 41)))


def letters(made: Benchmark) -> dict[int, str]:
    return {one.pair_id: one.question.answer_first for one in made.pairs}


def exchanged(one: BenchmarkPair) -> BenchmarkPair:
    asked = one.question
    return replace(
        one,
        first=one.second,
        second=one.first,
        statement_first=one.statement_second,
        statement_second=one.statement_first,
        question=replace(asked, answer_first=asked.answer_second, answer_second=asked.answer_first),
    )


def said(made: Benchmark) -> set[tuple[object, ...]]:
    """What is said of each image, wherever it stands."""
    return {
        (one.pair_id, image.sha256, answer, one.question.text, one.question.option_a, statement)
        for one in made.pairs
        for image, answer, statement in (
            (one.first, one.question.answer_first, one.statement_first),
            (one.second, one.question.answer_second, one.statement_second),
        )
    }


@given(benchmarks(), st.sampled_from(["shuffled", "original", "kept"]), st.integers(0, 99))
def test_only_the_places_of_images_change(made: Benchmark, order: str, seed: int) -> None:
    put = in_key_order(made, order, seed)  # type: ignore[arg-type]
    assert said(put) == said(made)
    assert [one.pair_id for one in put.pairs] == [one.pair_id for one in made.pairs]
    assert order == "kept" or in_key_order(put) == put, "an order that is recorded is kept"


@given(benchmarks(), st.sampled_from(["shuffled", "original"]), st.integers(0, 99), st.data())
def test_it_does_not_matter_which_image_came_first_before(
    made: Benchmark, order: str, seed: int, data: st.DataObject
) -> None:
    turned = [exchanged(one) if data.draw(st.booleans()) else one for one in made.pairs]
    one, two = (
        in_key_order(each, order, seed)  # type: ignore[arg-type]
        for each in (made, replace(made, pairs=turned))
    )
    assert one.to_json() == two.to_json()


@pytest.mark.parametrize("seed", range(8))
def test_as_many_a_as_b_within_each_pattern_and_in_every_beginning(seed: int) -> None:
    put = in_key_order(MANY, "shuffled", seed)
    for pattern in {one.pattern for one in put.pairs}:
        found = [one.question.answer_first for one in put.pairs if one.pattern == pattern]
        for block in zip(found[::2], found[1::2], strict=False):
            assert set(block) == {"a", "b"}
        counts = Counter(found)
        assert abs(counts["a"] - counts["b"]) <= 1
    assert put.key_order == KeyOrderEntry(order="shuffled", seed=seed)


def test_another_seed_is_another_order() -> None:
    orders = {tuple(letters(in_key_order(MANY, "shuffled", seed)).values()) for seed in range(9)}
    assert len(orders) == 9


def test_pairs_that_come_later_change_nothing_about_those_before() -> None:
    before = letters(in_key_order(benchmark(*MANY.pairs[:23]), "shuffled", 3))
    after = letters(in_key_order(MANY, "shuffled", 3))
    assert before.items() <= after.items()


def test_the_original_order_begins_with_a() -> None:
    put = in_key_order(MANY, "original")
    assert set(letters(put).values()) == {"a"}
    assert put.key_order == KeyOrderEntry(order="original")


def test_an_order_that_somebody_chose_is_kept() -> None:
    made = benchmark()
    assert default_key_order(made) == "shuffled"
    ordered = replace(made, key_order=KeyOrderEntry(order="original"))
    imported = replace(made, source=SourceEntry(format="mmvp", name="MMVP"))
    for settled in (ordered, imported):
        assert default_key_order(settled) == "kept"
        assert in_key_order(settled) is settled
    assert in_key_order(imported, "shuffled").key_order is not None


def test_errata_speak_of_the_images_where_they_are_now() -> None:
    one = pair(1)
    asked = one.question
    assert asked.answer_first == "b"
    fixed = Erratum(
        pair_id=1,
        kinds=["wrong_key"],
        reason="the key was wrong",
        at="2026-11-25T09:30:00+00:00",
        before=replace(asked, answer_first="a", answer_second="b"),
        after=asked,
    )
    put = in_key_order(benchmark(one, errata=[fixed]), "original")
    assert put.pairs[0].question == put.errata[0].after
    assert put.errata[0].before.answer_first == "b"
