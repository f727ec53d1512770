"""What readers of tables share: a row out of its values, and faults of columns and numbers."""

from collections.abc import Mapping

from evaluation.raw import Place, RawFault, RawImage, RawRow
from evaluation.readers.columns import columns_of, fields_of, split_options, whole_number
from evaluation.readers.tables import Table


def row_of(
    found: Mapping[str, str | None],
    place: Place,
    image: RawImage | None,
    image_name: str | None,
) -> RawRow:
    """A row from its values by field; options of one column are taken apart."""
    options = found.get("options")
    both = split_options(options) if options else None
    option_a, option_b = both or (found.get("option_a"), found.get("option_b"))
    return RawRow(
        place=place,
        number=_filled(found.get("number")),
        question=found.get("question"),
        options=options,
        option_a=option_a,
        option_b=option_b,
        answer=found.get("answer"),
        pattern=_filled(found.get("pattern")),
        pair=_filled(found.get("pair")),
        statement=found.get("statement"),
        image=image,
        image_name=image_name,
    )


def _filled(value: str | None) -> str | None:
    return (value or "").strip() or None


def missing_columns(table: Table, needed: Mapping[str, str]) -> list[RawFault]:
    """The faults of a table that lacks columns or rows; from field to the column's usual name."""
    place = Place(table.path)
    faults = []
    fields = fields_of(table.header)
    missing = [name for field, name in needed.items() if field not in fields]
    if missing:
        hint = f"The first line should be: {', '.join(needed.values())}."
        message = f"it has no column {', '.join(missing)}."
        faults.append(RawFault("missing-column", message, place, hint))
    if not table.records:
        hint = "Each line under the header is one question about one image."
        faults.append(RawFault("no-rows", "it has no rows.", place, hint))
    return faults


def values_of(table: Table, row: int) -> dict[str, str]:
    """The values of a row by column name; those that the row lacks are not there."""
    values: dict[str, str] = {}
    for name, value in zip(table.header, table.records[row - 1].values, strict=False):
        values.setdefault(name, value)
    return values


def number_faults(table: Table, row: int) -> list[RawFault]:
    """A number that is missing, no whole number, or not the same in both of its columns."""
    values = values_of(table, row)
    written = {
        column: values.get(column, "").strip() for column in columns_of("number", table.header)
    }
    faults = []
    for column, value in list(written.items())[:1]:
        if whole_number(value) is None:
            message = f"{column} is {value!r}; it should be a whole number."
            faults.append(RawFault("number", message, table.place(row, column)))
    if len(set(written.values())) > 1:
        said = " and ".join(f"{column} {value!r}" for column, value in written.items())
        hint = "Correct the number, or remove one of the columns."
        message = f"the row has two numbers: {said}."
        faults.append(RawFault("number", message, table.place(row, next(iter(written))), hint))
    return faults
