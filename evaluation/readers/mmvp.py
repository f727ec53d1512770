"""Reads the layout of MMVP: Questions.csv beside numbered images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluation.raw import Place, RawBenchmark, RawFault, RawRow
from evaluation.readers.columns import fields_of, whole_number
from evaluation.readers.document import beside
from evaluation.readers.pictures import Pictures, find_folder
from evaluation.readers.rows import missing_columns, number_faults, row_of, values_of
from evaluation.readers.tables import Table, head, read_table

NAME = "mmvp"
QUESTIONS, IMAGES = "Questions.csv", "MMVP Images"
# The second is how published versions of MMVP's own script spell it.
_FOLDERS = (IMAGES, "MMVP Imgaes", "MMVP_Images", "images")
_NEEDED = {
    "number": "Index",
    "question": "Question",
    "options": "Options",
    "answer": "Correct Answer",
}


def table_of(path: Path) -> Path:
    """Questions.csv in a folder, in whatever case; a file is the table itself."""
    if not path.is_dir():
        return path
    names = [entry for entry in path.iterdir() if entry.name.casefold() == QUESTIONS.casefold()]
    return min(names, default=path / QUESTIONS)


def name_of(table: Path) -> str:
    """What a benchmark is called: its folder, or a table with a name of its own."""
    if table.name.casefold() != QUESTIONS.casefold():
        return table.stem
    return table.resolve().parent.name or table.stem


def recognises(path: Path) -> bool:
    """Whether there is a table with a question and its options in one column."""
    table = table_of(path)
    fields = fields_of(head(table)) if table.suffix.lower() in (".csv", ".txt") else {}
    return "question" in fields and "statement" not in fields


def read(path: Path) -> RawBenchmark:
    """The rows of Questions.csv with their images, and what is wrong with them.

    Raises:
        UnreadableBenchmark: there is no table, or nothing in it.
    """
    file = table_of(path)
    table = read_table(file)
    fields = fields_of(table.header)
    pictures = Pictures(find_folder(file.parent, _FOLDERS), IMAGES)
    faults = [*table.faults, *missing_columns(table, _needed(fields)), *_folder_fault(pictures)]
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
        faults=(*faults, *pictures.faults, *more),
        document=document,
        table=file,
        unnamed_images=pictures.unnamed,
    )


def _needed(fields: Mapping[str, str]) -> dict[str, str]:
    apart = {"option_a", "option_b"} <= fields.keys()
    return {field: name for field, name in _NEEDED.items() if not (field == "options" and apart)}


def _row(table: Table, row: int, fields: Mapping[str, str], pictures: Pictures) -> RawRow:
    values = values_of(table, row)
    found = {field: values.get(column) for field, column in fields.items()}
    number, place = whole_number(found.get("number")), table.place(row)
    image, image_name = pictures.numbered(str(row if number is None else number), place)
    return row_of(found, place, image, image_name)


def _folder_fault(pictures: Pictures) -> Sequence[RawFault]:
    if pictures.folder is None or pictures.folder.name == IMAGES:
        return ()
    return (
        RawFault(
            "image-folder",
            f"the folder of the images is called {pictures.folder.name!r}.",
            Place(pictures.folder),
            f"Most programs look for {IMAGES!r}.",
            stops=False,
        ),
    )
