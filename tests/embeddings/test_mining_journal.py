"""Interrupted, resumed and incremental mining gives the bytes of mining at one go."""

import hashlib
import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.mining import MinedPairs, Thresholds, TooManyPairs, mine
from embeddings.mining.journal import Journal
from embeddings.mining.plan import PrefixPlan
from tests.embeddings.spaces import two_spaces

Vectors = NDArray[np.float32]


def keys(n: int, start: int = 0) -> list[str]:
    return [hashlib.sha256(str(start + row).encode()).hexdigest() for row in range(n)]


def same(one: MinedPairs, other: MinedPairs) -> bool:
    columns = ("first", "second", "blind_cosine", "reference_cosine")
    return one.counts == other.counts and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in columns
    )


class Stop(Exception):
    """As Ctrl-C: raised by the progress callback."""


def stop_after(n_calls: int):
    calls = 0

    def progress(_done: int, _total: int) -> None:
        nonlocal calls
        calls += 1
        if calls >= n_calls:
            raise Stop

    return progress


choices = st.fixed_dictionaries(
    {
        "limit": st.none() | st.integers(1, 6),
        "max_per_image": st.none() | st.integers(1, 3),
        "plan": st.sampled_from([None, PrefixPlan(16), PrefixPlan(16, "float16")]),
    }
)
edges = st.sampled_from([(0.9, 0.6), (0.5, 0.75), (0.0, 1.0), (-1.0, 1.0)])


@settings(max_examples=60, deadline=None)
@given(
    two_spaces(),
    edges,
    choices,
    st.integers(1, 7),
    st.integers(1, 4),
    st.none() | st.integers(0, 9),
    st.sampled_from([1, 1 << 16]),
)
def test_resuming_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    spaces: tuple[Vectors, Vectors],
    at: tuple[float, float],
    choice: dict[str, object],
    block_size: int,
    n_calls: int,
    seed: int | None,
    always_held: int,
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    blind, reference = spaces
    thresholds, names = Thresholds(*at), keys(len(blind))
    hashes = None
    if seed is not None:  # some look like some others
        hashes = np.random.default_rng(seed).choice(
            np.array([0, 0xFFFF, 2**64 - 1], np.uint64), len(blind)
        )
    given_all = {**choice, "block_size": block_size, "perceptual_hashes": hashes}
    whole = mine(blind, reference, thresholds, **given_all)  # type: ignore[arg-type]
    for _ in range(30):
        try:
            with patch("embeddings.mining.selection._ALWAYS_HELD", always_held):
                resumed = mine(
                    blind,
                    reference,
                    thresholds,
                    journal=Journal(folder, names, "both"),
                    progress=stop_after(n_calls + 1),
                    **given_all,  # type: ignore[arg-type]
                )
        except Stop:
            continue
        break
    else:
        pytest.fail("it never got to the end")
    assert same(resumed, whole)
    assert resumed.n_examined == whole.n_examined
    again = mine(
        blind,
        reference,
        thresholds,
        journal=Journal(folder, names, "both"),
        **given_all,  # type: ignore[arg-type]
    )
    assert same(again, whole)


@settings(max_examples=60, deadline=None)
@given(
    two_spaces(),
    st.tuples(edges, edges),
    choices,
    st.integers(1, 7),
    st.randoms(use_true_random=False),
)
def test_only_what_is_new_is_compared(
    tmp_path_factory: pytest.TempPathFactory,
    spaces: tuple[Vectors, Vectors],
    ats: tuple[tuple[float, float], tuple[float, float]],
    choice: dict[str, object],
    block_size: int,
    random: object,
) -> None:
    """Images come, go and change places; thresholds get stricter or looser."""
    folder = tmp_path_factory.mktemp("journal")
    blind, reference = spaces
    names = keys(len(blind))
    for at in ats:
        rows = [row for row in range(len(blind)) if random.random() < 0.7]  # type: ignore[attr-defined]
        random.shuffle(rows)  # type: ignore[attr-defined]
        chosen = np.array(rows, dtype=np.int64)
        known = mine(
            blind[chosen],
            reference[chosen],
            Thresholds(*at),
            journal=Journal(folder, [names[row] for row in rows], "both"),
            block_size=block_size,
            **choice,  # type: ignore[arg-type]
        )
        whole = mine(
            blind[chosen],
            reference[chosen],
            Thresholds(*at),
            block_size=block_size,
            **choice,  # type: ignore[arg-type]
        )
        assert same(known, whole)


def clusters(n: int) -> tuple[Vectors, Vectors]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(8, 12))[rng.integers(0, 8, n)]
    rows = [centres + 0.05 * rng.normal(size=(n, 12)), rng.normal(size=(n, 12))]
    blind, reference = (
        (one / np.linalg.norm(one, axis=1, keepdims=True)).astype(np.float32) for one in rows
    )
    return blind, reference


def test_a_tenth_more_images_cost_their_pairs_only(tmp_path: Path) -> None:
    blind, reference = clusters(200)
    mine(blind[:180], reference[:180], journal=Journal(tmp_path, keys(180), "both"), block_size=10)
    seen: list[tuple[int, int]] = []
    more = mine(
        blind,
        reference,
        journal=Journal(tmp_path, keys(200), "both"),
        block_size=10,
        progress=lambda *done: seen.append(done),
    )
    assert more.n_known == 180
    assert seen[-1] == (200 * 199 // 2 - 180 * 179 // 2,) * 2
    assert same(more, mine(blind, reference))
    tighter = mine(
        blind, reference, Thresholds(0.97, 0.3), journal=Journal(tmp_path, keys(200), "both")
    )
    assert tighter.n_known == 200
    assert tighter.n_examined == 0
    assert same(tighter, mine(blind, reference, Thresholds(0.97, 0.3)))


@pytest.mark.parametrize("encoders", ["both", "others"])
def test_other_weights_are_mined_anew(tmp_path: Path, encoders: str) -> None:
    blind, reference = clusters(60)
    mine(blind, reference, journal=Journal(tmp_path, keys(60), "both"))
    anew = mine(blind, reference, journal=Journal(tmp_path, keys(60), encoders))
    assert anew.n_known == (60 if encoders == "both" else 0)


@pytest.mark.parametrize("broken", ["", "{}", '{"version": 99}', "[]"])
def test_a_journal_that_cannot_be_read_is_none(tmp_path: Path, broken: str) -> None:
    blind, reference = clusters(60)
    mine(blind, reference, journal=Journal(tmp_path, keys(60), "both"))
    (tmp_path / "complete" / "state.json").write_text(broken)
    assert same(
        mine(blind, reference, journal=Journal(tmp_path, keys(60), "both")), mine(blind, reference)
    )


def test_a_killed_run_leaves_what_its_state_names(tmp_path: Path) -> None:
    blind, reference = clusters(100)
    with pytest.raises(Stop):
        mine(
            blind,
            reference,
            journal=Journal(tmp_path, keys(100), "both"),
            block_size=10,
            progress=stop_after(5),
        )
    state = json.loads((tmp_path / "running" / "state.json").read_text())
    assert state["next_block"] == 5
    # A part that no state names, as of a process that was killed between the two writes.
    stray = tmp_path / "running" / f"pairs-{state['n_parts']:06d}.npy"
    stray.write_bytes(b"half a file")
    resumed = mine(blind, reference, journal=Journal(tmp_path, keys(100), "both"), block_size=10)
    assert same(resumed, mine(blind, reference))


def test_with_a_limit_a_pathological_corpus_is_no_danger() -> None:
    """Every image like every other to the one, and unlike to the other."""
    rng = np.random.default_rng(1)
    n = 400
    blind = np.tile(np.eye(1, 8, dtype=np.float32), (n, 1))
    reference = rng.normal(size=(n, 8))
    reference = (reference / np.linalg.norm(reference, axis=1, keepdims=True)).astype(np.float32)
    n_pairs = mine(blind, reference).counts.n_over_thresholds
    assert n_pairs > 60_000
    with pytest.raises(TooManyPairs, match="limit"):
        mine(blind, reference, max_pairs=20_000, max_per_image=2)
    few = mine(blind, reference, max_pairs=20_000, max_per_image=2, limit=100)
    all_of_them = mine(blind, reference, max_per_image=2, limit=100)
    assert same(few, all_of_them)
    with pytest.raises(TooManyPairs):  # the best 10,000 do not fill this limit under the cap
        mine(blind, reference, max_pairs=20_000, max_per_image=1, limit=200)
