"""Linear probes: what can be told is told, what cannot stays chance, and no pair is split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluation.probing import ProbeOptions, ProbeTask, TooFewLabels, linear_probe, linked_groups

Vectors = NDArray[np.float32]
QUICK = ProbeOptions(strengths=(1.0,))


def pairs_task(n_pairs: int, labels: list[str]) -> ProbeTask:
    """Samples 2k and 2k + 1 are pair k."""
    pairs = np.arange(2 * n_pairs).reshape(-1, 2)
    differ = [pair for pair in pairs if labels[pair[0]] != labels[pair[1]]]
    return ProbeTask(
        name="facing",
        pattern="orientation",
        rows=np.arange(2 * n_pairs),
        labels=labels,
        groups=linked_groups(2 * n_pairs, pairs),
        pairs=np.array(differ, dtype=np.int64).reshape(-1, 2),
    )


def noise(n: int, width: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def test_it_tells_what_one_space_has_and_the_other_lacks() -> None:
    labels = ["left", "right"] * 60
    blind = noise(120, 6)
    told = noise(120, 6, 1)
    told[:, 2] += np.where(np.array(labels) == "left", 4.0, -4.0)
    found = linear_probe(pairs_task(60, labels), {"blind": blind, "reference": told})
    first, second = found.scores
    assert found.labels == ("left", "right")
    assert (found.n_images, found.n_pairs, found.n_groups) == (120, 60, 60)
    assert found.majority == 0.5
    assert first.gain is None
    assert 0.3 < first.images.value < 0.7
    assert first.images.low < first.images.value < first.images.high
    assert second.images.value > 0.97
    assert second.pairs is not None
    assert second.pairs.value > 0.95
    assert second.gain is not None
    assert second.gain.low > 0.2
    assert second.gain.value == pytest.approx(second.images.value - first.images.value)


def test_what_only_the_other_image_of_a_pair_gives_away_is_not_told() -> None:
    """Each pair has a place of its own in the space and one label: its neighbour would tell."""
    rng = np.random.default_rng(2)
    labels = [label for label in rng.permutation(["a", "b"] * 40) for _ in range(2)]
    places = np.repeat(np.eye(80, dtype=np.float32), 2, axis=0)
    found = linear_probe(pairs_task(80, labels), {"places": places}, QUICK)
    assert found.scores[0].images.value < 0.65
    assert found.scores[0].pairs is None  # no pair differs
    alone = ProbeTask("x", "", np.arange(160), labels, np.arange(160), np.zeros((0, 2), np.int64))
    leaked = linear_probe(alone, {"places": places}, QUICK)
    assert leaked.scores[0].images.value > 0.7  # as it would be without the groups


def test_all_right_is_no_certainty() -> None:
    labels = ["left", "right"] * 30
    sure = np.where(np.array(labels) == "left", 1.0, -1.0).astype(np.float32)[:, None]
    (score,) = linear_probe(pairs_task(30, labels), {"sure": sure}, QUICK).scores
    assert (score.images.value, score.images.high) == (1.0, 1.0)
    assert 0.85 < score.images.low < 0.9  # Wilson of 30 of 30
    assert score.pairs is not None
    assert score.pairs.low == score.images.low


def test_rare_labels_are_left_out_and_the_samples_keep_their_rows() -> None:
    labels = ["left", "right"] * 30
    labels[4] = "up"
    vectors = noise(100, 3)
    rows = np.arange(60) + 40
    vectors[rows, 0] = np.where(np.array(labels) == "left", 5, -5)
    task = pairs_task(30, labels)
    task = ProbeTask(task.name, task.pattern, rows, labels, task.groups, task.pairs)
    found = linear_probe(task, {"x": vectors}, QUICK)
    assert found.n_left_out == 1
    assert found.n_images == 59
    assert found.n_pairs == 29  # the pair of the one that is out has lost its other half
    assert found.scores[0].images.value == 1.0


def test_the_same_seed_gives_the_same_scores_and_folds_are_reported() -> None:
    labels = ["left", "right"] * 40
    vectors, counted = noise(80, 4), []
    task = pairs_task(40, labels)
    one = linear_probe(task, {"x": vectors}, on_fold=lambda: counted.append(1))
    assert one == linear_probe(task, {"x": vectors})
    assert len(counted) == 5


@pytest.mark.parametrize(
    ("n_pairs", "labels", "message"),
    [
        (9, ["left", "right"] * 9, "Too few: 9 .* of them: 0"),
        (12, ["left", "right"] * 12, "Too few: 12 .* of them: 2"),
        (40, ["left"] * 80, "of them: 1"),
        (0, [], "Too few: 0"),
    ],
)
def test_too_little_is_said_to_be_too_little(n_pairs: int, labels: list[str], message: str) -> None:
    with pytest.raises(TooFewLabels, match=message):
        linear_probe(pairs_task(n_pairs, labels), {"x": noise(2 * n_pairs, 3)}, QUICK)


def test_images_that_pairs_chain_together_cannot_be_split() -> None:
    n = 120
    chain = np.array([(k, k + 1) for k in range(90)])
    groups = linked_groups(n, chain)
    task = ProbeTask("x", "", np.arange(n), ["a", "b"] * 60, groups, np.zeros((0, 2), np.int64))
    with pytest.raises(TooFewLabels, match="chain 91 of 120") as refused:
        linear_probe(task, {"x": noise(n, 3)}, QUICK)
    assert "--max-per-image 1" in refused.value.hint


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=15))
def test_groups_are_what_pairs_link(n: int, links: list[tuple[int, int]]) -> None:
    pairs = [(a % n, b % n) for a, b in links]
    groups = linked_groups(n, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    reached = {k: {k} for k in range(n)}
    for _ in range(n):
        for a, b in pairs:
            both = reached[a] | reached[b]
            reached[a], reached[b] = both, both
    for a in range(n):
        for b in range(n):
            linked = any(a in one and b in one for one in reached.values())
            assert (groups[a] == groups[b]) == linked
