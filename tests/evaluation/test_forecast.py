"""The forecast: a pace, an interval around it, and silence where there is too little."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from evaluation.forecast import LEAST_PAIRS, WINDOW_DAYS, forecast, poisson_interval

TODAY = date(2026, 3, 20)
DAYS = st.dictionaries(
    st.integers(0, 30).map(lambda n: TODAY - timedelta(days=n)), st.integers(0, 40), max_size=12
)


def ago(n: int) -> date:
    return TODAY - timedelta(days=n)


def test_the_pace_counts_idle_days_and_forgets_old_ones() -> None:
    found = forecast({ago(30): 500, ago(6): 14, TODAY: 7}, today=TODAY, n_missing=30)
    assert (found.n_completed, found.n_days, found.per_day) == (21, WINDOW_DAYS, 3.0)
    assert found.day == TODAY + timedelta(days=10)
    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest < found.day < found.latest


def test_a_project_that_is_younger_than_the_window_is_not_held_against_it() -> None:
    assert forecast({ago(1): 4, TODAY: 4}, today=TODAY, n_missing=8).per_day == 4.0


def test_too_little_is_no_forecast() -> None:
    for completed in ({}, {TODAY: 100}, {ago(3): LEAST_PAIRS - 1}, {ago(20): 100}):
        found = forecast(completed, today=TODAY, n_missing=50)
        assert found.day is found.earliest is found.latest is found.per_day is None


def test_the_target_is_not_promised_for_the_next_decade() -> None:
    found = forecast({ago(1): 5}, today=TODAY, n_missing=10**6)
    assert found.day is None
    assert found.per_day == 2.5


@settings(max_examples=60, deadline=None)
@given(DAYS, st.integers(0, 500))
def test_the_expected_day_lies_between_the_earliest_and_the_latest(
    completed: dict[date, int], n_missing: int
) -> None:
    found = forecast(completed, today=TODAY, n_missing=n_missing)
    if found.per_day is None:
        assert found.n_completed < LEAST_PAIRS or found.n_days < 2
    elif found.latest is not None:
        assert found.earliest is not None
        assert found.day is not None
        assert TODAY <= found.earliest <= found.day <= found.latest


@given(st.integers(1, 500))
def test_outside_the_interval_such_a_count_is_rare(n: int) -> None:
    low, high = poisson_interval(n)
    assert low < n < high
    assert poisson.sf(n - 1, low) == pytest.approx(0.025)
    assert poisson.cdf(n, high) == pytest.approx(0.025)
