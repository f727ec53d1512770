"""Which pairs a mixture resolves, against sorting and counting one pair at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.mixing import (
    Mixing,
    MixingError,
    PairTerms,
    fit_rotation,
    mixed_cosines,
    pair_terms,
)
from embeddings.resolved import (
    Background,
    background_pairs,
    fixed_limits,
    rank_of,
    ranked_limits,
    resolved_by_share,
)
from tests.embeddings.spaces import space

SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)


def of_all_pairs(data: st.DataObject) -> PairTerms:
    n = data.draw(st.integers(2, 14))
    blind, reference = data.draw(space(n)), data.draw(space(n))
    pairs = background_pairs(n)
    return pair_terms(blind, reference, fit_rotation(blind, reference), [pairs])[0]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(list(Mixing)), st.floats(-1, 1))
def test_resolved_is_what_so_many_pairs_exceed(
    data: st.DataObject, mixing: Mixing, blind_min: float
) -> None:
    terms = of_all_pairs(data)
    background = Background(terms, len(terms))
    n_above = rank_of(background, blind_min)
    assert n_above == sum(cosine > blind_min for cosine in terms.blind_cosine)
    limits = ranked_limits(background, mixing, SHARES, n_above)
    for place, resolved in enumerate(resolved_by_share(terms, mixing, SHARES, limits)):
        cosines = mixed_cosines(terms, SHARES[place], mixing).tolist()
        highest = sorted(cosines, reverse=True)
        for cosine, found in zip(cosines, resolved, strict=True):
            # not one of the n_above most alike; of equals at the edge all are resolved
            expected = n_above < len(highest) and cosine <= highest[n_above]
            assert found == expected


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(list(Mixing)), st.floats(-1, 1))
def test_without_any_reference_no_pair_over_the_threshold_is_resolved(
    data: st.DataObject, mixing: Mixing, blind_min: float
) -> None:
    terms = of_all_pairs(data)
    background = Background(terms, len(terms))
    blind = terms.blind_cosine > blind_min
    for limits in (
        ranked_limits(background, mixing, (0.0,), rank_of(background, blind_min)),
        fixed_limits(blind_min, (0.0,)),
    ):
        (resolved,) = resolved_by_share(terms, mixing, (0.0,), limits)
        assert not resolved[blind].any()
        assert resolved[~blind].all()


def test_a_fixed_limit_is_met_by_the_pair_that_stands_on_it() -> None:
    cosines = np.array([0.94, 0.95, 0.950001])
    terms = PairTerms(cosines, cosines, 2 * cosines, np.ones(3), np.ones(3))
    (resolved,) = resolved_by_share(terms, Mixing.concatenation, (0.0,), fixed_limits(0.95, (0.0,)))
    assert resolved.tolist() == [True, True, False]


def test_few_images_have_all_their_pairs_and_many_a_fair_sample() -> None:
    first, second = background_pairs(5)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == [
        (i, j) for i in range(5) for j in range(i + 1, 5)
    ]
    first, second = background_pairs(40, most=700, seed=1)
    assert len(first) == 700
    assert (first < second).all()
    again = background_pairs(40, most=700, seed=1)
    assert (first == again[0]).all()
    assert (second == again[1]).all()
    many = background_pairs(30, most=434)  # one fewer than there are
    drawn = np.bincount(np.concatenate(many), minlength=30)
    assert drawn.sum() == 868
    assert drawn.min() > 10
    assert [len(rows) for rows in background_pairs(1)] == [0, 0]


def test_a_rank_among_sampled_pairs_rests_on_twenty() -> None:
    cosines = np.linspace(-1, 1, 1000)
    terms = PairTerms(cosines, cosines, cosines, cosines, cosines)
    assert rank_of(Background(terms, 1000), 0.99) == 5
    sample = Background(terms, 10**9)
    assert sample.is_sample
    assert rank_of(sample, 0.99) == 20
    limits = ranked_limits(sample, Mixing.concatenation, (0.0,), 20)
    assert limits.by_share[0] == pytest.approx(cosines[-21])
    assert limits.by_share[0] < 0.99


def test_nothing_is_resolved_where_every_pair_may_be_above() -> None:
    terms = PairTerms(*(np.ones(4) for _ in range(5)))
    limits = ranked_limits(Background(terms, 4), Mixing.addition, (0.5,), 4)
    (resolved,) = resolved_by_share(terms, Mixing.addition, (0.5,), limits)
    assert not resolved.any()


def test_limits_belong_to_shares() -> None:
    terms = PairTerms(*(np.ones(1) for _ in range(5)))
    with pytest.raises(MixingError, match="do not match"):
        next(resolved_by_share(terms, Mixing.addition, SHARES, fixed_limits(0.5, (0.5,))))
    with pytest.raises(MixingError, match="cannot lie above"):
        ranked_limits(Background(terms, 1), Mixing.addition, SHARES, -1)
