"""One compare-and-set change of a pair: claim it, change it, leave one event; and its way back."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from db.cards import card
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.leases import find_obstacle
from db.lifecycle import Decision, PairState, own_state, settle
from db.policy import read_policy, read_votes
from db.seen import seen_by
from db.tables import Annotation, Annotator, CandidatePair, Event
from db.verdicts import refine
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

    ``pair`` is locked; ``own`` is this person's annotation of it or None, ``state`` where the pair
    stands for them. Call ``annotate()`` and fill what it returns, set ``state``, then ``finish()``.
    Where several people annotate a pair, what the others do is no change for this person, and the
    pair's own state follows from everybody's annotations.
    """

    def __init__(self, session: Session, pair_id: int, annotator_id: int) -> None:
        # the row lock is for PostgreSQL; on SQLite the transaction has the only write lock
        locked = select(CandidatePair).where(CandidatePair.id == pair_id)
        locked = locked.with_for_update(key_share=True)  # rows that refer to it may be added
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
        self.overlap = read_policy(session).overlap
        self.state = PairState(pair.state) if self.is_shared else self._own_state()
        self._obstacle = find_obstacle(session, pair_id, annotator_id, overlap=self.overlap)
        self._before = self._snapshot()
        self._restored: dict[str, Any] | None = None
        self._derives = False  # from all annotations, also where one is enough
        self._ruled = False

    @property
    def is_shared(self) -> bool:
        """Whether everybody works on one and the same state, as with one annotation a pair."""
        return self.overlap == 1

    @property
    def own_annotation(self) -> Any:  # noqa: ANN401 - JSON values, None without an annotation
        """This person's annotation before the change, as events keep it."""
        return self._before["annotation"]

    def stale(self) -> StaleVersion:
        """The refusal, with the pair as it is for this person now."""
        return StaleVersion(self._card())

    def require_version(self, version: int) -> None:
        """Raises: StaleVersion if the pair is no longer at this version."""
        if self.pair.version == version:
            return
        if self.is_shared or version > self.pair.version or self._wrote_since(version):
            raise self.stale()

    def _wrote_since(self, version: int) -> bool:
        mine = select(Event.data).where(
            Event.pair_id == self.pair.id, Event.annotator_id == self.annotator_id
        )
        # read to its end: a cursor left open keeps SQLite's snapshot, and the next write fails
        return any(data["version"] > version for data in self.session.exec(mine).all())

    def _card(self) -> PairCard:
        found = [card(self.session, self.pair.id)]
        return seen_by(self.session, found, self.annotator_id, overlap=self.overlap)[0]

    def _own_state(self) -> PairState:
        if self.own is None:
            return PairState.unreviewed
        has_question = self.own.question is not None
        return own_state(Decision(self.own.decision), has_question=has_question)

    def _snapshot(self) -> dict[str, Any]:
        own = self.own and self.own.model_dump(mode="json", exclude={"pair_id", "annotator_id"})
        return {
            "state": self.pair.state,
            "decided_by": self.pair.decided_by,
            "adjudicated_by": self.pair.adjudicated_by,
            "answers_after": self.pair.answers_after,
            "annotation": own,
        }

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
        return self.own

    def rule(self, state: PairState, *, speaker: int) -> None:
        """Have the pair stand so by an adjudicator's word, whatever others vote, and are on.

        Args:
            speaker: whose annotation speaks for the pair.
        """
        self._ruled, self._obstacle = True, None
        self.pair.state, self.pair.decided_by = state.value, speaker
        self.pair.adjudicated_by = self.annotator_id

    def unrule(self) -> None:
        """Have the votes count again; where one is enough the last speaker's does."""
        self._obstacle = None
        if self.is_shared and self.pair.decided_by is not None:
            self.rule(PairState.accepted, speaker=self.pair.decided_by)
        self._derives = not self.is_shared
        self.pair.adjudicated_by = None

    def restore(self, snapshot: dict[str, Any], *, overlap: int, ruling: bool = False) -> None:
        """Bring back this person's annotation of an earlier moment, and the state if it was theirs.

        Args:
            overlap: the annotations a pair that were wanted then.
            ruling: whether it is a ruling that is taken back or made again.
        """
        if ruling:
            self._obstacle = None
        if ruling or (self.is_shared and overlap == 1):
            # events from before there was verification do not have these
            self.pair.adjudicated_by = snapshot.get("adjudicated_by")
            self.pair.answers_after = snapshot.get("answers_after", 0)
        ruled_before = ruling and self.pair.adjudicated_by is not None
        is_theirs = self.is_shared and overlap == 1
        self._restored = snapshot if is_theirs or ruled_before else None
        self._derives = self._restored is None
        if self.own is not None:
            self.session.delete(self.own)
            self.session.flush()
            self.own = None
        if (stored := snapshot["annotation"]) is not None:
            keys = {"pair_id": self.pair.id, "annotator_id": self.annotator_id}
            values = {**stored, **keys}
            if self.session.get(Annotation, values.get("id")) is not None:
                del values["id"]  # SQLite gave the number of a deleted row to somebody else's
            self.own = Annotation.model_validate(values)

    def finish(
        self,
        kind: EventKind,
        *,
        undoes: int | None = None,
        draft: dict[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - JSON values that the event keeps beside the two snapshots
    ) -> PairCard:
        """Write the change, bump the version, leave the event; the pair as this person sees it.

        Blind answers to the words that the pair has then decide whether it is complete, final or
        contested.

        Raises:
            NotFree: if somebody else is on the pair, or it has all the annotations it needs.
        """
        takes_a_place = self.own is not None and self.own.decision != Decision.skip
        if self._obstacle is not None and (self.is_shared or takes_a_place):
            raise self._obstacle.error(self.pair.id)
        self.pair.version += 1
        if self.own is not None:
            self.session.add(self.own)
        self.session.flush()
        self._settle()
        self.session.add(self.pair)
        self.session.flush()
        refine(self.session, self.pair)
        self.session.flush()
        add_event(
            self.session,
            kind,
            {
                "version": self.pair.version,
                "before": self._before,
                "after": self._snapshot(),
                "draft": draft,
                "overlap": self.overlap,
                **more,
            },
            annotator_id=self.annotator_id,
            pair_id=self.pair.id,
            undoes=undoes,
        )
        self.session.flush()
        return self._card()

    def _settle(self) -> None:
        """Give the pair the state that follows from the change."""
        if self._ruled:
            return
        if self._restored is not None:
            self.pair.state, self.pair.decided_by = (
                self._restored["state"],
                self._restored["decided_by"],
            )
        elif self.is_shared and not self._derives:
            self.pair.state, self.pair.decided_by = self.state.value, self.annotator_id
            self.pair.adjudicated_by = None
        elif self.pair.adjudicated_by is None:
            votes = read_votes(self.session, self.pair.id, overlap=self.overlap)
            state, self.pair.decided_by = settle(votes, overlap=self.overlap)
            self.pair.state = state.value


def newest_question(session: Session, pair_id: int) -> Annotation | None:
    """The annotation with the newest question of a pair, whoever wrote it."""
    written = (
        select(Annotation)
        .where(Annotation.pair_id == pair_id, col(Annotation.question).is_not(None))
        .order_by(col(Annotation.updated_at).desc(), col(Annotation.id).desc())
    )
    return session.exec(written).first()


def swap_others(
    session: Session, pair_id: int, wanted: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give other people's annotations of a pair these values; an id alone: there is none.

    Returns:
        How they were until now, in the same form.
    """
    before: list[dict[str, Any]] = []
    for one in wanted:
        annotation = session.get(Annotation, one["id"])
        before.append({"id": one["id"]} if annotation is None else stored_annotation(annotation))
        if annotation is not None:
            session.delete(annotation)
    session.flush()
    session.add_all(
        Annotation.model_validate({**one, "pair_id": pair_id})
        for one in wanted
        if "annotator_id" in one
    )
    session.flush()
    return before


def stored_annotation(annotation: Annotation) -> dict[str, Any]:
    """Somebody's annotation as an event keeps it."""
    return annotation.model_dump(mode="json", exclude={"pair_id"})
