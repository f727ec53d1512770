"""All that people said as one file: CSV for a spreadsheet, JSON for a program."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum

from annotator.studio import Studio
from db.raw_annotations import COLUMNS, Row, raw_rows
from evaluation.spreadsheets import csv_lines


class RawFormat(StrEnum):
    """How raw annotations are written."""

    csv = "csv"
    json = "json"


def raw_annotations(studio: Studio, form: RawFormat) -> Iterator[str]:
    """The file in pieces, so that it never lies whole in memory.

    In CSV a text that a spreadsheet would compute has an apostrophe before it; JSON has the very
    words, and leaves out what a row has no value for.
    """
    return _WRITERS[form](raw_rows(studio.database))


def _csv(rows: Iterator[Row]) -> Iterator[str]:
    return csv_lines(COLUMNS, rows)


def _json(rows: Iterator[Row]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        given = {name: row[name] for name in COLUMNS if row.get(name) is not None}
        yield before + json.dumps(given, default=_plain, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_WRITERS: dict[RawFormat, Callable[[Iterator[Row]], Iterator[str]]] = {
    RawFormat.csv: _csv,
    RawFormat.json: _json,
}
