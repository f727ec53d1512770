"""Advice that needs the other questions, and what the key gives away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.among_others import OtherQuestion, key_balance, lint_among
from evaluation.findings import Draft, Fix

OTHERS = [
    OtherQuestion(3, "Is the dog's tail raised or lowered?", "Raised", "Lowered"),
    OtherQuestion(8, "Is there a lid on the pot?", "Yes", "No"),
]


@pytest.mark.parametrize(
    ("text", "pair_id", "how"),
    [
        ("Is the dog's tail raised or lowered?", 3, "the same"),
        ("IS THE DOGS TAIL RAISED OR LOWERED", 3, "nearly the same"),
        ("Is there a lid on that pot?", 8, "nearly the same"),
    ],
)
def test_repeated_wording_names_the_pair(text: str, pair_id: int, how: str) -> None:
    (finding,) = lint_among(Draft(text, "x", "y"), OTHERS)
    assert (finding.level, finding.field, finding.pair_id) == ("advice", "text", pair_id)
    assert f"Pair {pair_id} asks {how}: " in finding.message


@pytest.mark.parametrize("text", ["", "  ", "Is there a bow on the cat?", "Is the tail long?"])
def test_other_wording_is_left_alone(text: str) -> None:
    assert lint_among(Draft(text, "x", "y"), OTHERS) == []


def test_no_before_yes_is_swapped_with_its_answers() -> None:
    (finding,) = lint_among(Draft("Is it wet?", "No", "yes", "a", "b"), OTHERS)
    swapped = {"option_a": "yes", "option_b": "No", "answer_first": "b", "answer_second": "a"}
    assert finding.fix == Fix("Swap the options", swapped)
    assert finding.message == "Elsewhere it is (a) Yes (b) No."


def test_the_usual_order_is_that_of_the_set() -> None:
    others = [OtherQuestion(n, f"Number {n}?", "No", "Yes") for n in range(2)] + OTHERS
    assert lint_among(Draft("Is it wet?", "No", "Yes"), others) == []
    (finding,) = lint_among(Draft("Is it wet?", "Yes", "No"), others)
    assert finding.message == "Elsewhere it is (a) No (b) Yes."


def test_without_other_questions_yes_comes_first() -> None:
    assert len(lint_among(Draft("Is it wet?", "No", "Yes"), [])) == 1
    assert lint_among(Draft("Is it wet?", "Yes", "No"), []) == []


def test_a_key_like_the_published_one_is_told() -> None:
    told = key_balance(["a"] * 150)
    assert "In 150 of 150 pairs" in told
    assert "100% of the key" in told
    assert "odd rows are mostly (b)" in key_balance(["b"] * 19 + ["a"])


@given(st.lists(st.sampled_from("ab"), max_size=60))
def test_only_a_one_sided_key_is_told(key: list[str]) -> None:
    n, most = len(key), max(key.count("a"), key.count("b"))
    told = key_balance(key)
    assert bool(told) == (n >= 10 and (most - n / 2) ** 2 > n)
