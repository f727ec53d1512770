"""Mining against a brute-force oracle: thresholds, filters, ranking, blocks, errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.mining import (
    InvalidVectors,
    MinedPairs,
    MiningError,
    Thresholds,
    TooManyPairs,
    mine,
)

Vectors = NDArray[np.float32]


def unit(rows: NDArray[np.floating]) -> Vectors:
    rows = np.asarray(rows, dtype=np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def at_cosine(vectors: Vectors, row: int, cosine: float, rng: np.random.Generator) -> Vectors:
    """A unit vector whose cosine with the row is the given one, as nearly as float32 allows."""
    base = vectors[row].astype(np.float64)
    other = rng.normal(size=len(base))
    other -= base * (other @ base) / (base @ base)
    other /= np.linalg.norm(other)
    return unit((cosine * base + math.sqrt(max(0.0, 1 - cosine**2)) * other)[None])[0]


def cosine(vectors: Vectors, i: int, j: int) -> float:
    """The correctly rounded dot, one pair at a time: shares no code with the miner."""
    products = [float(a) * float(b) for a, b in zip(vectors[i], vectors[j], strict=True)]
    return min(1.0, max(-1.0, math.fsum(products)))


@dataclass
class Expected:
    pairs: list[tuple[int, int]]
    cosines: list[tuple[float, float]]
    counts: dict[str, int]


def brute_force(
    blind: Vectors,
    reference: Vectors,
    thresholds: Thresholds,
    *,
    limit: int | None = None,
    max_per_image: int | None = None,
    groups: Sequence[str | None] | None = None,
    hashes: Sequence[int] | None = None,
    distance: int | None = None,
) -> Expected:
    n = len(blind)
    over = []
    for i in range(n):
        for j in range(i + 1, n):
            b, r = cosine(blind, i, j), cosine(reference, i, j)
            if b > thresholds.blind_min and r < thresholds.reference_max:
                over.append((i, j, b, r))
    unlike = [
        pair
        for pair in over
        if hashes is None
        or distance is None
        or (hashes[pair[0]] ^ hashes[pair[1]]).bit_count() > distance
    ]
    unlike.sort(key=lambda pair: (-(pair[2] - pair[3]), pair[0], pair[1]))
    picked, uses, fed = [], [0] * n, set()
    n_group = n_cap = 0
    for pair in unlike:
        if len(picked) == limit:
            break
        own = {groups[k] for k in pair[:2] if groups[k]} if groups else set()
        if own & fed:
            n_group += 1
        elif max_per_image is not None and max(uses[pair[0]], uses[pair[1]]) >= max_per_image:
            n_cap += 1
        else:
            picked.append(pair)
            fed |= own
            uses[pair[0]] += 1
            uses[pair[1]] += 1
    return Expected(
        pairs=[(i, j) for i, j, _, _ in picked],
        cosines=[(b, r) for _, _, b, r in picked],
        counts={
            "n_images": n,
            "n_compared": n * (n - 1) // 2,
            "n_over_thresholds": len(over),
            "n_near_duplicates": len(over) - len(unlike),
            "n_same_group_dropped": n_group,
            "n_over_image_cap": n_cap,
            "n_over_limit": len(unlike) - n_group - n_cap - len(picked),
            "n_kept": len(picked),
        },
    )


def pairs_of(mined: MinedPairs) -> list[tuple[int, int]]:
    return list(zip(mined.first.tolist(), mined.second.tolist(), strict=True))


def assert_same(mined: MinedPairs, expected: Expected) -> None:
    assert pairs_of(mined) == expected.pairs
    cosines = np.array(expected.cosines).reshape(-1, 2)
    np.testing.assert_allclose(mined.blind_cosine, cosines[:, 0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(mined.reference_cosine, cosines[:, 1], rtol=0, atol=1e-14)
    assert {f.name: getattr(mined.counts, f.name) for f in fields(mined.counts)} == expected.counts


@st.composite
def spaces(draw: st.DrawFn) -> tuple[Vectors, Vectors, Thresholds]:
    """Two spaces with clusters, exact copies, and pairs planted within 1e-7 of the thresholds."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d, e = draw(st.integers(0, 24)), draw(st.integers(2, 24)), draw(st.integers(2, 24))
    thresholds = Thresholds(
        draw(st.sampled_from([-0.5, 0.0, 0.5, 0.9, 0.95])),
        draw(st.sampled_from([1.0, 0.95, 0.8, 0.6, 0.3, 0.0])),
    )
    centres = rng.normal(size=(3, d))
    spread = draw(st.sampled_from([0.02, 0.2, 1.0]))
    blind = unit(centres[rng.integers(0, 3, n)] + spread * rng.normal(size=(n, d)))
    reference = unit(rng.normal(size=(n, e)) + draw(st.sampled_from([0.0, 0.5])))
    for row in range(1, n):
        off = draw(st.sampled_from([None, None, 0.0, 1e-7, -1e-7, 1e-5, -1e-5, 1e-3]))
        if off is None:
            continue
        source = int(rng.integers(0, row))
        if draw(st.booleans()):
            blind[row] = at_cosine(blind, source, thresholds.blind_min + off, rng)
            reference[row] = at_cosine(reference, source, thresholds.reference_max - off, rng)
        else:
            blind[row], reference[row] = blind[source], reference[source]
    return blind, reference, thresholds


@st.composite
def options(draw: st.DrawFn, n: int) -> dict[str, object]:
    maybe = st.none() | st.integers(1, 6)
    group = st.sampled_from([None, "", "a", "b", "c", "d"])
    # Hashes few bits apart, and with the top bit set: they are unsigned.
    image_hash = st.sampled_from([0, 1, 3, 7, 2**63, 2**63 + 1, 2**64 - 1])
    return {
        "limit": draw(maybe),
        "max_per_image": draw(maybe),
        "groups": draw(st.none() | st.lists(group, min_size=n, max_size=n)),
        "hashes": draw(st.none() | st.lists(image_hash, min_size=n, max_size=n)),
        "distance": draw(st.none() | st.integers(0, 4)),
    }


def mine_with(
    blind: Vectors, reference: Vectors, thresholds: Thresholds, given_: dict, block_size: int
) -> MinedPairs:
    hashes = given_["hashes"]
    return mine(
        blind,
        reference,
        thresholds,
        limit=given_["limit"],
        max_per_image=given_["max_per_image"],
        groups=given_["groups"],
        perceptual_hashes=None if hashes is None else np.array(hashes, dtype=np.uint64),
        near_duplicate_distance=given_["distance"],
        block_size=block_size,
    )


def gaps_differ_in_last_bits_only(expected: Expected) -> bool:
    """Copies tie exactly on both sides; a gap within rounding of another may sort either way."""
    steps = np.diff(np.sort([blind - reference for blind, reference in expected.cosines]))
    return bool(((steps > 0) & (steps < 1e-12)).any())


@settings(max_examples=150, deadline=None)
@given(data=st.data(), space=spaces(), block_size=st.integers(1, 30))
def test_equals_brute_force(
    data: st.DataObject, space: tuple[Vectors, Vectors, Thresholds], block_size: int
) -> None:
    blind, reference, thresholds = space
    assume(not gaps_differ_in_last_bits_only(brute_force(blind, reference, thresholds)))
    chosen = data.draw(options(len(blind)))
    expected = brute_force(blind, reference, thresholds, **chosen)  # type: ignore[arg-type]
    assert_same(mine_with(blind, reference, thresholds, chosen, block_size), expected)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), space=spaces(), sizes=st.tuples(st.integers(1, 30), st.integers(1, 30)))
def test_result_obeys_its_rules_and_not_the_block_size(
    data: st.DataObject, space: tuple[Vectors, Vectors, Thresholds], sizes: tuple[int, int]
) -> None:
    blind, reference, thresholds = space
    chosen = data.draw(options(len(blind)))
    mined, again = (mine_with(blind, reference, thresholds, chosen, size) for size in sizes)
    everything = mine(blind, reference, thresholds, near_duplicate_distance=None)

    assert mined.counts == again.counts
    for name in ("first", "second", "blind_cosine", "reference_cosine"):
        assert getattr(mined, name).tobytes() == getattr(again, name).tobytes()
    assert set(pairs_of(mined)) <= set(pairs_of(everything))
    assert len(set(pairs_of(mined))) == len(mined) == mined.counts.n_kept
    assert (mined.first < mined.second).all()
    assert (mined.blind_cosine > thresholds.blind_min).all()
    assert (mined.reference_cosine < thresholds.reference_max).all()
    order = [(-gap, *pair) for gap, pair in zip(mined.gap, pairs_of(mined), strict=True)]
    assert order == sorted(order)
    assert chosen["limit"] is None or len(mined) <= chosen["limit"]
    uses = np.bincount(np.concatenate([mined.first, mined.second]), minlength=1)
    assert chosen["max_per_image"] is None or uses.max() <= chosen["max_per_image"]
    if chosen["groups"] is not None:
        fed = [g for i, j in pairs_of(mined) for g in {chosen["groups"][i], chosen["groups"][j]}]
        named = [group for group in fed if group]
        assert len(named) == len(set(named))


@pytest.mark.parametrize("blind_min", [-1.0, 0.5, 0.95])
def test_dense_and_sparse_tiles_agree_with_numpy(blind_min: float) -> None:
    # At -1 every pair is a candidate and the reference cosines come from a block product.
    rng = np.random.default_rng(3)
    centre = rng.normal(size=64)
    blind = unit(centre + 0.9 * rng.normal(size=(700, 64)))
    reference = unit(rng.normal(size=(700, 32)) + 0.3)
    blind[600:] = unit(blind[:100] + 0.02 * rng.normal(size=(100, 64)))
    mined = mine(blind, reference, Thresholds(blind_min, 0.1), block_size=190)
    full = [vectors.astype(np.float64) for vectors in (blind, reference)]
    b, r = (np.einsum("id,jd->ij", vectors, vectors) for vectors in full)
    over = np.triu((b > blind_min) & (r < 0.1), 1)
    assert over.any()
    assert set(pairs_of(mined)) == set(zip(*(x.tolist() for x in np.nonzero(over)), strict=True))
    np.testing.assert_allclose(mined.gap, (b - r)[mined.first, mined.second], atol=1e-13)


def test_thresholds_are_strict() -> None:
    blind = np.array([[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5]], dtype=np.float32)  # exactly 0.5
    opposite = np.array([[1, 0], [-1, 0]], dtype=np.float32)  # exactly -1
    assert len(mine(blind, opposite, Thresholds(0.5, 0.0))) == 0
    assert len(mine(blind, opposite, Thresholds(np.nextafter(0.5, 0), 0.0))) == 1
    assert len(mine(blind, blind, Thresholds(0.0, 0.5))) == 0
    assert len(mine(blind, blind, Thresholds(0.0, np.nextafter(0.5, 1)))) == 1
    assert len(mine(blind, opposite, Thresholds(0.0, -1.0))) == 0


def test_copies_have_a_cosine_of_at_most_one() -> None:
    rows = np.repeat(unit(np.random.default_rng(0).normal(size=(40, 7))), 2, axis=0)
    mined = mine(rows, rows, Thresholds(0.9999999, 1.0))
    assert (mined.blind_cosine <= 1.0).all()
    assert (mined.first < mined.second).all()  # a row a little too short is no pair with itself
    copies = np.repeat(rows[:1] * np.float32(1 + 5e-6), 2, axis=0)
    assert mine(copies, np.array([[1, 0], [0, 1]], np.float32)).blind_cosine.tolist() == [1.0]


def test_unreachable_threshold_finds_nothing() -> None:
    rows = np.ones((4, 1), dtype=np.float32)
    assert len(mine(rows, -rows, Thresholds(1.0, 1.0))) == 0


@pytest.mark.parametrize("n", [0, 1])
def test_no_pair_without_two_images(n: int) -> None:
    rows = np.ones((n, 1), dtype=np.float32)
    calls: list[tuple[int, int]] = []
    mined = mine(rows, rows, limit=3, progress=lambda done, total: calls.append((done, total)))
    assert len(mined) == 0
    assert mined.counts.n_compared == 0
    assert calls == []


def test_ties_are_ranked_by_rows() -> None:
    blind = np.ones((4, 1), dtype=np.float32)
    reference = np.eye(4, dtype=np.float32)
    every_pair = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for block_size in (1, 2, 3, 4):
        assert pairs_of(mine(blind, reference, block_size=block_size)) == every_pair
        best = mine(blind, reference, block_size=block_size, max_per_image=1)
        assert pairs_of(best) == [(0, 1), (2, 3)]


def test_a_pair_within_one_group_is_kept_once() -> None:
    blind, reference = np.ones((4, 1), dtype=np.float32), np.eye(4, dtype=np.float32)
    mined = mine(blind, reference, groups=["a", "a", None, ""])
    assert pairs_of(mined) == [(0, 1), (2, 3)]
    assert mined.counts.n_same_group_dropped == 4


def test_running_best_equals_the_head_of_everything() -> None:
    # Enough pairs for the buffer of the best to be cut down several times.
    rng = np.random.default_rng(5)
    blind, reference = unit(1 + 0.05 * rng.normal(size=(1200, 8))), unit(rng.normal(size=(1200, 8)))
    everything = mine(blind, reference, Thresholds(0.9, 0.9), block_size=250)
    best = mine(blind, reference, Thresholds(0.9, 0.9), block_size=250, limit=40, max_pairs=80)
    assert len(everything) > 600_000
    assert pairs_of(best) == pairs_of(everything)[:40]
    assert best.counts.n_over_thresholds == len(everything)
    assert best.counts.n_over_limit == len(everything) - 40


def test_memory_maps_are_read_in_place(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    blind, reference = unit(1 + rng.normal(size=(50, 8))), unit(rng.normal(size=(50, 6)))
    np.save(tmp_path / "blind.npy", blind)
    np.save(tmp_path / "reference.npy", reference)
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("blind", "reference")]
    thresholds = Thresholds(0.7, 0.4)
    mined = mine(*mapped, thresholds, block_size=7)
    assert len(mined) > 0
    assert pairs_of(mined) == pairs_of(mine(blind, reference, thresholds))


def test_progress_counts_pairs_and_its_error_stops_the_mining() -> None:
    rows = np.ones((10, 1), dtype=np.float32)
    calls: list[tuple[int, int]] = []
    mine(rows, -rows, block_size=4, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(6, 45), (28, 45), (45, 45)]  # after 4, 8 and 10 images

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mine(rows, rows, block_size=4, progress=cancel)


def test_too_many_pairs_says_how_many_and_what_to_try() -> None:
    rng = np.random.default_rng(2)
    blind, reference = unit(1 + 0.2 * rng.normal(size=(400, 6))), unit(rng.normal(size=(400, 6)))
    thresholds = Thresholds(0.5, 0.9)
    n_all = len(mine(blind, reference, thresholds))
    with pytest.raises(
        TooManyPairs, match=r"Too many pairs: .* so far .* about .* in all"
    ) as caught:
        mine(blind, reference, thresholds, max_pairs=5000, block_size=100)
    error = caught.value
    assert 5000 < error.n_so_far < n_all
    assert 0.8 * n_all < error.n_estimated < 1.2 * n_all
    assert "At most 5,000 can be held. Try 0.9" in error.hint
    assert len(error.tighter) == 2
    for tighter in error.tighter:
        assert f"{tighter.blind_min:g} / {tighter.reference_max:g}" in error.hint
        assert 0 < len(mine(blind, reference, tighter, max_pairs=5000, block_size=100)) <= 5000


def test_bad_vectors_are_named() -> None:
    good = unit(np.random.default_rng(0).normal(size=(6, 3)))
    nan, long, infinite = good.copy(), good.copy(), good.copy()
    nan[4, 1], infinite[2, 0] = np.nan, np.inf
    long[5] *= 1.01
    for blind, reference, message in (
        (nan, good, "blind embeddings, row 4: .*not a number"),
        (good, infinite, "reference embeddings, row 2: .*not a number or infinite"),
        (good, long, r"reference embeddings, row 5: The vector's length is 1\.01"),
        (good[:5], good, "blind encoder has 5 rows, the reference encoder 6"),
        (good[0], good, "blind embeddings: .*matrix"),
        (good, good.astype(np.float64), "reference embeddings: .*float32, not float64"),
        (np.zeros_like(good), good, "row 0: The vector's length is 0"),
    ):
        with pytest.raises(InvalidVectors, match=message):
            mine(blind, reference, block_size=2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("max_per_image", 0),
        ("near_duplicate_distance", 65),
        ("near_duplicate_distance", -1),
        ("block_size", 0),
        ("max_pairs", 0),
        ("groups", ["a"]),
        ("perceptual_hashes", np.zeros(3, dtype=np.uint64)),
    ],
)
def test_senseless_options_are_refused(name: str, value: object) -> None:
    rows = np.ones((2, 1), dtype=np.float32)
    with pytest.raises(MiningError, match=name):
        mine(rows, rows, **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.5, -1.01, math.nan])
def test_thresholds_are_cosines(value: float) -> None:
    with pytest.raises(MiningError, match="blind_min"):
        Thresholds(blind_min=value)
    with pytest.raises(MiningError, match="reference_max"):
        Thresholds(reference_max=value)
