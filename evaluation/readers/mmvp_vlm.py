"""Reads the layout of MMVP-VLM: statements, and images in one folder a pattern."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.labels import same_pattern
from evaluation.raw import Place, RawBenchmark, RawFault, RawImage, RawRow
from evaluation.readers.columns import fields_of, whole_number
from evaluation.readers.document import beside
from evaluation.readers.mmvp import name_of, table_of
from evaluation.readers.pictures import Pictures, find_folder, folders_in
from evaluation.readers.rows import missing_columns, number_faults, row_of, values_of
from evaluation.readers.tables import Table, head, read_table

NAME = "mmvp-vlm"
IMAGES = "MLLM_VLM Images"
# README, script and loaders of MMVP-VLM each have another name for it.
_FOLDERS = (IMAGES, "MLLM_VLM_Images", "MMVP_VLM_Images", "MMVP_VLM Images", "images")
_NEEDED = {"number": "Question ID", "pattern": "Type", "statement": "Statement"}


def recognises(path: Path) -> bool:
    """Whether there is a table with a statement about each image."""
    table = table_of(path)
    if table.suffix.lower() not in (".csv", ".txt"):
        return False
    fields = fields_of(head(table))
    return "statement" in fields and "question" not in fields


def read(path: Path) -> RawBenchmark:
    """The statements with their images, and what is wrong with them.

    Raises:
        UnreadableBenchmark: there is no table, or nothing in it.
    """
    file = table_of(path)
    table = read_table(file)
    fields = fields_of(table.header)
    pictures = _ByPattern(find_folder(file.parent, _FOLDERS))
    faults = [*table.faults, *missing_columns(table, _NEEDED)]
    rows = []
    for row in range(1, len(table.records) + 1):
        rows.append(_row(table, row, fields, pictures))
        faults += number_faults(table, row)
    document, more = beside(file.parent)
    return RawBenchmark(
        name=name_of(file),
        format=NAME,
        path=path,
        columns=table.header,
        rows=tuple(rows),
        faults=(*faults, *_out_of_place(rows), *pictures.faults, *more),
        document=document,
        table=file,
        unnamed_images=pictures.unnamed,
    )


def _row(table: Table, row: int, fields: Mapping[str, str], pictures: "_ByPattern") -> RawRow:
    values = values_of(table, row)
    found = {field: values.get(column) for field, column in fields.items()}
    number, place = whole_number(found.get("number")), table.place(row)
    pattern = (found.get("pattern") or "").strip()
    image, image_name = pictures.numbered(pattern, str(row if number is None else number), place)
    return row_of(found, place, image, image_name)


def _out_of_place(rows: list[RawRow]) -> list[RawFault]:
    """Numbers that are not those of their place: MMVP-VLM's own script goes by both."""
    return [
        RawFault(
            "number",
            f"the row has the number {row.number} and stands in place {row.place.row}.",
            row.place,
            "Number the rows from 1 on, without gaps.",
            stops=False,
        )
        for row in rows
        if whole_number(row.number) not in (None, row.place.row)
    ]


class _ByPattern:
    """The image folders of the patterns, each found by what the table calls its pattern."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._folders = folders_in(root) if root is not None else []
        self._found: dict[str, Pictures] = {}
        self._opened: dict[Path | None, Pictures] = {}

    def numbered(self, pattern: str, number: str, place: Place) -> tuple[RawImage | None, str]:
        """The image of a row's pattern and number; and what it is called."""
        if pattern not in self._found:
            self._found[pattern] = self._open(self._folder_of(pattern), pattern)
        image, name = self._found[pattern].numbered(number, place)
        if image is None:  # all images may lie in one folder
            image, flat = self._open(self._root, "").numbered(number, place)
            name = flat if image else name
        return image, name

    def _open(self, folder: Path | None, pattern: str) -> Pictures:
        if folder is None:
            return Pictures(None, f"{IMAGES}/{pattern}".rstrip("/"))
        if folder not in self._opened:
            self._opened[folder] = Pictures(folder, f"{IMAGES}/{pattern}".rstrip("/"))
        return self._opened[folder]

    def _folder_of(self, pattern: str) -> Path | None:
        exact = next((one for one in self._folders if one.name == pattern), None)
        alike = (one for one in self._folders if same_pattern(one.name, pattern))
        return exact or next(alike, None)

    @property
    def faults(self) -> list[RawFault]:
        """What is odd about the image files."""
        return [fault for pictures in self._opened.values() for fault in pictures.faults]

    @property
    def unnamed(self) -> tuple[Path, ...]:
        """The image files that no row has asked for, in folders that rows name."""
        return tuple(path for pictures in self._opened.values() for path in pictures.unnamed)
