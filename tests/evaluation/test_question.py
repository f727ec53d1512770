"""A question that breaks a hard rule cannot be built."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmark import Question
from evaluation.errors import EvaluationError, InvalidQuestion
from evaluation.question import is_blank

GOOD = {
    "text": "Is the door open?",
    "option_a": "Open",
    "option_b": "Shut",
    "answer_first": "a",
    "answer_second": "b",
}


def broken(**changes: str) -> list[str]:
    """Fields that the refusal names."""
    with pytest.raises(InvalidQuestion) as caught:
        Question(**{**GOOD, **changes})  # type: ignore[arg-type]
    return [problem.field for problem in caught.value.problems]


def test_a_good_question_is_kept_as_written() -> None:
    question = Question(**GOOD)  # type: ignore[arg-type]
    assert (question.text, question.answer_second) == ("Is the door open?", "b")
    with pytest.raises(FrozenInstanceError):
        question.text = "Changed?"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \u200b\u3000"}, "text"),
        ({"text": "Is it\nopen?"}, "text"),
        ({"text": "Is it\ropen?"}, "text"),
        ({"text": "Is it\topen?"}, "text"),
        ({"text": "Is it\u2028open?"}, "text"),
        ({"text": "\ufeffIs it open?"}, "text"),
        ({"text": "Is it \ud800 open?"}, "text"),
        ({"option_a": "  "}, "option_a"),
        ({"option_b": ""}, "option_b"),
        ({"option_b": "Open"}, "option_b"),
        ({"option_b": " Open "}, "option_b"),
        ({"option_a": "caf\u00e9", "option_b": "cafe\u0301"}, "option_b"),
        ({"option_a": "Op\ten"}, "option_a"),
        ({"answer_second": "a"}, "answers"),
        ({"answer_first": "b"}, "answers"),
        ({"answer_first": "c"}, "answers"),
        ({"answer_first": "A"}, "answers"),
        ({"answer_first": ""}, "answers"),
    ],
)
def test_each_hard_rule_refuses(changes: dict[str, str], field: str) -> None:
    assert broken(**changes) == [field]


def test_all_problems_are_listed_in_one_sentence_for_people() -> None:
    with pytest.raises(InvalidQuestion) as caught:
        Question(text="", option_a="", option_b="a\nb", answer_first="a", answer_second="a")
    assert [p.field for p in caught.value.problems] == ["text", "option_a", "option_b", "answers"]
    said = str(caught.value)
    assert isinstance(caught.value, EvaluationError)
    assert "The question is empty" in said
    assert "Option b contains a line break" in said


def test_options_that_differ_in_case_or_carry_parentheses_are_not_refused_here() -> None:
    assert Question(**{**GOOD, "option_b": "open"}).option_b == "open"  # type: ignore[arg-type]
    assert Question(**{**GOOD, "option_b": "Shut (locked)"})  # type: ignore[arg-type]


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_visible_text_is_not_blank(text: str) -> None:
    assert not is_blank(text)
    assert not is_blank(f" \u200b{text}")
