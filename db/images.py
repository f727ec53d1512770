"""Images and the files that hold them: what a scan found, and what is there now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlmodel
from sqlalchemy import exists, func, inspect, select
from sqlmodel import Session, col

from db.database import Database
from db.history import EventKind, add_event
from db.image_files import FoundFile as FoundFile
from db.image_files import store_images, store_paths
from db.tables import ImagePath, ImageRecord
from db.views import ImageLabel, ImageView


@dataclass(frozen=True)
class ScanSummary:
    """What a scan changed.

    Each image found is new, moved (known, at a new path, an old path gone) or unchanged. Vanished
    images have no file left. ``n_duplicates`` counts the files beyond the first of each image in
    this scan; ``n_images`` all images of the workspace that have a file.
    """

    n_new: int
    n_moved: int
    n_vanished: int
    n_unchanged: int
    n_duplicates: int
    n_images: int


def record_scan(
    database: Database,
    source: Path,
    found: Sequence[FoundFile],
    *,
    complete: bool,
    gone: Collection[Path] = (),
) -> ScanSummary:
    """Store what a scan of ``source`` (folder or manifest) found, in one transaction.

    An exact duplicate is one more path of the same image; a path whose content changed points to
    its new image; a path that comes back is present again. ``complete`` says that everything of
    the source was seen: its other paths are then marked as vanished, and so are those in ``gone``,
    which other sources had and which are no longer there. Images are never deleted.
    A caption, label, group or metadata once given stays until another is given.
    """
    files: dict[str, FoundFile] = {}
    for file in found:
        files.setdefault(str(file.path), file)
    with database.write() as session:
        before = _present(session)
        known = set(session.exec(sqlmodel.select(ImageRecord.sha256)))
        image_ids = store_images(session, files.values())
        store_paths(
            session, source, files, image_ids, complete=complete, gone={str(one) for one in gone}
        )
        summary = _summary(files, known, before, _present(session))
        data = {"source": str(source), "complete": complete, **asdict(summary)}
        add_event(session, EventKind.scan, data)
    return summary


def _present(session: Session) -> dict[str, set[str]]:
    """The present paths of each image that has one, by hash."""
    query = (
        sqlmodel.select(ImageRecord.sha256, ImagePath.path)
        .join_from(ImagePath, ImageRecord)
        .where(col(ImagePath.present))
    )
    present: dict[str, set[str]] = {}
    for sha256, path in session.exec(query):
        present.setdefault(sha256, set()).add(path)
    return present


def _summary(
    files: Mapping[str, FoundFile],
    known: set[str],
    before: Mapping[str, set[str]],
    after: Mapping[str, set[str]],
) -> ScanSummary:
    found = {file.sha256 for file in files.values()}
    nothing: set[str] = set()
    moved = {
        sha256
        for sha256 in found & set(before)
        if before[sha256] - after.get(sha256, nothing)
        and after.get(sha256, nothing) - before[sha256]
    }
    return ScanSummary(
        n_new=len(found - known),
        n_moved=len(moved),
        n_vanished=len(set(before) - set(after)),
        n_unchanged=len(found & known) - len(moved),
        n_duplicates=len(files) - len(found),
        n_images=len(after),
    )


def known_files(database: Database) -> list[FoundFile]:
    """All files ever found, vanished ones too, by path."""
    image, file = inspect(ImageRecord).columns, inspect(ImagePath).columns
    names = ("sha256", "width", "height", "format", "caption", "label", "group")
    query = (
        select(*(image[name] for name in names), file.size_bytes, file.mtime_ns)
        .add_columns(file.path, image.perceptual_hash, image.extra)
        .join_from(ImagePath, ImageRecord)
        .order_by(file.path)
    )
    with database.read() as session:
        return [
            FoundFile(
                path=Path(row.pop("path")),
                perceptual_hash=int(row.pop("perceptual_hash"), 16),
                metadata=row.pop("extra"),
                **row,
            )
            for row in map(dict, session.connection().execute(query).mappings())
        ]


def list_images(database: Database) -> list[ImageView]:
    """The images that have a file, by id."""
    return [view for view in _views(database) if view.path is not None]


def image_labels(database: Database) -> list[ImageLabel]:
    """The same images as ``list_images`` in the same order, several times as fast."""
    has_file = exists().where(
        col(ImagePath.image_id) == col(ImageRecord.id), col(ImagePath.present)
    )
    query = (
        select(col(ImageRecord.id), col(ImageRecord.sha256), col(ImageRecord.label))
        .where(has_file)
        .order_by(col(ImageRecord.id))
    )
    with database.read() as session:
        return [ImageLabel(*row) for row in session.connection().execute(query)]


def get_image(database: Database, image_id: int) -> ImageView | None:
    """One image, vanished or not; None if there is none with this id."""
    return next(iter(_views(database, image_id)), None)


def _views(database: Database, image_id: int | None = None) -> list[ImageView]:
    query = select(*image_columns(ImageRecord)).order_by(col(ImageRecord.id))
    if image_id is not None:
        query = query.where(col(ImageRecord.id) == image_id)
    with database.read() as session:
        return [image_view(tuple(row)) for row in session.connection().execute(query)]


def image_columns(image: type[ImageRecord]) -> list[Any]:
    """What ``image_view`` needs of the image table or an alias of it."""
    paths = select(func.min(col(ImagePath.path))).where(col(ImagePath.image_id) == col(image.id))
    return [
        col(image.id),
        col(image.sha256),
        col(image.width),
        col(image.height),
        col(image.caption),
        col(image.label),
        col(image.group),
        paths.where(col(ImagePath.present)).scalar_subquery(),
        paths.scalar_subquery(),
    ]


def image_view(values: Sequence[Any]) -> ImageView:
    """The view from the values of ``image_columns``; its file is the first path in text order."""
    image_id, sha256, width, height, caption, label, group, present, last = values
    return ImageView(
        id=image_id,
        sha256=sha256,
        width=width,
        height=height,
        caption=caption,
        label=label,
        group=group,
        path=Path(present) if present is not None else None,
        file_name=Path(present or last or "").name,
    )


def perceptual_hashes(database: Database) -> dict[str, int]:
    """The perceptual hash of every image, as an unsigned 64-bit number, by SHA-256."""
    query = sqlmodel.select(ImageRecord.sha256, ImageRecord.perceptual_hash)
    with database.read() as session:
        return {sha256: int(text, 16) for sha256, text in session.exec(query)}


def image_metadata(database: Database, image_id: int) -> dict[str, str]:
    """The manifest's other columns for an image; empty if it has none or does not exist."""
    with database.read() as session:
        image = session.get(ImageRecord, image_id)
        return dict(image.extra) if image else {}
