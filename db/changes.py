"""One compare-and-set change of a pair: claim it, change it, leave one event; and its way back."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.cards import card
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import Decision
from db.tables import Annotation, Annotator, CandidatePair
from db.views import PairCard


class StaleVersion(DatabaseError):
    """The pair was changed since it was read; ``current`` is how it stands now."""

    def __init__(self, current: PairCard) -> None:
        self.current = current
        by = f" by {current.annotation.annotator}" if current.annotation else ""
        super().__init__(
            f"Pair {current.id} was changed in the meantime{by}: it is now {current.state}.",
            hint="Nothing was overwritten; look at it again.",
        )


class Change:
    """A change of one pair by one person, inside a write transaction.

    ``pair`` is locked; ``own`` is this person's annotation of it or None. Set ``pair.state``, call
    ``annotate()`` and fill what it returns, then ``finish()``.
    """

    def __init__(self, session: Session, pair_id: int, annotator_id: int) -> None:
        # the row lock is for PostgreSQL; on SQLite the transaction has the only write lock
        locked = select(CandidatePair).where(CandidatePair.id == pair_id).with_for_update()
        pair = session.exec(locked).first()
        if pair is None:
            raise DatabaseError(f"There is no pair {pair_id}.")
        if session.get(Annotator, annotator_id) is None:
            raise DatabaseError(f"There is no annotator {annotator_id}.")
        self.session, self.pair, self.annotator_id = session, pair, annotator_id
        mine = select(Annotation).where(
            Annotation.pair_id == pair_id, Annotation.annotator_id == annotator_id
        )
        self.own = session.exec(mine).first()
        self._before = self._snapshot()

    def require_version(self, version: int) -> None:
        """Raises: StaleVersion if the pair is no longer at this version."""
        if self.pair.version != version:
            raise StaleVersion(card(self.session, self.pair.id))

    def _snapshot(self) -> dict[str, Any]:
        own = self.own and self.own.model_dump(mode="json", exclude={"pair_id", "annotator_id"})
        return {"state": self.pair.state, "decided_by": self.pair.decided_by, "annotation": own}

    def annotate(self, decision: Decision, at: datetime) -> Annotation:
        """This person's annotation with this decision, whose author they now are."""
        if self.own is None:
            self.own = Annotation(
                pair_id=self.pair.id,
                annotator_id=self.annotator_id,
                decision=decision.value,
                decided_at=at,
                updated_at=at,
            )
        elif self.own.decision != decision.value:
            self.own.decision, self.own.reason, self.own.decided_at = decision.value, None, at
        self.own.updated_at = at
        self.pair.decided_by = self.annotator_id
        return self.own

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Bring back the state and this person's annotation of an earlier moment."""
        self.pair.state, self.pair.decided_by = snapshot["state"], snapshot["decided_by"]
        if self.own is not None:
            self.session.delete(self.own)
            self.session.flush()
            self.own = None
        if (stored := snapshot["annotation"]) is not None:
            keys = {"pair_id": self.pair.id, "annotator_id": self.annotator_id}
            self.own = Annotation.model_validate({**stored, **keys})

    def finish(
        self, kind: EventKind, *, undoes: int | None = None, draft: dict[str, str] | None = None
    ) -> PairCard:
        """Write the change, bump the version, leave the event; the pair as it is now."""
        self.pair.version += 1
        self.session.add(self.pair)
        if self.own is not None:
            self.session.add(self.own)
        self.session.flush()
        add_event(
            self.session,
            kind,
            {
                "version": self.pair.version,
                "before": self._before,
                "after": self._snapshot(),
                "draft": draft,
            },
            annotator_id=self.annotator_id,
            pair_id=self.pair.id,
            undoes=undoes,
        )
        self.session.flush()
        return card(self.session, self.pair.id)


def newest_question(session: Session, pair_id: int) -> Annotation | None:
    """The annotation with the newest question of a pair, whoever wrote it."""
    written = (
        select(Annotation)
        .where(Annotation.pair_id == pair_id, col(Annotation.question).is_not(None))
        .order_by(col(Annotation.updated_at).desc(), col(Annotation.id).desc())
    )
    return session.exec(written).first()
