"""The pair's state machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.lifecycle import Decision, PairState, RejectReason, after_decision, reject_reason

U, P, A, C, R, S, D, F, X = PairState


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision.accept, {U: A, P: A, A: None, C: None, R: A, S: A, D: A, F: None, X: None}),
        (Decision.reject, dict.fromkeys(PairState, R)),
        (Decision.skip, {U: S, P: S, A: S, C: None, R: None, S: S, D: None, F: None, X: None}),
    ],
)
def test_each_decision_in_each_state(
    decision: Decision, expected: dict[PairState, PairState | None]
) -> None:
    for state in PairState:
        assert after_decision(state, decision, has_question=False) == expected[state]


def test_accepting_again_a_pair_with_a_question_completes_it() -> None:
    assert after_decision(R, Decision.accept, has_question=True) is C


@given(st.sampled_from(PairState), st.sampled_from(Decision), st.booleans())
def test_no_decision_leads_back_to_unreviewed(
    state: PairState, decision: Decision, has_question: bool
) -> None:
    assert after_decision(state, decision, has_question=has_question) is not U


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        *((str(reason), str(reason)) for reason in RejectReason),
        (" unsuitable ", "unsuitable"),
        ("other: too dark", "other: too dark"),
        ("other:too dark ", "other: too dark"),
        ("other:  ", "other"),
        ("", None),
        (None, None),
        ("bad", None),
        ("unsuitable: dark", None),
    ],
)
def test_reasons_are_of_the_list_or_say_other(text: str | None, stored: str | None) -> None:
    assert reject_reason(text) == stored
