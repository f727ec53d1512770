"""The images that lie in the workspace itself, found again after the workspace was moved."""

from collections.abc import Sequence
from pathlib import Path

import sqlmodel
from sqlmodel import Session, col

from db.database import Database
from db.deadlocks import retried
from db.history import EventKind, add_event
from db.import_tables import ImportRecord
from db.tables import ImagePath


@retried
def follow_workspace(database: Database, imported: Path) -> int:
    """Have the images of imports read from ``imported``, the workspace's folder as it is now.

    Only paths whose file is gone change, and only to files that are there; so a workspace that was
    moved, or restored elsewhere, shows its images, and one that was not is left as it is.

    Returns:
        The number of paths that changed; then there is one event, like that of a scan.
    """
    with database.read() as session:
        if not _moves(session, imported):
            return 0
    with database.write() as session:
        moves = _moves(session, imported)
        taken = set(session.exec(sqlmodel.select(ImagePath.path)))
        for row, path in moves:
            if str(path) in taken:
                row.present = False  # indexed at the new place already
            else:
                row.path, row.source = str(path), str(path.parent)
            session.add(row)
        if moves:
            data = {"source": str(imported), "complete": False, "n_moved": len(moves)}
            add_event(session, EventKind.scan, data)
        return len(moves)


def _moves(session: Session, imported: Path) -> Sequence[tuple[ImagePath, Path]]:
    """The rows of images of imports that are no longer there, and where they are now."""
    found = []
    for folder in session.exec(sqlmodel.select(ImportRecord.folder)):
        if folder is None:
            continue
        now = imported / folder
        query = sqlmodel.select(ImagePath).where(
            col(ImagePath.present),
            col(ImagePath.source) != str(now),
            col(ImagePath.source).endswith(f"/{imported.name}/{folder}", autoescape=True),
        )
        for row in session.exec(query):
            path = now / Path(row.path).name
            if path.is_file() and not Path(row.path).exists():
                found.append((row, path))
    return found
