"""Tables of text (CSV, TSV) read so that damage is found and costs as few rows as possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.errors import UnreadableBenchmark
from evaluation.raw import Place, RawFault
from evaluation.readers.texts import read_lines

_DELIMITERS = (",", "\t", ";")
_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons"}
# A text of more lines than this is a quote that somebody forgot to close.
_MOST_LINES_OF_A_VALUE = 200
_DOUBLE = 'Write every quote inside a quoted text twice, as in "the key ""Z"" here".'


@dataclass(frozen=True)
class Record:
    """One row of a table: its values and the line it begins in (from 1)."""

    line: int
    values: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table as it stands in its file; row k (from 1) is ``records[k - 1]``."""

    path: Path
    header: tuple[str, ...]
    records: Sequence[Record]
    faults: Sequence[RawFault]

    def place(self, row: int, column: str | None = None) -> Place:
        """Where a row, counted from 1, stands."""
        return Place(self.path, line=self.records[row - 1].line, row=row, column=column)


def read_table(path: Path, delimiter: str = ",") -> Table:
    """Read a table whose first line that is not blank is its header.

    Quotes that are not doubled are taken as they were meant where that can be told. A quote that
    is never closed costs its own line only.

    Raises:
        UnreadableBenchmark: the file cannot be read, or it is empty.
    """
    lines, faults = read_lines(path)
    start = next((at for at, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise UnreadableBenchmark("the file is empty.", where=str(path))
    found = _delimiter(lines[start], delimiter)
    if found != delimiter:
        faults.append(
            RawFault(
                "delimiter",
                f"the values are separated by {_NAMES[found]}, not by {_NAMES[delimiter]}.",
                Place(path, line=start + 1),
                f"Save the table with {_NAMES[delimiter]} between its values.",
                stops=False,
            )
        )
    reading = _Reading(path, lines, found)
    header = reading.record(start, None)
    records: list[Record] = []
    at = reading.next_line
    while at < len(lines):
        if not lines[at].strip(" \r"):
            faults.append(_blank(path, at))
            at += 1
            continue
        reading.row = len(records) + 1
        records.append(reading.record(at, len(header.values)))
        at = reading.next_line
    # Blank lines at the very end are nobody's trouble but that of readers by position.
    names = tuple(name.strip() for name in header.values)
    return Table(path, names, records, [*faults, *reading.faults])


def head(path: Path, delimiter: str = ",") -> tuple[str, ...]:
    """The column names in a file's first line; empty where it is no text or has no line."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = start[: len(start) // 2 * 2].decode("utf-16", errors="ignore")
        else:
            text = start.decode("utf-8-sig", errors="ignore")
    except (OSError, ValueError):
        return ()
    line = next((line for line in text.splitlines() if line.strip()), "")
    values = line.split(_delimiter(line, delimiter))
    return tuple(value.strip().strip('"').strip() for value in values)


def _delimiter(header: str, expected: str) -> str:
    """What separates the names of the header: as expected, unless another occurs and it not."""
    if expected in header:
        return expected
    return next((other for other in _DELIMITERS if other in header), expected)


def _blank(path: Path, at: int) -> RawFault:
    return RawFault(
        "blank-line",
        "this line is empty.",
        Place(path, line=at + 1),
        "Remove it: programs that read the table by position stop here.",
        stops=False,
    )


class _Reading:
    """Takes records out of lines, and notes where quotes are damaged."""

    def __init__(self, path: Path, lines: Sequence[str], delimiter: str) -> None:
        self.path, self.lines, self.delimiter = path, lines, delimiter
        self.faults: list[RawFault] = []
        self.next_line = 0
        self.row: int | None = None

    def record(self, at: int, n_columns: int | None) -> Record:
        """The record that begins in line ``at`` (from 0); ``next_line`` is then behind it."""
        line = self.lines[at]
        if '"' not in line:
            values, self.next_line, damage = line.split(self.delimiter), at + 1, ""
        else:
            values, damage = self._quoted(at, n_columns)
        record = Record(at + 1, tuple(values))
        if damage:
            place = Place(self.path, line=at + 1, row=self.row)
            self.faults.append(RawFault("quoting", damage, place, _DOUBLE))
        if n_columns is not None and not damage.startswith("a quote"):
            record = self._counted(record, n_columns)
        return record

    def _quoted(self, at: int, n_columns: int | None) -> tuple[list[str], str]:
        found = _values(self.lines, at, self.delimiter)
        flat = self.lines[at].split(self.delimiter)
        self.next_line = at + 1
        if found is None:
            return flat, "a quote is opened here and never closed."
        values, end, damaged = found
        odd = damaged or len(values) != n_columns
        if end > at and odd and len(flat) == n_columns:
            return flat, "a quote is opened here and not closed in its value."
        self.next_line = end + 1
        return values, "quotes inside a quoted text are not doubled." if damaged else ""

    def _counted(self, record: Record, n_columns: int) -> Record:
        extra = record.values[n_columns:]
        if len(record.values) == n_columns:
            return record
        empty = bool(extra) and not any(value.strip() for value in extra)
        more = (
            f"A text with {_NAMES[self.delimiter]} in it needs quotes around the whole of it."
            if extra
            else "Fill in what is missing, or remove the row."
        )
        self.faults.append(
            RawFault(
                "column-count",
                f"this row has {len(record.values)} values, the header has {n_columns}.",
                Place(self.path, line=record.line, row=self.row),
                more,
                stops=not empty,
            )
        )
        return replace(record, values=record.values[:n_columns])


def _values(lines: Sequence[str], at: int, delimiter: str) -> tuple[list[str], int, bool] | None:
    """Values, last line and whether quotes were damaged; None if a quote is never closed."""
    values: list[str] = []
    damaged, position, line = False, 0, lines[at]
    while True:
        if line.startswith('"', position):
            closed = _closed(lines, at, position + 1, delimiter)
            if closed is None:
                return None
            value, at, position, odd = closed
            line, damaged = lines[at], damaged or odd
        else:
            end = line.find(delimiter, position)
            end = len(line) if end < 0 else end
            value, position = line[position:end], end
        values.append(value)
        if position >= len(line):
            return values, at, damaged
        position += 1  # the delimiter


def _closed(
    lines: Sequence[str], at: int, position: int, delimiter: str
) -> tuple[str, int, int, bool] | None:
    """The quoted value from ``position`` on; where it ends; whether a quote was not doubled.

    A quote closes the value only where a delimiter or the end of the line follows.
    """
    parts: list[str] = []
    line, damaged, last = lines[at], False, at + _MOST_LINES_OF_A_VALUE
    while True:
        quote = line.find('"', position)
        if quote < 0:
            at += 1
            if at >= len(lines) or at > last:
                return None
            parts += [line[position:], "\n"]
            line, position = lines[at], 0
            continue
        after = line[quote + 1 : quote + 2]
        if after == '"':
            parts.append(line[position : quote + 1])
            position = quote + 2
        elif after in ("", delimiter):
            parts.append(line[position:quote])
            return "".join(parts), at, quote + 1, damaged
        else:
            damaged = True
            parts.append(line[position : quote + 1])
            position = quote + 1
