"""Rows with images in one Parquet file, as the `datasets` library stores and decodes them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from evaluation.errors import UnfitForFormat

IMAGE = "image"
_IMAGE_TYPE = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
_TYPES = {"int64": pyarrow.int64(), "string": pyarrow.string(), IMAGE: _IMAGE_TYPE}
# A group of rows is decoded at once, so a group holds few images.
_ROWS_PER_GROUP = 100

Columns = Mapping[str, str | Sequence[str]]
"""From names of columns to int64, string or image, or to the names of a column's classes."""


def write_parquet(path: Path, columns: Columns, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the rows; the same rows give the same bytes.

    A class is given by its name. The metadata is that of ``datasets``, which reads its features
    from there.

    Raises:
        UnfitForFormat: the library cannot write a value.
    """
    schema = _schema(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with pyarrow.parquet.ParquetWriter(path, schema) as writer:
            group: list[Mapping[str, Any]] = []
            for row in rows:
                group.append({name: _value(columns[name], row[name]) for name in columns})
                if len(group) == _ROWS_PER_GROUP:
                    writer.write_table(pyarrow.Table.from_pylist(group, schema))
                    group = []
            if group:
                writer.write_table(pyarrow.Table.from_pylist(group, schema))
    except pyarrow.ArrowException as error:
        raise UnfitForFormat(f"Parquet cannot hold this: {error}.") from error


def image_value(data: bytes, name: str) -> dict[str, Any]:
    """An image as a cell."""
    return {"bytes": data, "path": name}


def features_yaml(columns: Columns) -> str:
    """The features as a card of Hugging Face lists them, indented by two spaces."""
    lines = ["  features:"]
    for name, kind in columns.items():
        lines.append(f"  - name: {json.dumps(name)}")
        if isinstance(kind, str):
            lines.append(f"    dtype: {kind}")
        else:
            lines += ["    dtype:", "      class_label:", "        names:"]
            lines += [
                f"          '{at}': {json.dumps(one, ensure_ascii=False)}"
                for at, one in enumerate(kind)
            ]
    return "\n".join(lines) + "\n"


def _schema(columns: Columns) -> pyarrow.Schema:
    features = {name: _feature(kind) for name, kind in columns.items()}
    told = json.dumps({"info": {"features": features}}, ensure_ascii=False)
    fields = [
        (name, _TYPES[kind] if isinstance(kind, str) else pyarrow.int64())
        for name, kind in columns.items()
    ]
    return pyarrow.schema(fields, metadata={"huggingface": told})


def _feature(kind: str | Sequence[str]) -> dict[str, Any]:
    if kind == IMAGE:
        return {"_type": "Image"}
    if isinstance(kind, str):
        return {"dtype": kind, "_type": "Value"}
    return {"names": list(kind), "_type": "ClassLabel"}


def _value(kind: str | Sequence[str], value: Any) -> Any:  # noqa: ANN401
    return value if isinstance(kind, str) else list(kind).index(value)
