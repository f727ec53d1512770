"""Named selections of pairs and images, and whose queue is restricted to which."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import Decision, PairState
from db.pairs import is_live
from db.policy import read_policy
from db.queue_tables import QueueFilter, Selection, SelectionImage, SelectionPair
from db.tables import Annotation, Annotator, CandidatePair, ImageRecord
from db.times import now

LONGEST_NAME = 80
_ROWS_AT_ONCE = 10_000


class NameTaken(DatabaseError):
    """Another selection has this name."""


class NotYours(DatabaseError):
    """Somebody else made this selection."""


@dataclass(frozen=True)
class SelectionView:
    """A named selection; ``n_left`` of its pairs are still to be done by the person who asks."""

    id: int
    name: str
    created_by: str
    created_at: datetime
    n_pairs: int
    n_left: int


def create_selection(
    database: Database,
    name: str,
    *,
    annotator_id: int,
    pair_ids: Iterable[int] | None = None,
    image_ids: Iterable[int] = (),
) -> SelectionView:
    """Name a selection of pairs, and of the images that were picked.

    Args:
        pair_ids: its pairs; None for the pairs of the newest runs that have one of the images.
        image_ids: the images that were picked, with or without pairs; they are kept as they are.

    Raises:
        NameTaken: if another selection has the name.
        DatabaseError: if the name is blank or too long, a pair or image is unknown, or none is
            given.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise DatabaseError(f"A selection needs a name of 1 to {LONGEST_NAME} characters.")
    with database.write() as session:
        if session.connection().execute(_NAMED.where(col(Selection.name) == name)).first():
            raise NameTaken(f"There is a selection {name} already.", hint="Choose another name.")
        images = _known(session, ImageRecord, set(image_ids))
        if pair_ids is None:
            pairs = _pairs_of(session, images)
        else:
            pairs = _known(session, CandidatePair, set(pair_ids))
        if not pairs and not images:
            raise DatabaseError("There is no pair and no image in this selection.")
        stored = Selection(name=name, created_by=annotator_id, created_at=now())
        session.add(stored)
        session.flush()
        _store(database, session, stored.id, pairs=pairs, images=images)
        data = {
            "id": stored.id,
            "name": name,
            "pair_ids": sorted(pairs),
            "image_ids": sorted(images),
        }
        add_event(session, EventKind.selection, data, annotator_id=annotator_id)
        session.flush()
        return _views(session, annotator_id, stored.id)[0]


_NAMED = select(col(Selection.id))


def _batches(ids: set[int]) -> Iterable[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        yield some


def _store(
    database: Database,
    session: Session,
    selection_id: int,
    *,
    pairs: Collection[int],
    images: Collection[int],
) -> None:
    for table, column, ids in (
        (SelectionPair, "pair_id", pairs),
        (SelectionImage, "image_id", images),
    ):
        rows = [{"selection_id": selection_id, column: one} for one in sorted(ids)]
        if rows:
            session.connection().execute(database.insert(table), rows)


def _known(
    session: Session, table: type[CandidatePair] | type[ImageRecord], ids: set[int]
) -> set[int]:
    known: set[int] = set()
    for some in _batches(ids):
        known.update(
            session.connection().scalars(select(col(table.id)).where(col(table.id).in_(some)))
        )
    if missing := ids - known:
        kind = "image" if table is ImageRecord else "pair"
        raise DatabaseError(f"There is no {kind} {min(missing)}.")
    return known


def _pairs_of(session: Session, images: set[int]) -> set[int]:
    found: set[int] = set()
    for column in (col(CandidatePair.first_image_id), col(CandidatePair.second_image_id)):
        for some in _batches(images):
            query = select(col(CandidatePair.id)).where(column.in_(some), is_live())
            found.update(session.connection().scalars(query))
    return found


def list_selections(database: Database, *, annotator_id: int) -> list[SelectionView]:
    """All selections, newest first; what is left is counted for this person."""
    with database.read() as session:
        return _views(session, annotator_id)


def get_selection(
    database: Database, selection_id: int, *, annotator_id: int
) -> SelectionView | None:
    """One selection; None if there is none with this id."""
    with database.read() as session:
        return next(iter(_views(session, annotator_id, selection_id)), None)


def selected_pairs(database: Database, selection_id: int) -> list[tuple[int, int, int]]:
    """The pairs of a selection as (pair, first image, second image), by rank."""
    query = (
        select(
            col(CandidatePair.id),
            col(CandidatePair.first_image_id),
            col(CandidatePair.second_image_id),
        )
        .join(SelectionPair, col(SelectionPair.pair_id) == col(CandidatePair.id))
        .where(col(SelectionPair.selection_id) == selection_id)
        .order_by(col(CandidatePair.rank), col(CandidatePair.id))
    )
    with database.read() as session:
        return [
            (pair, first, second) for pair, first, second in session.connection().execute(query)
        ]


def picked_images(database: Database, selection_id: int) -> list[int]:
    """The images that were picked for a selection, by id; if only pairs were, their images."""
    query = (
        select(col(SelectionImage.image_id))
        .where(col(SelectionImage.selection_id) == selection_id)
        .order_by(col(SelectionImage.image_id))
    )
    with database.read() as session:
        picked = list(session.connection().scalars(query))
    pairs = [] if picked else selected_pairs(database, selection_id)
    return picked or sorted({image for _, *both in pairs for image in both})


def delete_selection(
    database: Database, selection_id: int, *, annotator_id: int, anybodys: bool = False
) -> None:
    """Remove a selection; queues that it restricted are whole again.

    Args:
        anybodys: also one that somebody else made.

    Raises:
        NotYours: somebody else made it.
        DatabaseError: if there is no such selection.
    """
    with database.write() as session:
        stored = _require(session, selection_id)
        if stored.created_by != annotator_id and not anybodys:
            maker = session.get_one(Annotator, stored.created_by).name
            raise NotYours(
                f"{maker} made the selection {stored.name}.", hint="A reviewer can delete it."
            )
        name = stored.name
        for table in (QueueFilter, SelectionPair, SelectionImage):
            session.connection().execute(
                delete(table).where(col(table.selection_id) == selection_id)
            )
        session.delete(stored)
        data = {"id": selection_id, "name": name, "deleted": True}
        add_event(session, EventKind.selection, data, annotator_id=annotator_id)


def set_filter(database: Database, selection_id: int | None, *, annotator_id: int) -> None:
    """Restrict this person's queue to a selection; None lifts it.

    Raises:
        DatabaseError: if there is no such selection.
    """
    with database.write() as session:
        if selection_id is None:
            mine = col(QueueFilter.annotator_id) == annotator_id
            session.connection().execute(delete(QueueFilter).where(mine))
        else:
            _require(session, selection_id)
            session.merge(QueueFilter(annotator_id=annotator_id, selection_id=selection_id))


def get_filter(database: Database, *, annotator_id: int) -> SelectionView | None:
    """The selection that this person's queue is restricted to; None if it is not."""
    with database.read() as session:
        chosen = session.get(QueueFilter, annotator_id)
        found = _views(session, annotator_id, chosen.selection_id) if chosen else []
        return next(iter(found), None)


def _require(session: Session, selection_id: int) -> Selection:
    stored = session.get(Selection, selection_id)
    if stored is None:
        raise DatabaseError(f"There is no selection {selection_id}.")
    return stored


def _views(
    session: Session, annotator_id: int, selection_id: int | None = None
) -> list[SelectionView]:
    shared = read_policy(session).overlap == 1
    query = (
        select(
            col(Selection.id),
            col(Selection.name),
            col(Annotator.name),
            col(Selection.created_at),
            _count(),
            _count(_to_do(annotator_id, shared=shared)),
        )
        .join(Annotator, col(Annotator.id) == col(Selection.created_by))
        .order_by(col(Selection.id).desc())
    )
    if selection_id is not None:
        query = query.where(col(Selection.id) == selection_id)
    return [SelectionView(*row) for row in session.connection().execute(query)]


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    query: Select[int] = select(func.count()).select_from(SelectionPair)
    if conditions:
        query = query.join(CandidatePair, col(CandidatePair.id) == col(SelectionPair.pair_id))
    query = query.where(col(SelectionPair.selection_id) == col(Selection.id), *conditions)
    return query.scalar_subquery()


def _to_do(annotator_id: int, *, shared: bool) -> ColumnElement[bool]:
    """Whether a pair will still come up in this person's queue."""
    state = col(CandidatePair.state)
    is_open = state.in_([PairState.unreviewed, PairState.skipped, PairState.partial])
    if shared:
        by_me = col(CandidatePair.decided_by) == annotator_id
        return or_(is_open, and_(state == PairState.accepted.value, by_me))
    mine = aliased(Annotation)
    done = or_(
        col(mine.decision) == Decision.reject.value,
        and_(col(mine.decision) == Decision.accept.value, col(mine.question).is_not(None)),
    )
    is_mine = and_(
        col(mine.pair_id) == col(CandidatePair.id), col(mine.annotator_id) == annotator_id
    )
    return and_(is_open, ~exists().where(is_mine, done))
