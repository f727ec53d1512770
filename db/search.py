"""Finding images by what is written about them: file names, captions, labels, groups, metadata."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlmodel import Session, col

from db.database import Database
from db.images import image_columns, image_view
from db.tables import ImagePath, ImageRecord
from db.views import ImageView

_MOST_WORDS = 12
_ESCAPE = "\\"


def find_images(database: Database, text: str) -> list[ImageView]:
    """The images about which every word of ``text`` is written somewhere, by id.

    A word may be part of another one, and capitals do not count. It is looked for in the paths
    below the folder that was indexed, in caption, label and group, and in the values of the
    manifest's other columns. Only images that have a file are found; nothing is found for no words.
    """
    words = [_plain(word) for word in text.split()[:_MOST_WORDS]]
    if not words:
        return []
    with database.read() as session:
        written = list(_candidates(session, words))
        found = [
            image_id
            for image_id, texts in written
            if all(any(word in each for each in texts) for word in words)
        ]
        return _views(session, found)


def sample_images(database: Database, n_images: int) -> list[ImageView]:
    """So many images that have a file, the same ones every time, chosen without regard to content.

    The order of their hashes is as good as random.
    """
    query = (
        select(*image_columns(ImageRecord))
        .where(_has_file())
        .order_by(col(ImageRecord.sha256))
        .limit(n_images)
    )
    with database.read() as session:
        return [image_view(tuple(row)) for row in session.connection().execute(query)]


def _plain(text: str) -> str:
    """Text as it is compared: composed, and without capitals; file names come in both forms."""
    return unicodedata.normalize("NFC", text).casefold()


def _has_file() -> ColumnElement[bool]:
    return exists().where(col(ImagePath.image_id) == col(ImageRecord.id), col(ImagePath.present))


def _candidates(session: Session, words: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Images that may match, with all texts about them, compared as they must be.

    A database folds ASCII capitals at most, so what is no ASCII is left open in its patterns.
    """
    paths = (
        select(col(ImagePath.image_id), _below_source().label("path"))
        .where(col(ImagePath.present))
        .subquery()
    )
    other = paths.alias()
    values = _extra_values(session)
    conditions = []
    for word in words:
        pattern = _pattern(word)
        conditions.append(
            or_(
                *(_like(column, pattern) for column in _text_columns()),
                exists().where(
                    other.c.image_id == col(ImageRecord.id), _like(other.c.path, pattern)
                ),
                exists(select(1).select_from(values).where(_like(values.c.value, pattern))),
            )
        )
    query = (
        select(col(ImageRecord.id), *_text_columns(), col(ImageRecord.extra), paths.c.path)
        .join(paths, paths.c.image_id == col(ImageRecord.id))
        .where(and_(*conditions))
        .order_by(col(ImageRecord.id), paths.c.path)
    )
    texts: list[str] = []
    last: int | None = None
    for image_id, caption, label, group, extra, path in session.connection().execute(query):
        if image_id != last:
            if last is not None:
                yield last, texts
            said = (caption, label, group, *(extra or {}).values())
            last, texts = image_id, [_plain(str(each)) for each in said if each]
        texts.append(_plain(path))
    if last is not None:
        yield last, texts


def _text_columns() -> list[Any]:
    return [col(ImageRecord.caption), col(ImageRecord.label), col(ImageRecord.group)]


def _below_source() -> ColumnElement[str]:
    """A path without the folder that was indexed: its name is in the path of every image."""
    path, source = col(ImagePath.path), col(ImagePath.source)
    inside = func.substr(path, 1, func.length(source)) == source
    return case((inside, func.substr(path, func.length(source) + 1)), else_=path)


def _extra_values(session: Session) -> Any:  # noqa: ANN401 - a table-valued function
    """The values of the manifest's other columns as rows of one column, ``value``."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    each = func.json_each if sqlite else func.json_each_text
    return each(col(ImageRecord.extra)).table_valued("key", "value")


def _pattern(word: str) -> str:
    """A LIKE pattern that finds at least every text with this word in it."""
    marks = {"%", "_", _ESCAPE}
    parts = (
        "%" if ord(mark) > 127 else f"{_ESCAPE}{mark}" if mark in marks else mark for mark in word
    )
    return f"%{''.join(parts)}%"


def _like(column: Any, pattern: str) -> ColumnElement[bool]:  # noqa: ANN401 - any text column
    found: ColumnElement[bool] = column.ilike(pattern, escape=_ESCAPE)
    return found


def _views(session: Session, image_ids: list[int]) -> list[ImageView]:
    """The images with these ids in their order; asked for in parts, as queries are limited."""
    views: dict[int, ImageView] = {}
    for start in range(0, len(image_ids), 500):
        part = image_ids[start : start + 500]
        query = select(*image_columns(ImageRecord)).where(col(ImageRecord.id).in_(part))
        for row in session.connection().execute(query):
            view = image_view(tuple(row))
            views[view.id] = view
    return [views[image_id] for image_id in image_ids if image_id in views]
