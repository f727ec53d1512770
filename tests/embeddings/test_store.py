"""The store on disk: what goes in comes out, and nothing half-written is ever read."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.store import (
    EmbeddingStore,
    MissingEmbedding,
    StoreBusy,
    StoreError,
    StoreManifest,
    writing,
)

MANIFEST = StoreManifest(
    spec="hf:ein/Modell-ü",
    dimension=5,
    preprocess="resize 32",
    weights_digest="ab" * 32,
    versions={"torch": "2.6", "numpy": "2.0"},
    batch_size=32,
)


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def vectors(seed: int, n: int, dimension: int = 5) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    store = EmbeddingStore.create(tmp_path / "store", MANIFEST)
    store.append([key(i) for i in range(4)], vectors(1, 4), {key(90): "truncated: cut"})
    store.append([key(i) for i in range(4, 7)], vectors(2, 3), {})
    return store


shards = st.lists(st.lists(st.integers(0, 2), max_size=6), max_size=5)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(shards=shards, dimension=st.integers(1, 9), order=st.randoms(use_true_random=False))
def test_what_goes_in_comes_out(
    shards: list[list[int]], dimension: int, order: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each shard is a list of outcomes: 0 and 1 are embedded, 2 is skipped."""
    folder = tmp_path_factory.mktemp("round") / "store"
    writer = EmbeddingStore.create(folder, replace(MANIFEST, dimension=dimension))
    expected: dict[str, np.ndarray] = {}
    reasons: dict[str, str] = {}
    number = 0
    for seed, outcomes in enumerate(shards):
        names = [key(number + i) for i in range(len(outcomes))]
        number += len(outcomes)
        kept = [name for name, outcome in zip(names, outcomes, strict=True) if outcome < 2]
        rows = vectors(seed, len(kept), dimension)
        skipped = {name: "missing: é" for name in names if name not in kept}
        writer.append(kept, rows, skipped)
        expected |= dict(zip(kept, rows, strict=True))
        reasons |= skipped
    for store in (writer, EmbeddingStore.open(folder)):
        assert store.manifest.dimension == dimension
        assert (store.keys, len(store), store.skipped) == (list(expected), len(expected), reasons)
        wanted = list(expected)
        order.shuffle(wanted)
        loaded = store.load(wanted)
        assert loaded.dtype == np.float32
        assert loaded.shape == (len(wanted), dimension)
        assert all(
            np.array_equal(row, expected[name]) for row, name in zip(loaded, wanted, strict=True)
        )


def test_rows_belong_to_the_keys_asked_for(store: EmbeddingStore) -> None:
    wanted = [key(5), key(0), key(5), key(6), key(3)]
    loaded = EmbeddingStore.open(store.folder).load(wanted)
    every = np.concatenate([vectors(1, 4), vectors(2, 3)])
    assert np.array_equal(loaded, every[[5, 0, 5, 6, 3]])
    assert store.load([]).shape == (0, 5)
    assert key(3) in store
    assert key(90) not in store


def test_vectors_are_mapped_from_a_file(store: EmbeddingStore, tmp_path: Path) -> None:
    wanted = [key(row) for row in (3, 0, 5)]
    mapped = store.load(wanted, file=tmp_path / "vectors.npy")
    assert isinstance(mapped, np.memmap)
    assert np.array_equal(mapped, store.load(wanted))


def test_a_missing_vector_is_named_with_its_reason(store: EmbeddingStore) -> None:
    with pytest.raises(MissingEmbedding) as caught:
        store.load([key(1), key(90), key(91)])
    assert caught.value.keys == (key(90), key(91))
    assert "2 of the images" in str(caught.value)
    assert "truncated: cut" in str(caught.value)


def test_a_later_vector_ends_the_skipping(store: EmbeddingStore) -> None:
    store.append([key(90)], vectors(3, 1), {})
    again = EmbeddingStore.open(store.folder)
    assert again.skipped == {}
    assert np.array_equal(again.load([key(90)]), vectors(3, 1))


def test_the_manifest_is_kept(store: EmbeddingStore) -> None:
    assert EmbeddingStore.open(store.folder).manifest == MANIFEST
    store.set_batch_size(8)
    assert EmbeddingStore.open(store.folder).manifest == replace(MANIFEST, batch_size=8)
    assert json.loads((store.folder / "manifest.json").read_text())["spec"] == MANIFEST.spec


def test_the_same_vectors_give_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        store = EmbeddingStore.create(tmp_path / name, MANIFEST)
        store.append([key(1)], vectors(1, 1), {key(3): "x", key(2): "y"})
        contents.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert contents[0] == contents[1]


def test_a_store_is_created_once(store: EmbeddingStore) -> None:
    assert EmbeddingStore.exists(store.folder)
    with pytest.raises(StoreError, match="already"):
        EmbeddingStore.create(store.folder, MANIFEST)
    assert not EmbeddingStore.exists(store.folder / "other")
    with pytest.raises(StoreError, match="Run `mmvp embed` first"):
        EmbeddingStore.open(store.folder / "other")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"format_version": 1}', b'{"format_version": 2, "spec": "x"}'],
)
def test_a_manifest_that_cannot_be_read(content: bytes, store: EmbeddingStore) -> None:
    (store.folder / "manifest.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"manifest\.json"):
        EmbeddingStore.open(store.folder)


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "text"])
def test_a_damaged_shard_is_named(damage: str, store: EmbeddingStore) -> None:
    path = store.folder / "shard-000001.npz"
    content = bytearray(path.read_bytes())
    middle = content.index(vectors(2, 3).tobytes())
    content[middle] ^= 1
    path.write_bytes(
        {
            "empty": b"",
            "cut": path.read_bytes()[:-40],
            "flipped": bytes(content),
            "text": b"no shard at all",
        }[damage]
    )
    with pytest.raises(
        StoreError, match=r"shard-000001.npz: the file is damaged. Delete"
    ) as caught:
        EmbeddingStore.open(store.folder).load([key(5)])
    assert not isinstance(caught.value, MissingEmbedding)
    # Without the damaged shard the store is whole, and new shards do not touch the others.
    path.unlink()
    rest = EmbeddingStore.open(store.folder)
    assert rest.keys == [key(i) for i in range(4)]


@pytest.mark.parametrize("rows", [np.full((1, 5), np.nan), np.zeros((1, 5)), np.ones((1, 5))])
def test_only_unit_vectors_go_in(rows: np.ndarray, store: EmbeddingStore) -> None:
    with pytest.raises(StoreError, match="not of length 1"):
        store.append([key(50)], rows.astype(np.float32), {})
    with pytest.raises(ValueError, match="for 2 keys"):
        store.append([key(50), key(51)], vectors(1, 1), {})
    assert len(EmbeddingStore.open(store.folder)) == 7


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    code = (
        "import sys, time; from pathlib import Path; from embeddings.store import writing\n"
        "with writing(Path(sys.argv[1])):\n"
        "    print('locked', flush=True); time.sleep(600)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(StoreBusy, match="another process"), writing(folder):
            pass
        other.kill()
    # A killed process leaves its lock file and its temporary files, but no lock.
    (folder / ".tmp-left").write_bytes(b"half a shard")
    with writing(folder):
        assert not (folder / ".tmp-left").exists()
