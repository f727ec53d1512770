"""The people who annotate."""

from sqlmodel import col, select

from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.tables import Annotator
from db.times import now
from db.views import AnnotatorView


def ensure_annotator(database: Database, name: str) -> int:
    """The id of the person with this name, who is added if new; outer spaces do not count.

    Raises:
        DatabaseError: if the name is blank.
    """
    name = name.strip()
    if not name:
        raise DatabaseError("An annotator needs a name.")
    known = select(Annotator.id).where(Annotator.name == name)
    with database.read() as session:
        if (found := session.exec(known).first()) is not None:
            return found
    with database.write() as session:
        insert = database.insert(Annotator).values(name=name, created_at=now())
        added = session.exec(insert.on_conflict_do_nothing()).rowcount
        annotator_id = session.exec(known).one()
        if added:
            add_event(session, EventKind.annotator, {"name": name}, annotator_id=annotator_id)
        return annotator_id


def list_annotators(database: Database) -> list[AnnotatorView]:
    """Everybody, by name."""
    with database.read() as session:
        people = session.exec(select(Annotator).order_by(col(Annotator.name)))
        return [AnnotatorView(id=person.id, name=person.name) for person in people]
