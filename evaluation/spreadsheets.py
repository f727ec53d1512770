"""CSV that a spreadsheet program opens as text: what people typed never becomes a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

# A cell that begins so is computed on opening (OWASP, CSV injection).
_FORMULA = re.compile(r"[=+\-@\t\r]")
# With an apostrophe before it already it gets another, so that taking one off gives all back.
_TO_MARK = re.compile(r"'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")

Cell = str | int | float | bool | datetime | None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program would compute this cell instead of showing it."""
    return bool(_FORMULA.match(text))


def harmless(text: str) -> str:
    """The text with an apostrophe before it if it would be computed; `original` takes it off."""
    return f"'{text}" if _TO_MARK.match(text) else text


def original(cell: str) -> str:
    """The text that `harmless` was given."""
    return cell[1:] if _MARKED.match(cell) else cell


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> Iterator[str]:
    """The header and each row as text, texts made harmless; a value that is missing is empty.

    Lines end in CR LF (RFC 4180), times are ISO 8601, and truth is ``true`` or ``false``.
    """
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    writer.writerow(columns)
    yield line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([_cell(row.get(column)) for column in columns])
        yield line.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)
