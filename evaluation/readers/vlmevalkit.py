"""Reads a table as VLMEvalKit has it: tab-separated, options in columns A and B, base64 images."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.raw import RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.columns import fields_of
from evaluation.readers.document import beside
from evaluation.readers.encoded import encoded_image
from evaluation.readers.pictures import named_image
from evaluation.readers.rows import missing_columns, number_faults, row_of, values_of
from evaluation.readers.tables import Table, head, read_table

NAME = "vlmevalkit"
_NEEDED = {
    "number": "index",
    "question": "question",
    "option_a": "A",
    "option_b": "B",
    "answer": "answer",
}
# VLMEvalKit takes a text of so few characters for the index of the row that has the image.
_LONGEST_REFERENCE = 64


def table_of(path: Path) -> Path:
    """The first table in a folder; a file is the table itself."""
    if not path.is_dir():
        return path
    return min(path.glob("*.tsv"), default=path / "MMVP.tsv")


def recognises(path: Path) -> bool:
    """Whether there is a tab-separated table with a question in it."""
    table = table_of(path)
    return table.suffix.lower() == ".tsv" and "question" in fields_of(head(table, "\t"))


def read(path: Path) -> RawBenchmark:
    """The rows of the table with their images, and what is wrong with them.

    "None" and "NA" are texts here, which many other readers take for missing.

    Raises:
        UnreadableBenchmark: there is no table, or nothing in it.
    """
    file = table_of(path)
    table = read_table(file, "\t")
    fields = fields_of(table.header)
    needed = {**_NEEDED, **({} if "image_path" in fields else {"image": "image"})}
    if "options" in fields:
        needed = {field: name for field, name in needed.items() if "option" not in field}
    faults = [*table.faults, *missing_columns(table, needed)]
    images = _Images(table, fields)
    rows: list[RawRow] = []
    for row in range(1, len(table.records) + 1):
        faults += number_faults(table, row)
        rows.append(images.row(row))
    document, more = beside(file.parent)
    return RawBenchmark(
        name=file.stem,
        format=NAME,
        path=path,
        columns=table.header,
        rows=tuple(rows),
        faults=(*faults, *images.faults, *more),
        document=document,
        table=file,
    )


class _Images:
    """The images of the rows: their own, another row's, or a file."""

    def __init__(self, table: Table, fields: Mapping[str, str]) -> None:
        self._table, self._fields = table, fields
        self._folders = ("images/MMVP", f"images/{table.path.stem}", "images", "MMVP Images")
        self.faults: list[RawFault] = []
        self._row_of_index: dict[str, int] = {}
        for row in range(1, len(table.records) + 1):
            index = self._value(row, "number")
            if index:
                self._row_of_index.setdefault(index, row)

    def row(self, row: int) -> RawRow:
        """A row with its image."""
        values = values_of(self._table, row)
        found = {field: values.get(column) for field, column in self._fields.items()}
        image, name = self._image(row)
        return row_of(found, self._table.place(row), image, name)

    def _value(self, row: int, field: str) -> str:
        column = self._fields.get(field)
        return values_of(self._table, row).get(column, "").strip() if column else ""

    def _image(self, row: int) -> tuple[RawImage | None, str | None]:
        name = f"{self._value(row, 'number') or row}.jpg"
        written, holder = self._value(row, "image"), row
        for _ in self._table.records:  # a reference may lead to a reference, never in a circle
            if not written or len(written) > _LONGEST_REFERENCE:
                break
            holder = self._row_of_index.get(written, 0)
            if holder == 0:
                what = f"the image is that of row {written!r}, and there is no such row."
                return self._lost(row, "image-reference", what, name)
            written = self._value(holder, "image")
        if written and len(written) <= _LONGEST_REFERENCE:
            what = "the image is that of a row that refers back to this one."
            return self._lost(row, "image-reference", what, name)
        if not written:
            return self._file(holder)
        image = encoded_image(written, name)
        if image is None:
            what = "the text of the image is not base64, or it is cut short."
            return self._lost(row, "image-data", what, name)
        return image, name

    def _file(self, row: int) -> tuple[RawImage | None, str | None]:
        name = self._value(row, "image_path")
        if not name:
            return None, None
        root, place = self._table.path.parent, self._table.place(row, self._fields["image_path"])
        return named_image(root, self._folders, name, place, self.faults), name

    def _lost(self, row: int, code: str, message: str, name: str) -> tuple[None, str]:
        place = self._table.place(row, self._fields.get("image"))
        self.faults.append(RawFault(code, message, place, "Put the image there again."))
        return None, name
