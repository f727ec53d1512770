"""Agreement: published examples, brute force by the definitions, and silence where it is due."""

from collections import Counter
from itertools import permutations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.agreement import (
    LEAST,
    Labels,
    Silence,
    against_others,
    alpha,
    alphas,
    confusion,
    couples,
    kappa,
    overlapping,
    raw_agreement,
)

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers,
# twelve units, * is missing; nominal alpha = 0.743.
KRIPPENDORFF = {
    "A": "1233214 12***".replace(" ", ""),
    "B": "1233224 125*3".replace(" ", ""),
    "C": "*333234 2251*".replace(" ", ""),
    "D": "1233244 1251*".replace(" ", ""),
}
LABELS = st.dictionaries(
    st.integers(0, 40),
    st.dictionaries(st.sampled_from("ABCD"), st.sampled_from("xyz"), max_size=4),
    max_size=25,
)
COUPLES = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), max_size=30)


def units(table: dict[str, str]) -> Labels:
    return {
        n: {who: said[n] for who, said in table.items() if said[n] != "*"}
        for n in range(len(table["A"]))
    }


def slow_alpha(labels: Labels) -> float:
    """By the definition: disagreement seen over disagreement expected, both counted in couples."""
    common = [list(said.values()) for said in labels.values() if len(said) > 1]
    seen = sum(
        sum(one != other for one, other in permutations(unit, 2)) / (len(unit) - 1)
        for unit in common
    )
    n_of = Counter(label for unit in common for label in unit)
    n = sum(n_of.values())
    expected = sum(n_of[a] * n_of[b] for a in n_of for b in n_of if a != b) / (n - 1)
    return 1 - seen / expected


def slow_kappa(pairs: list[tuple[str, str]]) -> float:
    n = len(pairs)
    first, second = (Counter(both[k] for both in pairs) for k in (0, 1))
    agreed = sum(one == other for one, other in pairs) / n
    chance = sum(first[label] * second[label] for label in first) / n**2
    return (agreed - chance) / (1 - chance)


def test_alpha_of_the_published_example() -> None:
    found = alpha(units(KRIPPENDORFF), interval=True)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.n == 11  # unit 12 has one observer
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert alpha(units(KRIPPENDORFF), interval=True) == found


def test_kappa_of_the_textbook_example() -> None:
    """Of 50 proposals both readers want 20 and neither 15; A alone 5, B alone 10: kappa 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(pairs).value == pytest.approx(0.4)
    assert kappa(pairs).n == 50


@given(LABELS)
@settings(max_examples=60, deadline=None)
def test_alpha_is_its_definition(labels: Labels) -> None:
    found = alpha(labels, least=1)
    common = overlapping(labels)
    assert found.n == len(common)
    used = {label for said in common.values() for label in said.values()}
    if len(used) < 2:
        assert found.value is None
        assert found.why is (Silence.one_category if common else Silence.too_few)
    else:
        assert found.value == pytest.approx(slow_alpha(labels))


@given(LABELS, st.lists(st.integers(0, 4), min_size=25, max_size=25))
@settings(max_examples=60, deadline=None)
def test_alphas_of_draws_are_those_of_the_library(labels: Labels, times: list[int]) -> None:
    common = [list(said.values()) for said in labels.values() if len(said) > 1]
    if not common:
        return
    kinds = np.array([[said.count(label) for label in "xyz"] for said in common])
    drawn = np.array(times[: len(kinds)])
    repeated = np.repeat(kinds, drawn, axis=0)
    found = alphas(kinds, drawn[np.newaxis])
    if np.count_nonzero(repeated.sum(axis=0)) < 2:
        assert not len(found)
    else:
        wanted = krippendorff.alpha(value_counts=repeated, level_of_measurement="nominal")
        assert found == pytest.approx([wanted])


@given(COUPLES)
@settings(max_examples=60, deadline=None)
def test_kappa_is_its_definition(pairs: list[tuple[str, str]]) -> None:
    found = kappa(pairs, least=1)
    if len({label for both in pairs for label in both}) < 2:
        assert found.value is None
    else:
        assert found.value == pytest.approx(slow_kappa(pairs))


@given(LABELS)
def test_couples_confusion_and_raw_agreement_count_the_same(labels: Labels) -> None:
    n = sum(len(said) * (len(said) - 1) // 2 for said in labels.values())
    equal = sum(
        one == other
        for said in labels.values()
        for k, one in enumerate(said.values())
        for other in list(said.values())[k + 1 :]
    )
    assert sum(map(len, couples(labels).values())) == n
    assert (raw_agreement(labels).n, raw_agreement(labels).total) == (equal, n)
    matrix = confusion(labels, "xyz")
    assert matrix == [list(column) for column in zip(*matrix, strict=True)]
    assert sum(matrix[k][k] for k in range(3)) == equal
    assert sum(sum(row[k:]) for k, row in enumerate(matrix)) == n
    assert sum(len(against_others(labels, who)) for who in "ABCD") == 2 * n


def test_too_few_items_and_one_label_are_said_and_not_computed() -> None:
    few = [("x", "y")] * (LEAST - 1)
    assert (kappa(few).value, kappa(few).why) == (None, Silence.too_few)
    same = [("x", "x")] * LEAST
    assert (kappa(same).value, kappa(same).why) == (None, Silence.one_category)
    labels = {n: {"A": "x", "B": "x"} for n in range(LEAST)}
    assert alpha(labels).why is Silence.one_category
    assert alpha({n: labels[n] for n in range(LEAST - 1)}).why is Silence.too_few
    assert alpha({}).n == 0


def test_a_single_disagreement_is_a_number() -> None:
    labels = {n: {"A": "x", "B": "y" if n == 0 else "x"} for n in range(LEAST)}
    assert alpha(labels).value == pytest.approx(slow_alpha(labels))
    assert kappa([("x", "y")] + [("x", "x")] * 9).value == pytest.approx(0)
