"""Suggestions to writers: the switch for sending images away, what was shown, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.suggestion_tables import Outcome, Suggestion, SuggestionKind
from db.tables import Annotator, CandidatePair, Event
from db.times import now

ENDPOINT, MODEL = "endpoint", "model"


@dataclass(frozen=True)
class Switch:
    """The last word on sending images to ``endpoint``; who said it and when."""

    enabled: bool
    endpoint: str
    model: str
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Tally:
    """What became of the suggestions of one kind and source; ``open`` ones have no outcome yet."""

    kind: SuggestionKind
    source: str
    shown: int
    accepted: int
    edited: int
    dismissed: int

    @property
    def open(self) -> int:
        """Shown, and nothing came of it so far."""
        return self.shown - self.accepted - self.edited - self.dismissed


def get_switch(database: Database) -> Switch | None:
    """The newest event that turned sending on or off; None if nobody ever did."""
    query = (
        select(Event, Annotator.name)
        .join(Annotator, isouter=True)
        .where(Event.kind == EventKind.suggesting.value)
        .order_by(col(Event.id).desc())
        .limit(1)
    )
    with database.read() as session:
        found = session.exec(query).first()
        if found is None:
            return None
        event, name = found
        data = event.data
        return Switch(bool(data["enabled"]), data[ENDPOINT], data[MODEL], name, event.at)


def set_switch(
    database: Database, *, enabled: bool, endpoint: str, model: str, annotator_id: int
) -> None:
    """Allow or forbid sending images to this endpoint; each time is one event in the history."""
    with database.write() as session:
        data = {"enabled": enabled, ENDPOINT: endpoint, MODEL: model}
        add_event(session, EventKind.suggesting, data, annotator_id=annotator_id)


def record_suggestion(
    database: Database,
    pair_id: int,
    *,
    annotator_id: int,
    kind: SuggestionKind,
    source: str,
    fields: Mapping[str, str],
) -> int:
    """Keep what somebody is shown; its id. The same suggestion that is still open is kept once.

    Raises:
        DatabaseError: there is no such pair.
    """
    with database.write() as session:
        if session.get(CandidatePair, pair_id) is None:
            raise DatabaseError(f"There is no pair {pair_id}.")
        for one in _unsaved(session, pair_id, annotator_id):
            if (one.kind, one.source, one.fields) == (kind.value, source, dict(fields)):
                return one.id
        shown = Suggestion(
            pair_id=pair_id,
            annotator_id=annotator_id,
            kind=kind.value,
            source=source,
            fields=dict(fields),
            shown_at=now(),
        )
        session.add(shown)
        session.flush()
        return shown.id


def set_outcome(
    database: Database, suggestion_id: int, *, annotator_id: int, outcome: Outcome | None
) -> None:
    """What its reader did with a suggestion; None puts it back to open.

    Raises:
        DatabaseError: this person was shown no such suggestion, or the question was saved since.
    """
    with database.write() as session:
        one = session.get(Suggestion, suggestion_id)
        if one is None or one.annotator_id != annotator_id or one.saved:
            raise DatabaseError("There is no open suggestion of this number.")
        _settle(one, outcome)


def settle_suggestions(
    database: Database, pair_id: int, *, annotator_id: int, saved: Mapping[str, str]
) -> None:
    """The question was saved: compare it with what its writer was shown for this pair.

    A pattern counts as accepted if it is the one that was saved. A question that was taken over
    counts as edited if it is not saved word for word; one that was not taken, as dismissed.
    """
    with database.write() as session:
        for one in _unsaved(session, pair_id, annotator_id):
            same = all(saved.get(name, "").strip() == text for name, text in one.fields.items())
            if one.kind == SuggestionKind.pattern:
                outcome = Outcome.accepted if same else Outcome.dismissed
            elif one.outcome == Outcome.accepted:
                outcome = Outcome.accepted if same else Outcome.edited
            else:
                outcome = Outcome.dismissed
            if one.outcome != outcome:
                _settle(one, outcome)
            one.saved = True


def _unsaved(session: Session, pair_id: int, annotator_id: int) -> list[Suggestion]:
    query = select(Suggestion).where(
        Suggestion.pair_id == pair_id,
        Suggestion.annotator_id == annotator_id,
        col(Suggestion.saved).is_(False),
    )
    return list(session.exec(query))


def _settle(one: Suggestion, outcome: Outcome | None) -> None:
    one.outcome = outcome and outcome.value
    one.settled_at = now() if outcome else None


def tally_suggestions(database: Database) -> list[Tally]:
    """What became of all suggestions, by kind and source."""

    def having(outcome: Outcome) -> ColumnElement[int]:
        return func.sum(case((col(Suggestion.outcome) == outcome.value, 1), else_=0))

    kind_and_source = (col(Suggestion.kind), col(Suggestion.source))
    query = (
        select_columns(*kind_and_source, func.count(), *(having(one) for one in Outcome))
        .group_by(*kind_and_source)
        .order_by(*kind_and_source)
    )
    with database.read() as session:
        return [
            Tally(SuggestionKind(kind), source, *(int(n) for n in counts))
            for kind, source, *counts in session.connection().execute(query)
        ]
