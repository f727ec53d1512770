"""Farthest-first order and guesses by likeness, against the definition spelled out."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.ordering import contents, differences, farthest_first, nearest_labels


def unit(n_rows: int, dimension: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n_rows, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25), st.integers(1, 30), st.integers(0, 999))
def test_each_is_the_one_least_like_all_before_it(n_rows: int, n_wanted: int, seed: int) -> None:
    rows = unit(n_rows, 5, seed)
    order = farthest_first(rows, n_wanted).tolist()
    assert len(order) == len(set(order)) == min(n_rows, n_wanted)
    assert order[0] == 0
    for n in range(1, len(order)):
        rest = [row for row in range(n_rows) if row not in order[:n]]
        likeness = {row: max(float(rows[row] @ rows[one]) for one in order[:n]) for row in rest}
        assert likeness[order[n]] <= min(likeness.values()) + 1e-6


def test_one_of_each_kind_comes_before_the_second_of_any() -> None:
    kinds = np.eye(6, dtype=np.float32)
    dogs = kinds[0] + 0.05 * unit(50, 6, 1)
    rows = np.concatenate([dogs, kinds[1:]])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert sorted(farthest_first(rows, 6)[1:].tolist()) == [50, 51, 52, 53, 54]


def test_the_order_of_a_pairs_images_makes_no_difference() -> None:
    blind, reference = (unit(8, 4, 1), unit(8, 4, 2)), (unit(8, 6, 3), unit(8, 6, 4))
    swapped = contents((blind[1], blind[0]), (reference[1], reference[0]))
    found = contents(blind, reference)
    assert np.allclose(found, swapped, atol=1e-6)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    known = differences(*reference)
    guesses = nearest_labels(differences(reference[1], reference[0]), known, list("abcdefgh"))
    assert "".join(guess.label for guess in guesses) == "abcdefgh"
    assert all(guess.cosine > 0.999 for guess in guesses)


def test_a_pair_does_not_guess_itself_when_it_is_left_out() -> None:
    known = unit(5, 3, 0)
    for row, guess in enumerate(nearest_labels(known, known, list("01234"), leave_out_same=True)):
        likeness = np.abs(known @ known[row])
        likeness[row] = -1
        assert guess.label == str(int(likeness.argmax()))


def test_identical_images_do_not_break_it() -> None:
    same = unit(3, 4, 0)
    assert np.isfinite(differences(same, same)).all()
    assert farthest_first(np.zeros((3, 4), dtype=np.float32), 3).tolist() == [0, 1, 2]
    assert farthest_first(np.zeros((0, 4), dtype=np.float32), 3).tolist() == []
