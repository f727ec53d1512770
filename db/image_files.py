"""Putting image files into the tables, inside a transaction of whoever found them."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlmodel
from sqlalchemy import insert, inspect, select, update
from sqlmodel import Session

from db.tables import ImagePath, ImageRecord, Table


@dataclass(frozen=True)
class FoundFile:
    """A file that holds an image; ``perceptual_hash`` is an unsigned 64-bit number."""

    path: Path
    sha256: str
    width: int
    height: int
    format: str
    size_bytes: int
    mtime_ns: int
    perceptual_hash: int
    caption: str | None
    label: str | None
    group: str | None
    metadata: dict[str, str]


def _image_values(file: FoundFile) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "format": file.format,
        "size_bytes": file.size_bytes,
        "perceptual_hash": f"{file.perceptual_hash:016x}",
        "caption": file.caption,
        "label": file.label,
        "group": file.group,
        "extra": file.metadata,
    }


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """``new``, and where it says nothing about the image what ``old`` says."""
    said = {key: new[key] or old[key] for key in ("caption", "label", "group", "extra")}
    return {**new, **said}


def store_images(session: Session, files: Iterable[FoundFile]) -> dict[str, int]:
    """Add the new images and refresh the known ones; the ids of all by hash."""
    wanted: dict[str, dict[str, Any]] = {}
    for file in files:
        values = _image_values(file)
        earlier = wanted.get(file.sha256)
        wanted[file.sha256] = _merged(values, earlier) if earlier else values
    changed = []
    for row in session.connection().execute(select(*_columns(ImageRecord))).mappings():
        if values := wanted.pop(row["sha256"], {}):
            merged = {"id": row["id"], **_merged(dict(row), values)}
            if merged != dict(row):
                changed.append(merged)
    if wanted:
        session.exec(insert(ImageRecord), params=list(wanted.values()))
    if changed:
        session.exec(update(ImageRecord), params=changed)
    return dict(session.exec(sqlmodel.select(ImageRecord.sha256, ImageRecord.id)).all())


def store_paths(
    session: Session,
    source: Path,
    files: Mapping[str, FoundFile],
    image_ids: Mapping[str, int],
    *,
    complete: bool,
    gone: Collection[str] = (),
) -> None:
    """Say which image each of these files holds; the others of ``source`` vanished, if complete.

    So did the paths in ``gone``, whichever source they are of.
    """
    wanted = {
        path: {
            "path": path,
            "image_id": image_ids[file.sha256],
            "size_bytes": file.size_bytes,
            "mtime_ns": file.mtime_ns,
            "present": True,
        }
        for path, file in files.items()
    }
    changed = []
    for row in session.connection().execute(select(*_columns(ImagePath))).mappings():
        old = dict(row)
        if values := wanted.pop(old["path"], None):
            # a present path stays with the source that found it first
            new = {**old, **values, "source": old["source"] if old["present"] else str(source)}
        else:
            vanished = old["path"] in gone or (complete and _is_of(source, old))
            new = {**old, "present": old["present"] and not vanished}
        if new != old:
            changed.append(new)
    if wanted:
        rows = [{**values, "source": str(source)} for values in wanted.values()]
        session.exec(insert(ImagePath), params=rows)
    if changed:
        session.exec(update(ImagePath), params=changed)


def _is_of(source: Path, row: Mapping[str, Any]) -> bool:
    """Whether a complete scan of ``source`` must have met this path."""
    inside = row["path"].startswith(f"{source}{os.sep}")
    return inside or bool(row["source"] == str(source))


def _columns(table: type[Table]) -> list[Any]:
    return list(inspect(table).columns)
