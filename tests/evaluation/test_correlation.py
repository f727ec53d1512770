"""Correlation of accuracies by pattern, against scipy; and the files that they are read from."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from evaluation.correlation import PatternAccuracies, TooFewPatterns, correlate
from evaluation.pattern_results import UnreadableResults, read_pattern_accuracies
from evaluation.patterns import load_patterns
from evaluation.statistics import Share, share

SLUGS = load_patterns("mmvp").slugs
Values = st.lists(st.integers(0, 15), min_size=5, max_size=5)


def model(hits: list[int], name: str = "any", total: int = 15) -> PatternAccuracies:
    slugs = [*SLUGS, *(f"custom {n}" for n in range(9))]
    shares = {slug: share(n, total) for slug, n in zip(slugs, hits, strict=False)}
    return PatternAccuracies(model=name, published=False, by_pattern=shares)


def scipy_p(x: list[int], y: list[int], statistic: Callable[..., float]) -> float:
    found = stats.permutation_test(
        (x,), lambda x: statistic(x, y), permutation_type="pairings", n_resamples=math.inf
    )
    return float(found.pvalue)


@settings(deadline=None, max_examples=8)
@given(Values, Values)
def test_coefficients_and_exact_p_values_are_scipys(x: list[int], y: list[int]) -> None:
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    found = correlate(model(x), model(y), resamples=100)
    assert (found.exact, found.orders, len(found.patterns)) == (True, 120, 5)
    assert found.pearson is not None
    assert found.spearman is not None
    assert found.pearson.value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found.spearman.value == pytest.approx(stats.spearmanr(x, y).statistic)
    # scipy computes each order anew; its own ties need the same rounding
    r = scipy_p(x, y, lambda x, y: round(stats.pearsonr(x, y).statistic, 9))
    rho = scipy_p(x, y, lambda x, y: round(stats.spearmanr(x, y).statistic, 9))
    assert found.pearson.p_value == pytest.approx(r)
    assert found.spearman.p_value == pytest.approx(rho)


def test_the_interval_is_scipys_bootstrap_and_the_bound_the_t_tests() -> None:
    x, y = [2, 0, 3, 4, 5, 8, 6, 1, 7], [0, 3, 6, 4, 2, 8, 5, 1, 7]
    found = correlate(model(x), model(y), seed=3)
    theirs = stats.bootstrap(
        (np.array(x), np.array(y)),
        lambda x, y: stats.pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert found.pearson is not None
    assert found.pearson.low == pytest.approx(theirs.low, abs=0.05)
    assert found.pearson.high == pytest.approx(theirs.high, abs=0.03)
    assert found == correlate(model(x), model(y), seed=3)
    assert found.by_chance == pytest.approx(0.666, abs=1e-3)
    bound = found.by_chance
    assert 2 * stats.t.sf(bound * math.sqrt(7 / (1 - bound**2)), 7) == pytest.approx(0.05)


def test_more_than_nine_patterns_are_a_sample_of_their_orders() -> None:
    hits = list(range(12))
    found = correlate(model(hits), model(hits), resamples=999)
    assert (found.exact, found.orders) == (False, 999)
    assert found.pearson is not None
    assert found.pearson.p_value == pytest.approx(2 / 1000), "never zero"


def test_what_has_no_coefficient_and_what_cannot_be_compared() -> None:
    flat = correlate(model([3] * 9), model(list(range(9))))
    assert (flat.pearson, flat.spearman) == (None, None)
    two = model([1, 2])
    with pytest.raises(TooFewPatterns, match="2 patterns in common"):
        correlate(two, model(list(range(9))))
    nothing = Share(0, 0, None, None, None)
    gone = PatternAccuracies(model="x", published=False, by_pattern=dict.fromkeys(SLUGS, nothing))
    with pytest.raises(TooFewPatterns, match="0 patterns"):
        correlate(gone, model(list(range(9))))


def test_the_papers_finding_belongs_to_its_models_in_whatever_dress() -> None:
    nine = model(list(range(9)))
    named = {
        name: correlate(nine, model(list(range(9)), name), resamples=100).paper
        for name in ("llava-1.5-7b-hf", "InstructBLIP", "llava", "gpt-4o")
    }
    assert [paper and paper.model for paper in named.values()] == [
        "LLaVA-1.5",
        "InstructBLIP",
        None,
        None,
    ]
    assert all(paper.pearson_above == 0.7 for paper in named.values() if paper)


def test_the_papers_ten_can_be_named_by_words() -> None:
    assert len(read_pattern_accuracies("published")) == 10
    (found,) = read_pattern_accuracies("published:openai 336")
    assert found.model == "OpenAI ViT-L-14 336"
    assert found.by_pattern["state"] == share(6, 15)
    with pytest.raises(UnreadableResults, match="no numbers by pattern are known"):
        read_pattern_accuracies("published:GPT-4V")


def test_a_table_of_fractions(tmp_path: Path) -> None:
    path = tmp_path / "models.csv"
    path.write_text(
        "model,pairs_per_pattern,state,text,color,measure\n"
        "A,20,0.25,0.5,,text_to_image\nA,20,1,1,1,group\nB,,0.1,0.2,0.3,\n"
    )
    first, second = read_pattern_accuracies(str(path))
    assert first.by_pattern == {"state": share(5, 20), "text": share(10, 20)}
    assert second.by_pattern["color"].value == 0.3
    path.write_text("model,state\nA,25\n")
    with pytest.raises(UnreadableResults, match="row 1: state is '25'; it should be a fraction"):
        read_pattern_accuracies(str(path))
    path.write_text("name,state\nA,0.2\n")
    with pytest.raises(UnreadableResults, match="no column model"):
        read_pattern_accuracies(str(path))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": 3}', '{"scores": {}}', "nonsense"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(UnreadableResults, match="is no scores"):
        read_pattern_accuracies(str(path))
    with pytest.raises(UnreadableResults, match="cannot be read"):
        read_pattern_accuracies(str(tmp_path / "gone.json"))


def test_an_evaluation_without_patterns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text(json.dumps({"model": "x", "scores": {"by_pattern": {}}}))
    with pytest.raises(UnreadableResults, match="no pair of this evaluation has a visual pattern"):
        read_pattern_accuracies(str(path))
