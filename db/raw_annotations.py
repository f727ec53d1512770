"""Everything that people said, row by row: annotations, blind answers and rulings."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.annotations import QUESTION_FIELDS, STATEMENT_FIELDS, WRITTEN_FIELDS
from db.database import Database
from db.history import EventKind
from db.opinions import IS_RULING, read_names, read_steps, replay, standing
from db.tables import Annotation, CandidatePair, Event, ImageRecord
from db.verification_tables import Verification

Row = dict[str, Any]
_AT_ONCE = 500
_SAID = ("decision", "reason", *WRITTEN_FIELDS, "note")
COLUMNS = (
    "kind",
    "pair_id",
    "person",
    "at",
    "pair_state",
    "pair_version",
    "first_sha256",
    "second_sha256",
    "decision",
    "reason",
    "question",
    "option_a",
    "option_b",
    "answer_first",
    "answer_second",
    "pattern",
    "note",
    "decided_at",
    "written_at",
    "side",
    "answer",
    "shown_first",
    "seconds",
    "comment",
    "set_aside",
    "ruling",
    "taken_back",
    *STATEMENT_FIELDS,
)


def raw_rows(database: Database) -> Iterator[Row]:
    """One row for each thing said, of four kinds, each by number; keys are of ``COLUMNS``.

    ``annotation`` is what a person thinks of a pair now, with the pair's version when they last
    changed it. ``before_ruling`` is what they had said, where a ruling that stands changed it.
    ``blind_answer`` and ``ruling`` are what they are called; a ruling may be ``taken_back``. A few
    hundred are read at a time, each in a transaction of its own: a slow download holds up nobody.
    """
    for read in (_annotations, _before_rulings, _blind_answers, _rulings):
        yield from _paged(database, read)


def _paged(
    database: Database, read: Callable[[Session, int], list[tuple[int, Row]]]
) -> Iterator[Row]:
    after = 0
    while True:
        with database.read() as session:
            found = read(session, after)
        yield from (row for _, row in found if row)
        if not found:
            return
        after = found[-1][0]


def _pairs(session: Session, ids: set[int]) -> Mapping[int, Row]:
    first, second = aliased(ImageRecord), aliased(ImageRecord)
    query = (
        select(
            col(CandidatePair.id), col(CandidatePair.state), col(first.sha256), col(second.sha256)
        )
        .join(first, col(first.id) == col(CandidatePair.first_image_id))
        .join(second, col(second.id) == col(CandidatePair.second_image_id))
        .where(col(CandidatePair.id).in_(ids))
    )
    return {
        pair_id: {
            "pair_id": pair_id,
            "pair_state": state,
            "first_sha256": one,
            "second_sha256": other,
        }
        for pair_id, state, one, other in session.connection().execute(query)
    }


def _annotations(session: Session, after: int) -> list[tuple[int, Row]]:
    query = select(Annotation).where(col(Annotation.id) > after).order_by(col(Annotation.id))
    found = list(session.scalars(query.limit(_AT_ONCE)))
    ids, names = {one.pair_id for one in found}, read_names(session)
    pairs, versions = _pairs(session, ids), _versions(session, ids)
    return [
        (
            one.id,
            {
                **pairs[one.pair_id],
                "kind": "annotation",
                "person": names[one.annotator_id],
                "at": one.updated_at,
                "pair_version": versions.get((one.pair_id, one.annotator_id)),
                **{name: getattr(one, name) for name in _SAID},
                "decided_at": one.decided_at,
                "written_at": one.written_at,
            },
        )
        for one in found
    ]


def _versions(session: Session, ids: set[int]) -> dict[tuple[int, int], int]:
    """Each pair's version at each person's newest change of it."""
    query = (
        select(
            col(Event.pair_id),
            col(Event.annotator_id),
            col(Event.data)["version"].as_integer(),
        )
        .where(col(Event.pair_id).in_(ids))
        .where(col(Event.kind) != EventKind.verification.value)
        .order_by(col(Event.id))
    )
    return {
        (pair, person): version for pair, person, version in session.connection().execute(query)
    }


def _before_rulings(session: Session, after: int) -> list[tuple[int, Row]]:
    """By pair: of those that were ruled on, what people had said if it is not what they say now."""
    ruled = (
        select(col(Event.pair_id))
        .where(IS_RULING, col(Event.pair_id) > after)
        .order_by(col(Event.pair_id))
        .distinct()
        .limit(_AT_ONCE)
    )
    ids = [pair_id for (pair_id,) in session.connection().execute(ruled) if pair_id is not None]
    steps = defaultdict(list)
    for pair_id, step in read_steps(session, col(Event.pair_id).in_(ids)):
        steps[pair_id].append(step)
    now = {
        (one.pair_id, one.annotator_id): one
        for one in session.scalars(select(Annotation).where(col(Annotation.pair_id).in_(ids)))
    }
    pairs, names = _pairs(session, set(ids)), read_names(session)
    found: list[tuple[int, Row]] = []
    for pair_id in ids:
        for person, step in sorted(replay(steps[pair_id]).latest.items()):
            event = session.get_one(Event, step.event_id)
            said = (event.data.get("after") or {}).get("annotation")
            if said and _differs(said, now.get((pair_id, person))):
                whole = {**pairs[pair_id], "kind": "before_ruling", "person": names[person]}
                found.append((pair_id, {**whole, **_said(event, said)}))
        found.append((pair_id, {}))
    return found


def _differs(said: Row, now: Annotation | None) -> bool:
    return now is None or any(said.get(name) != getattr(now, name) for name in _SAID)


def _said(event: Event, said: Row) -> Row:
    times = {name: said.get(name) for name in ("decided_at", "written_at")}
    return {
        "at": event.at,
        "pair_version": event.data.get("version"),
        **{name: said.get(name) for name in _SAID},
        **{name: time and datetime.fromisoformat(time) for name, time in times.items()},
    }


def _blind_answers(session: Session, after: int) -> list[tuple[int, Row]]:
    query = (
        select(Verification, CandidatePair)
        .join(CandidatePair, col(CandidatePair.id) == col(Verification.pair_id))
        .where(col(Verification.id) > after)
        .order_by(col(Verification.id))
        .limit(_AT_ONCE)
    )
    found = [(one, pair) for one, pair in session.execute(query)]
    pairs, names = _pairs(session, {one.pair_id for one, _ in found}), read_names(session)
    same = ("side", "answer", "shown_first", "seconds", "comment", "at")
    return [
        (
            one.id,
            {
                **pairs[one.pair_id],
                "kind": "blind_answer",
                "person": names[one.annotator_id],
                **{name: getattr(one, name) for name in (*same, *QUESTION_FIELDS[:3])},
                "set_aside": one.id <= pair.answers_after,
            },
        )
        for one, pair in found
    ]


def _rulings(session: Session, after: int) -> list[tuple[int, Row]]:
    query = select(Event).where(IS_RULING, col(Event.id) > after).order_by(col(Event.id))
    found = list(session.scalars(query.limit(_AT_ONCE)))
    ids, names = {one.pair_id for one in found if one.pair_id is not None}, read_names(session)
    pairs = _pairs(session, ids)
    stands = _standing_rulings(session, ids)
    return [
        (
            one.id,
            {
                **pairs[one.pair_id or 0],
                "kind": "ruling",
                "person": names.get(one.annotator_id or 0),
                "at": one.at,
                "pair_version": one.data.get("version"),
                "ruling": one.data.get("ruling", one.kind),
                "reason": one.data.get("reason"),
                "taken_back": one.id not in stands,
            },
        )
        for one in found
    ]


def _standing_rulings(session: Session, ids: set[int]) -> set[int]:
    steps = defaultdict(list)
    for pair_id, step in read_steps(session, col(Event.pair_id).in_(ids)):
        steps[pair_id].append(step)
    return {event_id for found in steps.values() for event_id in standing(found)}
