"""What the maps colour images by: their label, their group and the manifest's own columns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import cast as as_type
from sqlalchemy import exists, select
from sqlalchemy.types import Text
from sqlmodel import col

from db.database import Database
from db.tables import ImagePath, ImageRecord


@dataclass(frozen=True)
class ImageFields:
    """The little that the maps need of an image; there may be a hundred thousand."""

    id: int
    sha256: str
    label: str | None
    group: str | None
    extra: Mapping[str, str]


def image_fields(database: Database) -> list[ImageFields]:
    """The images that have a file, by id: the same as ``list_images``, several times as fast."""
    has_file = exists().where(
        col(ImagePath.image_id) == col(ImageRecord.id), col(ImagePath.present)
    )
    query = (
        select(
            col(ImageRecord.id),
            col(ImageRecord.sha256),
            col(ImageRecord.label),
            col(ImageRecord.group),
            as_type(col(ImageRecord.extra), Text),
        )
        .where(has_file)
        .order_by(col(ImageRecord.id))
    )
    with database.read() as session:
        return [
            ImageFields(id_, sha256, label, group, {} if extra in _NONE else json.loads(extra))
            for id_, sha256, label, group, extra in session.connection().execute(query)
        ]


_NONE = (None, "{}", "null")
