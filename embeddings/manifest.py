"""Reads a table of images (CSV, JSONL or Parquet) with precise messages about bad rows."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.parquet

from embeddings.errors import EmbeddingsError

SUFFIXES: Final = (".csv", ".jsonl", ".parquet")
_PATH: Final = "path"
_NAMED: Final = ("caption", "label", "group")


class ManifestError(EmbeddingsError):
    """A manifest that cannot be read; names the file, the row and the column where known."""

    def __init__(
        self, what: str, path: Path, *, row: int | None = None, column: str = "", hint: str = ""
    ) -> None:
        self.path, self.row, self.column = path, row, column
        place = str(path)
        if row is not None:
            place += f", row {row}"
        if column:
            place += f", column '{column}'"
        super().__init__(f"{what}.", where=place, hint=hint)


@dataclass(frozen=True)
class ManifestEntry:
    """One image of a manifest; empty cells are absent, other columns are text in `metadata`."""

    path: Path
    caption: str | None
    label: str | None
    group: str | None
    metadata: Mapping[str, str]


def read_manifest(path: Path) -> Iterator[ManifestEntry]:
    """Yield the rows in order; relative paths belong to the manifest's folder.

    Rows count from 1 as in the file: a CSV's header is row 1, JSONL rows are lines.

    Raises:
        ManifestError: the file or a row cannot be read, or has no `path`.
    """
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".parquet": _parquet_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ManifestError(f"a manifest ends in {', '.join(SUFFIXES)}", path)
    try:
        for row, cells in reader(path):
            yield _entry(path, row, cells)
    except UnicodeDecodeError as error:
        raise ManifestError("the file is not UTF-8 text", path) from error
    except OSError as error:
        raise ManifestError(f"cannot be read ({error})", path) from error


def _entry(manifest: Path, row: int, cells: Mapping[str, Any]) -> ManifestEntry:
    texts = {name: _text(value) for name, value in cells.items()}
    target = texts.get(_PATH)
    if target is None or "\0" in target:
        what = "no path to an image" if target is None else "a path with a NUL character"
        raise ManifestError(what, manifest, row=row, column=_PATH)
    return ManifestEntry(
        path=manifest.parent / target,
        caption=texts.get("caption"),
        label=texts.get("label"),
        group=texts.get("group"),
        metadata={
            name: value
            for name, value in texts.items()
            if value is not None and name != _PATH and name not in _NAMED
        },
    )


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_columns(path, header)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) > len(header):
                    what = f"{len(cells)} cells, but the header has {len(header)}"
                    hint = "Put cells that contain a comma in double quotes."
                    raise ManifestError(what, path, row=reader.line_num, hint=hint)
                yield reader.line_num, dict(zip(header, cells, strict=False))
        except csv.Error as error:
            raise ManifestError(f"not valid CSV ({error})", path, row=reader.line_num) from error


def _jsonl_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for row, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                cells = json.loads(line)
            except ValueError as error:
                raise ManifestError(f"not valid JSON ({error})", path, row=row) from error
            if not isinstance(cells, dict):
                raise ManifestError("not a JSON object", path, row=row)
            yield row, cells


def _parquet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names)
            row = 0
            for batch in file.iter_batches():
                for cells in batch.to_pylist():
                    row += 1
                    yield row, cells
    except pyarrow.ArrowException as error:
        raise ManifestError(f"not valid Parquet ({error})", path) from error


def _check_columns(path: Path, names: list[str]) -> None:
    if _PATH not in names:
        found = ", ".join(names) or "none"
        hint = f"Its columns are: {found}. Rename the one with the files to '{_PATH}'."
        raise ManifestError("no such column", path, column=_PATH, hint=hint)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ManifestError("the column appears twice", path, column=repeated[0])
