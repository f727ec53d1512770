"""Manifests: the columns of CSV, JSONL and Parquet, and messages that name file, row and column."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.manifest import ManifestError, read_manifest
from embeddings.scan import ScannedImage, SkippedImage, scan
from tests.embeddings.pictures import encoded, noise, write

ROWS: list[dict[str, Any]] = [
    {"path": "b.png", "caption": "a fox, running", "label": "fox", "group": "g1", "source": "farm"},
    {"path": "sub/a.png", "caption": None, "label": None, "group": "g1", "source": None},
    {"path": "absent.png", "caption": "not there", "label": None, "group": None, "source": None},
]


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


WRITERS = {"m.csv": write_csv, "m.jsonl": write_jsonl, "m.parquet": write_parquet}


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_the_three_formats_say_the_same(name: str, tmp_path: Path) -> None:
    write(tmp_path / "b.png", encoded(noise(1), "PNG"))
    write(tmp_path / "sub" / "a.png", encoded(noise(2), "PNG"))
    write(tmp_path / "not listed.png", encoded(noise(3), "PNG"))
    absent, fox, plain = scan(WRITERS[name](tmp_path / name, ROWS))
    assert isinstance(absent, SkippedImage)
    assert (absent.path, absent.reason) == (tmp_path / "absent.png", "missing")
    assert isinstance(fox, ScannedImage)
    assert (fox.path, fox.caption, fox.label, fox.group) == (
        *(tmp_path / "b.png", "a fox, running"),
        *("fox", "g1"),
    )
    assert fox.metadata == {"source": "farm"}
    assert isinstance(plain, ScannedImage)
    assert (plain.caption, plain.label, plain.group, plain.metadata) == (None, None, "g1", {})


def test_absolute_paths_and_paths_upwards(tmp_path: Path) -> None:
    path = write(tmp_path / "photos" / "a.png", encoded(noise(1), "PNG"))
    other = write(tmp_path / "b.png", encoded(noise(2), "PNG"))
    manifest = write_jsonl(
        tmp_path / "photos" / "m.jsonl", [{"path": str(path)}, {"path": "../b.png"}]
    )
    assert [item.path for item in scan(manifest)] == [other, path]


def test_the_first_row_of_a_file_wins(tmp_path: Path) -> None:
    write(tmp_path / "a.png", encoded(noise(1), "PNG"))
    rows = [{"path": "a.png", "label": "first"}, {"path": "./a.png", "label": "second"}]
    (image,) = scan(write_csv(tmp_path / "m.csv", rows))
    assert isinstance(image, ScannedImage)
    assert image.label == "first"


def test_values_that_are_no_text(tmp_path: Path) -> None:
    row = {"path": "a.png", "label": 7, "boxes": [1, 2], "flag": True, "score": 0.5, "gone": None}
    (entry,) = read_manifest(write_jsonl(tmp_path / "m.jsonl", [row]))
    assert entry.label == "7"
    assert entry.metadata == {"boxes": "[1, 2]", "flag": "true", "score": "0.5"}


def test_a_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    text = "\ufeffpath,label\r\na.png,x\r\n\r\nb.png,y\r\n"
    manifest = write(tmp_path / "m.csv", text.encode())
    assert [(entry.path.name, entry.label) for entry in read_manifest(manifest)] == [
        ("a.png", "x"),
        ("b.png", "y"),
    ]


BROKEN = {
    "no column.csv": (b"file,label\na.png,x\n", None, "path"),
    "twice.csv": (b"path,label,label\na.png,x,y\n", None, "label"),
    "empty path.csv": (b"path,label\na.png,x\n,y\n", 3, "path"),
    "too many cells.csv": (b"path,label\na.png,x, y\n", 2, ""),
    "open quote.csv": (b'path,label\na.png,"x\nb.png,y\n', 3, ""),
    "empty.csv": (b"", None, "path"),
    "latin.csv": ("path\ncafé.png\n".encode("latin-1"), None, ""),
    "not json.jsonl": (b'{"path": "a.png"}\n{"path": \n', 2, ""),
    "not an object.jsonl": (b'{"path": "a.png"}\n\n["b.png"]\n', 3, ""),
    "no path.jsonl": (b'{"path": "a.png"}\n{"file": "b.png"}\n', 2, "path"),
    "nul.jsonl": (b'{"path": "a\\u0000.png"}\n', 1, "path"),
    "no parquet.parquet": (b"PAR1 but not really", None, ""),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_manifest_says_where(name: str, tmp_path: Path) -> None:
    content, row, column = BROKEN[name]
    manifest = write(tmp_path / name, content)
    with pytest.raises(ManifestError) as caught:
        list(scan(manifest))
    assert (caught.value.path, caught.value.row, caught.value.column) == (manifest, row, column)
    assert str(manifest) in str(caught.value)
    if row is not None:
        assert f"row {row}" in str(caught.value)


def test_a_wrong_column_name_lists_those_there(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"Its columns are: file, label.*Rename"):
        list(scan(write_parquet(tmp_path / "m.parquet", [{"file": "a.png", "label": "x"}])))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=20)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(rows=st.lists(st.tuples(texts.filter(bool), texts, texts), min_size=1, max_size=8))
def test_the_formats_agree_on_any_text(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    table = [{"path": path, "caption": caption, "other": other} for path, caption, other in rows]
    read = [list(read_manifest(write(tmp_path / name, table))) for name, write in WRITERS.items()]
    assert read[0] == read[1] == read[2]
    for entry, (path, caption, other) in zip(read[0], rows, strict=True):
        assert entry.path == tmp_path / path
        assert entry.caption == (caption or None)
        assert entry.metadata == ({"other": other} if other else {})
