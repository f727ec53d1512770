"""Damaged benchmarks of every format: an error in our own words or a success, nothing else."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embeddings.errors import EmbeddingsError
from evaluation.benchmark import Benchmark
from evaluation.corrections import InvalidLayer, dump_layer, parse_layer, shipped_layer
from evaluation.errors import EvaluationError
from evaluation.folder import read_folder
from evaluation.formats import export
from evaluation.pairing import pairs_of
from evaluation.raw import FAULTS
from evaluation.readers import READERS, read
from evaluation.strict import strict
from tests.evaluation.benchmark_examples import benchmark, jpeg_source
from tests.evaluation.benchmark_files import WRITERS

MUTATED = {
    **{name: (writer, form) for name, (form, writer) in WRITERS.items()},
    "ours": (
        lambda out: export(MADE, "mmvp", out, image_bytes=jpeg_source(MADE)).folder,
        "mmvp",
    ),
}
MADE = benchmark()
TABLES = {
    "mmvp": ["Questions.csv"],
    "mmvp-vlm": ["Questions.csv"],
    "vlmevalkit": ["MMVP.tsv"],
    "lmms-eval": ["data/train-00000-of-00002.parquet"],
    "hf": ["train.parquet"],
    "lead": ["mmvp.jsonl"],
    "dmlr": ["mmvp.json"],
    "ours": ["Questions.csv", "benchmark.json", "MMVP Images/2.jpg"],
}
PIECES = [
    b'"', b"\n", b",", b"\t", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"(b)", b"{", b"]", b"\\",
    b"Index", b"lndex", b"image_path", b"../", b"options", b"0", b"-1", b"1e9", b"null", b"\xc3",
    b"[" * 2000,
]  # fmt: skip


@st.composite
def damages(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """One or a few things that go wrong with a file on its way."""
    kinds = draw(st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4))
    where = draw(st.lists(st.floats(0, 1), min_size=8, max_size=8))
    piece = draw(st.sampled_from(PIECES))

    def damage(data: bytes) -> bytes:
        for at, kind in enumerate(kinds):
            data = kind(data, where[at], where[-1 - at], piece)
        return data

    return damage


def _flip(data: bytes, at: float, bit: float, piece: bytes) -> bytes:
    index = int(at * max(len(data) - 1, 0))
    flipped = bytes([byte ^ 1 << int(bit * 7) for byte in data[index : index + 1]])
    return data[:index] + flipped + data[index + 1 :]


def _cut(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    return data[: int(at * len(data))]


def _insert(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    index = int(at * len(data))
    return data[:index] + piece + data[index:]


def _insert_near_the_start(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    return _insert(data[:80], at, to, piece) + data[80:]


def _drop_line(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    lines = data.split(b"\n")
    del lines[int(at * (len(lines) - 1))]
    return b"\n".join(lines)


def _repeat_line(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    lines = data.split(b"\n")
    line = lines[int(at * (len(lines) - 1))]
    return b"\n".join([*lines[: int(to * len(lines))], line, *lines[int(to * len(lines)) :]])


def _replace_all(data: bytes, at: float, to: float, piece: bytes) -> bytes:
    index = int(at * len(data))
    sought = data[index : index + 1 + int(to * 3)]
    return data.replace(sought, piece, 3)


DAMAGES = [
    _flip, _cut, _insert, _insert_near_the_start, _drop_line, _repeat_line, _replace_all,
]  # fmt: skip


@pytest.fixture(name="folders", scope="module")
def written_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("fuzz")
    return {name: write(root / name) for name, (write, _) in MUTATED.items()}


def use(path: Path, form: str | None = None) -> None:
    """Everything that is done with a benchmark from outside."""
    with suppress(EvaluationError):
        raw = read(path, form)
        assert {fault.code for fault in raw.faults} <= FAULTS.keys()
        assert all(str(fault) for fault in raw.faults)
        pairs_of(raw)
        found = strict(raw)
        assert Benchmark.from_json(found.benchmark.to_json()) == found.benchmark
        assert all(image.read() for image in found.images.values())
    with suppress(EvaluationError, EmbeddingsError):
        questions = read_folder(path)
        for item in questions.items:
            questions.read_image(item.image)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(MUTATED)), damages(), st.integers(0, 2))
@example("mmvp", lambda data: data.replace(b"Index", b"Index,Index"), 0)
@example("vlmevalkit", lambda data: data.replace(b"\t", b","), 0)
@example("lead", lambda data: data.replace(b'"question": "', b'"question": ["'), 0)
@example("dmlr", lambda _: b"[" * 200_000, 0)
@example("ours", lambda data: data.replace(b'"pair_id": 1', b'"pair_id": 1e400'), 1)
def test_a_damaged_file_is_refused_or_read(
    folders: dict[str, Path], name: str, damage: Callable[[bytes], bytes], which: int
) -> None:
    folder = folders[name]
    path = folder / TABLES[name][which % len(TABLES[name])]
    before = path.read_bytes()
    try:
        path.write_bytes(damage(before))
        use(folder)
        use(folder, MUTATED[name][1])
    finally:
        path.write_bytes(before)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_refused_or_read(folders: dict[str, Path], form: str, data: bytes) -> None:
    path = folders["mmvp"] / "any.csv"
    path.write_bytes(data)
    use(path, form)
    use(path)


@settings(deadline=None, max_examples=40)
@given(damages())
def test_a_damaged_layer_is_refused_or_read(damage: Callable[[bytes], bytes]) -> None:
    text = damage(dump_layer(shipped_layer("lmms")).encode()).decode(errors="surrogateescape")
    with suppress(InvalidLayer):
        layer = parse_layer(text)
        assert parse_layer(dump_layer(layer)) == layer
