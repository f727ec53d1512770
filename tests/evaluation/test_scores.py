"""Scores against a count by hand, against scipy and statsmodels, and whatever the order."""

import random

import numpy as np
import pytest
import scipy.stats
import statsmodels.stats.contingency_tables
import statsmodels.stats.proportion
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.question import Choice
from evaluation.scores import GradedAnswer, Side, UnfitAnswers, compare, score
from evaluation.statistics import difference, share

OTHER: dict[Choice, Choice] = {"a": "b", "b": "a"}


def answers(
    pair_id: int,
    gold: Choice,
    first: Choice | None,
    second: Choice | None,
    pattern: str | None = "state",
) -> list[GradedAnswer]:
    sides: list[tuple[Side, Choice, Choice | None]] = [
        ("first", gold, first),
        ("second", OTHER[gold], second),
    ]
    return [
        GradedAnswer(pair_id=pair_id, side=side, gold=key, chosen=chosen, pattern=pattern)
        for side, key, chosen in sides
    ]


EXAMPLE = [
    *answers(1, "a", "a", "b"),  # right
    *answers(7, "b", "b", "a", "color"),  # right
    *answers(3, "a", "a", "a"),  # always (a)
    *answers(4, "b", "a", "a", "color"),  # always (a)
    *answers(5, "a", "b", None),  # wrong and ungradable
    *answers(6, "a", "b", "b", None),  # always (b), of no pattern
]


def test_an_example_counted_by_hand() -> None:
    found = score(EXAMPLE, patterns=["color", "state", "text"], pair_ids=range(1, 9))
    assert (found.overall.pair.n, found.overall.pair.total) == (2, 6)
    assert (found.overall.single.n, found.overall.single.total) == (7, 12)
    assert {slug: (a.pair.n, a.pair.total) for slug, a in found.by_pattern.items()} == {
        "color": (1, 2),
        "state": (1, 3),
        "text": (0, 0),
    }
    assert found.by_pattern["text"].pair.value is None
    assert (found.ungradable.n, found.ungradable.total) == (1, 12)
    assert (found.bias.said_a.n, found.bias.said_a.total) == (6, 11)
    assert (found.bias.always_a.n, found.bias.always_b.n, found.bias.always_a.total) == (2, 1, 5)
    assert found.unanswered == 2


def test_a_half_answered_pair_is_left_out_and_counted() -> None:
    found = score(EXAMPLE[:-1])
    assert found.overall.pair.total == 5
    assert found.unanswered == 1


def test_nothing_answered_is_no_score() -> None:
    found = score([], pair_ids=[1, 2])
    assert found.overall.pair.value is None
    assert found.unanswered == 2


def test_pairs_are_found_by_id_never_by_order() -> None:
    shuffled = list(EXAMPLE)
    for seed in range(20):
        random.Random(seed).shuffle(shuffled)
        assert score(shuffled) == score(EXAMPLE)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(UnfitAnswers, match=r"pair 1: its first image is answered twice"):
        score([*EXAMPLE, EXAMPLE[0]])
    same_key = [
        GradedAnswer(pair_id=1, side="first", gold="a", chosen="a"),
        GradedAnswer(pair_id=1, side="second", gold="a", chosen="a"),
    ]
    with pytest.raises(UnfitAnswers, match="the same right answer"):
        score(same_key)


chosen = st.sampled_from(["a", "b", None])
worked = st.lists(st.tuples(st.sampled_from(["a", "b"]), chosen, chosen), min_size=1, max_size=40)


@given(worked)
def test_pair_accuracy_is_never_above_single_accuracy(pairs: list[tuple]) -> None:  # type: ignore[type-arg]
    made = [one for number, each in enumerate(pairs) for one in answers(number, *each)]
    found = score(made)
    pair, single = found.overall.pair, found.overall.single
    assert pair.value is not None
    assert single.value is not None
    assert 2 * single.value - 1 <= pair.value + 1e-12
    assert pair.value <= single.value
    assert found.overall.pair.n + found.bias.always_a.n + found.bias.always_b.n <= len(pairs)
    assert found.by_pattern["state"] == found.overall


@given(worked)
def test_a_constant_model_gets_half_of_the_images_and_no_pair(pairs: list[tuple]) -> None:  # type: ignore[type-arg]
    made = [
        one for number, (gold, *_) in enumerate(pairs) for one in answers(number, gold, "a", "a")
    ]
    found = score(made)
    assert found.overall.pair.n == 0
    assert found.overall.single.value == 0.5
    assert found.bias.always_a.value == 1.0


@given(st.integers(0, 60), st.integers(1, 60))
def test_intervals_are_statsmodels_wilson(n: int, extra: int) -> None:
    found = share(n, n + extra)
    low, high = statsmodels.stats.proportion.proportion_confint(n, n + extra, method="wilson")
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


@settings(deadline=None)
@given(outcomes)
def test_mcnemar_is_statsmodels(pairs: list[tuple[bool, bool]]) -> None:
    first, second = zip(*pairs, strict=True)
    found = difference(first, second, resamples=20)
    assert found is not None
    counts = np.zeros((2, 2))
    for x, y in pairs:
        counts[int(x), int(y)] += 1
    expected = statsmodels.stats.contingency_tables.mcnemar(counts, exact=True)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.value == pytest.approx(np.mean(first) - np.mean(second))
    mirrored = difference(second, first, resamples=20)
    assert mirrored is not None
    assert mirrored.value == -found.value
    assert (mirrored.only_first, mirrored.only_second) == (found.only_second, found.only_first)


def test_the_bootstrap_is_paired_and_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    first = rng.random(150) < 0.5
    second = first ^ (rng.random(150) < 0.1)
    found = difference(first.tolist(), second.tolist())
    assert found is not None
    reference = scipy.stats.bootstrap(
        (first, second),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(reference), abs=0.01)
    # Two models that agree on most pairs differ by much less than two independent ones.
    independent = scipy.stats.bootstrap(
        (first, second),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=2000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found.high - found.low < 0.6 * (independent.high - independent.low)


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = [True, False, True, True] * 5, [False, False, True, False] * 5
    assert difference(first, second) == difference(first, second)


def test_models_that_never_differ() -> None:
    found = difference([True, False], [True, False])
    assert found is not None
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert difference([], []) is None
    with pytest.raises(ValueError, match="cannot be paired"):
        difference([True], [])


def test_two_models_are_compared_on_what_both_answered() -> None:
    better = [*answers(1, "a", "a", "b"), *answers(2, "a", "a", "b"), *answers(3, "b", "b", "a")]
    worse = [*answers(2, "a", "a", "b"), *answers(1, "a", "a", "a"), *answers(9, "a", "a", "b")]
    by_pair, by_image = compare(better, worse), compare(better, worse, count="single")
    assert by_pair is not None
    assert by_image is not None
    assert (by_pair.total, by_pair.only_first, by_pair.only_second, by_pair.value) == (2, 1, 0, 0.5)
    assert (by_image.total, by_image.only_first, by_image.value) == (4, 1, 0.25)
    assert compare(better, []) is None
