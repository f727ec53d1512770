"""Reads Parquet files as lmms-eval and Hugging Face data sets have them, with images inside."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet

from evaluation.errors import UnreadableBenchmark
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.columns import fields_of, options_of, whole_number
from evaluation.readers.document import beside
from evaluation.readers.encoded import encoded_image
from evaluation.readers.pictures import named_image
from evaluation.readers.rows import row_of

LMMS_EVAL, HUGGING_FACE = "lmms-eval", "hf"
_NEEDED = {"question": "question", "answer": "answer", "image": "image"}
_FAILURES = (pyarrow.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError)
_DAMAGED = "Copy or download it again."


def files_of(path: Path) -> list[Path]:
    """The Parquet files of a folder or of ``data`` in it, by name; a file is the only one."""
    if not path.is_dir():
        return [path]
    return sorted(path.glob("*.parquet")) or sorted(path.glob("data/*.parquet"))


def recognises_lmms_eval(path: Path) -> bool:
    """Whether there are questions with both options in one column."""
    fields = _fields(path)
    return "question" in fields and "options" in fields


def recognises_hugging_face(path: Path) -> bool:
    """Whether there are questions in Parquet files, whatever their other columns."""
    return "question" in _fields(path)


def _fields(path: Path) -> dict[str, str]:
    files = [file for file in files_of(path) if file.suffix.lower() == ".parquet"]
    try:
        return fields_of(pyarrow.parquet.read_schema(files[0]).names) if files else {}
    except _FAILURES:
        return {}


def read_lmms_eval(path: Path) -> RawBenchmark:
    """The rows of all files with their images, and what is wrong with them.

    Raises:
        UnreadableBenchmark: no file can be read.
    """
    return _read(path, LMMS_EVAL)


def read_hugging_face(path: Path) -> RawBenchmark:
    """The rows of all files with their images, and what is wrong with them.

    Raises:
        UnreadableBenchmark: no file can be read.
    """
    return _read(path, HUGGING_FACE)


def _read(path: Path, name: str) -> RawBenchmark:
    files = files_of(path)
    if not files:
        raise UnreadableBenchmark("there is no Parquet file here.", where=str(path))
    faults: list[RawFault] = []
    rows: list[RawRow] = []
    columns: Sequence[str] = ()
    for file in files:
        try:
            table = pyarrow.parquet.ParquetFile(file).read()
            records = table.to_pylist()
        except _FAILURES as error:
            reason = " ".join(str(error).split())[:200]
            what = f"this file is no Parquet, or damaged: {reason}."
            faults.append(RawFault("shard", what, Place(file), _DAMAGED))
            continue
        columns = columns or tuple(table.column_names)
        shard = _Shard(file, table.schema, path)
        rows += [shard.row(record, len(rows) + at) for at, record in enumerate(records, 1)]
        faults += shard.faults
    if not columns:
        raise UnreadableBenchmark(faults[0].message, where=str(files[0]), hint=_DAMAGED)
    root = path if path.is_dir() else path.parent
    document, more = beside(root)
    return RawBenchmark(
        name=path.resolve().name if path.is_dir() else path.stem,
        format=name,
        path=path,
        columns=columns,
        rows=tuple(rows),
        faults=(*faults, *_column_faults(columns, rows, files[0]), *more),
        document=document,
        table=files[0],
    )


def _column_faults(columns: Sequence[str], rows: Sequence[RawRow], file: Path) -> list[RawFault]:
    fields = fields_of(columns)
    apart = {"option_a", "option_b"} <= fields.keys()
    needed = _NEEDED if apart else {**_NEEDED, "options": "options"}
    missing = [name for field, name in needed.items() if field not in fields]
    faults = []
    if missing:
        hint = f"The columns are: {', '.join(columns)}."
        message = f"it has no column {', '.join(missing)}."
        faults.append(RawFault("missing-column", message, Place(file), hint))
    if not rows:
        faults.append(RawFault("no-rows", "it has no rows.", Place(file)))
    return faults


class _Shard:
    """One Parquet file: its rows as texts, and their images."""

    def __init__(self, file: Path, schema: pyarrow.Schema, path: Path) -> None:
        self._file, self._fields = file, fields_of(schema.names)
        self._root = path if path.is_dir() else file.parent
        self._labels = _class_labels(schema)
        self.faults: list[RawFault] = []
        number = self._fields.get("number")
        if number and pyarrow.types.is_string(schema.field(number).type):
            self._fault(None, number, "the numbers are text; lmms-eval needs whole numbers.", False)

    def row(self, record: Mapping[str, object], row: int) -> RawRow:
        """A record as a row; ``row`` counts from 1 over all files."""
        found: dict[str, str | None] = {}
        for field, column in self._fields.items():
            if field != "image":
                found[field] = self._text(column, record.get(column))
        both = self._options(record)
        if both:
            found |= {"options": None, "option_a": both[0], "option_b": both[1]}
        self._number(found, row)
        image, name = self._image(record, found, row)
        return row_of(found, Place(self._file, row=row), image, name)

    def _options(self, record: Mapping[str, object]) -> tuple[str, str] | None:
        options = record.get(self._fields.get("options", ""))
        return options_of(options) if isinstance(options, list) else None

    def _text(self, column: str, value: object) -> str | None:
        names = self._labels.get(column)
        if names and isinstance(value, int) and 0 <= value < len(names):
            return names[value]
        if value is None or isinstance(value, str):
            return value
        return str(value)

    def _number(self, found: Mapping[str, str | None], row: int) -> None:
        column = self._fields.get("number")
        if column and whole_number(found.get("number")) is None:
            what = f"{column} is {found.get('number')!r}; it should be a whole number."
            self._fault(row, column, what, True)

    def _fault(self, row: int | None, column: str, message: str, stops: bool) -> None:
        place = Place(self._file, row=row, column=column)
        self.faults.append(RawFault("number", message, place, stops=stops))

    def _image(
        self, record: Mapping[str, object], found: Mapping[str, str | None], row: int
    ) -> tuple[RawImage | None, str | None]:
        """The image of a record: bytes, a struct of bytes and path as ``datasets`` has, or text."""
        value = record.get(self._fields.get("image", ""))
        path = found.get("image_path")
        if isinstance(value, Mapping):
            inner = value.get("path")
            path = inner if isinstance(inner, str) and inner else path
            value = value.get("bytes")
        name = path or f"{found.get('number') or row}.jpg"
        if isinstance(value, bytes) and value:
            content = value
            return RawImage(name, lambda: content), name
        if isinstance(value, str) and value:
            image = encoded_image(value, name)
            if image is not None:
                return image, name
            name = value
        place = Place(self._file, row=row, column=self._fields.get("image"))
        return named_image(self._root, ("images", "MMVP Images"), name, place, self.faults), name


def _class_labels(schema: pyarrow.Schema) -> dict[str, list[str]]:
    """The names of the columns that ``datasets`` stores as numbers of a list of names."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
