"""Benchmark folders: our export, the original layout, and folders that cannot be asked."""

import csv
import io
import random
from pathlib import Path

import pytest
from PIL import Image

from evaluation.folder import UnreadableBenchmark, read_folder
from evaluation.formats import ExportOptions, export
from tests.evaluation.benchmark_examples import benchmark, jpeg_source

ROWS = [
    ["1", "Is it open, or closed?", "(a) Open (b) Closed", "(a)"],
    ["2", "Is it open, or closed?", "(a) Open (b) Closed", "(b)"],
    ["3", 'The "Z" key?', "(a) Yes (b) No", "(b)"],
    ["4", 'The "Z" key?', "(a) Yes (b) No", "(a)"],
]


@pytest.fixture(name="folder")
def exported_folder(tmp_path: Path) -> Path:
    made = benchmark()
    kept = ExportOptions(key_order="kept")
    return export(
        made, "mmvp", tmp_path / "out", image_bytes=jpeg_source(made), options=kept
    ).folder


def original(folder: Path, rows: list[list[str]], *header: str, start: str = "") -> Path:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(header or ["Index", "Question", "Options", "Correct Answer"])
    writer.writerows(rows)
    (folder / "MMVP Images").mkdir(parents=True)
    (folder / "Questions.csv").write_text(start + table.getvalue(), encoding="utf-8", newline="")
    for row in rows:
        Image.new("RGB", (8, 8), (int(row[0]), 0, 0)).save(folder / f"MMVP Images/{row[0]}.jpg")
    return folder


def test_our_export_keeps_pair_ids_patterns_and_images(folder: Path) -> None:
    made = benchmark()
    found = read_folder(folder)
    assert found.pair_ids == [1, 2, 3]
    assert found.name == "Harbor"
    assert list(found.patterns) == [pattern.slug for pattern in made.patterns]
    assert [item.row for item in found.items] == [1, 2, 3, 4, 5, 6]
    source = jpeg_source(made)
    for item, (pair, side) in zip(
        found.items, [(p, s) for p in made.pairs for s in ("first", "second")], strict=True
    ):
        assert (item.pair_id, item.side, item.pattern) == (pair.pair_id, side, pair.pattern)
        assert item.gold == getattr(pair.question, f"answer_{side}")
        assert found.read_image(item.image) == source(getattr(pair, side).sha256)


def test_without_the_document_the_table_says_the_same(folder: Path) -> None:
    with_document = read_folder(folder)
    (folder / "benchmark.json").unlink()
    found = read_folder(folder)
    for ours, theirs in zip(with_document.items, found.items, strict=True):
        assert (ours.row, ours.question, ours.option_a, ours.option_b, ours.gold, ours.side) == (
            theirs.row, theirs.question, theirs.option_a, theirs.option_b, theirs.gold, theirs.side,
        )  # fmt: skip
        assert with_document.read_image(ours.image) == found.read_image(theirs.image)


@pytest.mark.parametrize("index", ["Index", "lndex", "index"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_the_original_layout(tmp_path: Path, index: str, start: str) -> None:
    header = (index, "Question", "Options", "Correct Answer")
    found = read_folder(original(tmp_path / "MMVP", ROWS, *header, start=start))
    assert found.name == "MMVP"
    assert [(i.pair_id, i.side, i.gold) for i in found.items] == [
        (1, "first", "a"), (1, "second", "b"), (2, "first", "b"), (2, "second", "a"),
    ]  # fmt: skip
    assert found.items[2].question == 'The "Z" key?'
    assert (found.items[0].option_a, found.items[0].option_b) == ("Open", "Closed")
    assert found.items[0].pattern is None


def test_pairs_are_found_by_number_in_whatever_order_the_rows_stand(tmp_path: Path) -> None:
    rows = list(ROWS)
    random.Random(1).shuffle(rows)
    assert rows != ROWS
    found = read_folder(original(tmp_path / "shuffled", rows))
    assert found.items == read_folder(original(tmp_path / "ordered", ROWS)).items


def test_a_pair_id_column_wins_over_the_numbers(tmp_path: Path) -> None:
    rows = [[*ROWS[n], pair, pattern] for n, pair, pattern in
            ((0, "7", "state"), (2, "3", "text"), (1, "7", "state"), (3, "3", "text"))]  # fmt: skip
    for number, row in enumerate(rows, 1):
        row[0] = str(number)
    header = ("Index", "Question", "Options", "Correct Answer", "pair_id", "pattern")
    found = read_folder(original(tmp_path / "named", rows, *header))
    assert [(i.pair_id, i.row, i.pattern) for i in found.items] == [
        (3, 2, "text"), (3, 4, "text"), (7, 1, "state"), (7, 3, "state"),
    ]  # fmt: skip


def changed(n: int, column: int, value: str) -> list[list[str]]:
    rows = [list(row) for row in ROWS]
    rows[n][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS[:3], "pair 2 does not have two rows but 1"),
        (changed(1, 1, "Another?"), "does not ask the same question"),
        (changed(1, 2, "(a) Closed (b) Open"), "does not ask the same question"),
        (changed(1, 3, "(a)"), "the right answers must differ"),
        (changed(1, 3, "C"), "Choose the right answer"),
        (changed(0, 0, "9"), "pair 1 does not have two rows but 1"),
        ([[*row[:2], "Open or closed", row[3]] for row in ROWS[:2]], "options"),
        ([], "no rows"),
        ([row[:2] for row in ROWS[:2]], "options"),
    ],
)
def test_what_cannot_be_asked_is_named(tmp_path: Path, rows: list[list[str]], said: str) -> None:
    with pytest.raises(UnreadableBenchmark, match=said):
        read_folder(original(tmp_path / "bad", rows))


def test_other_folders_are_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UnreadableBenchmark, match="there is no benchmark here"):
        read_folder(tmp_path)
    with pytest.raises(UnreadableBenchmark, match="no column Index"):
        read_folder(original(tmp_path / "x", ROWS, "Nr", "Question", "Options", "Correct Answer"))
    image = folder / "MMVP Images" / "2.jpg"
    image.write_bytes(image.read_bytes() + b"x")
    found = read_folder(folder)
    with pytest.raises(UnreadableBenchmark, match="changed since the export"):
        found.read_image(found.items[1].image)
    image.unlink()
    with pytest.raises(UnreadableBenchmark, match="missing"):
        read_folder(folder)
