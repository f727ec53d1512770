"""The rows of a file of answers: JSON Lines, JSON, CSV, TSV or an Excel workbook."""

import csv
import io
import json
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.errors import EvaluationError

Row = Mapping[str, Any]
_MOST_CHARACTERS = 10_000_000  # of one cell; an answer is never longer
_MOST_UNPACKED_BYTES = 512 * 1024 * 1024


class UnreadableAnswers(EvaluationError):
    """The file of answers cannot be read, or does not belong to this benchmark."""


def read_rows(path: Path) -> list[Row]:
    """All rows of a file, by the names of their columns; its ending says how to read it.

    A JSON file holds a list of rows, or an object with such a list (lmms-eval's old logs have it
    in ``logs``), or an object of columns as pandas writes it.

    Raises:
        UnreadableAnswers: it cannot be read, or has no rows.
    """
    path = path.expanduser()
    kind = path.suffix.lower()
    try:
        rows = list(_KINDS.get(kind, _from_json_lines)(path))
    except (csv.Error, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise UnreadableAnswers(f"it cannot be read: {reason}.", where=str(path)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableAnswers(f"{reason}.", where=str(path)) from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise UnreadableAnswers("it holds no answers.", where=str(path))
    return rows


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


def _from_json_lines(path: Path) -> Sequence[Any]:
    return [json.loads(line) for line in _text(path).split("\n") if line.strip()]


def _from_json(path: Path) -> Sequence[Any]:
    text = _text(path)
    try:
        found = json.loads(text)
    except ValueError:
        return _from_json_lines(path)  # JSON Lines under the shorter name
    if isinstance(found, list):
        return found
    if not isinstance(found, dict):
        return []
    lists = [one for one in found.values() if isinstance(one, list) and one]
    rows = [one for one in lists if all(isinstance(row, dict) for row in one)]
    if rows:
        return max(rows, key=len)
    return _from_columns(found) or [found]


def _from_columns(found: dict[str, Any]) -> list[dict[str, Any]]:
    """pandas' own JSON: each column an object from the row's number to its value."""
    if not found or not all(isinstance(column, dict) for column in found.values()):
        return []
    numbers = list(next(iter(found.values())))
    return [{name: column.get(key) for name, column in found.items()} for key in numbers]


def _from_table(path: Path, delimiter: str) -> Sequence[Any]:
    before = csv.field_size_limit(_MOST_CHARACTERS)
    try:
        text = io.StringIO(_text(path), newline="")
        return list(csv.DictReader(text, delimiter=delimiter))
    finally:
        csv.field_size_limit(before)


def _from_workbook(path: Path) -> Sequence[Any]:
    # imported only here: few files are workbooks
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    with zipfile.ZipFile(path) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MOST_UNPACKED_BYTES:
            raise ValueError("it is too large for a workbook of answers")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles, which nobody reads here
            book = load_workbook(path, read_only=True, data_only=True)
    except InvalidFileException as error:
        raise ValueError("it is no Excel workbook") from error
    try:
        lines = book.worksheets[0].iter_rows(values_only=True)
        names = [str(name).strip() if name is not None else "" for name in next(lines, ())]
        filled = [line for line in lines if any(cell is not None for cell in line)]
    finally:
        book.close()
    return [dict(zip(names, line, strict=False)) for line in filled]


_KINDS: Mapping[str, Callable[[Path], Sequence[Any]]] = {
    ".json": _from_json,
    ".csv": lambda path: _from_table(path, ","),
    ".tsv": lambda path: _from_table(path, "\t"),
    ".xlsx": _from_workbook,
}
