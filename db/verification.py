"""Blind answers: keeping one, and taking it back."""

from enum import StrEnum

from sqlalchemy import delete
from sqlmodel import Session, col, select

from db.asking import OpenQuestion
from db.blind_questions import hand_out, one_at_a_time, shown_first
from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import BlindAnswer, PairState, Side
from db.tables import CandidatePair
from db.times import now
from db.verdicts import (
    current_annotation,
    digest_of,
    refine,
)
from db.verification_tables import Verification, VerificationLease

LONGEST_COMMENT = 500
MOST_SECONDS = 3600.0


class NotAsked(DatabaseError):
    """This question is not, or no longer, one that this person is being asked."""


class Given(StrEnum):
    """What a person pressed: an option by its place on the page, or one of the other two."""

    option_1 = "1"
    option_2 = "2"
    cannot_tell = "cannot_tell"
    bad_question = "bad_question"


@retried
def answer(
    database: Database,
    *,
    annotator_id: int,
    token: str,
    given: Given,
    comment: str = "",
    seconds: float = 0.0,
) -> PairState:
    """Keep a blind answer to the question with this token; the state of its pair afterwards.

    Args:
        seconds: of active looking; more than an hour is kept as an hour.

    Raises:
        NotAsked: if it was answered, reworded, or handed to somebody else meanwhile.
        DatabaseError: if the question is called bad without saying why, or the comment is long.
    """
    comment = " ".join(comment.split())
    if len(comment) > LONGEST_COMMENT:
        raise DatabaseError(f"A comment has at most {LONGEST_COMMENT} characters.")
    if given is Given.bad_question and not comment:
        raise DatabaseError("Say in a few words what is wrong with the question.")
    with database.write() as session:
        one_at_a_time(session)
        lease, pair = _asked(session, annotator_id, token)
        words = current_annotation(session, pair)
        if words is None or pair.state != PairState.complete:
            raise NotAsked("This question is settled meanwhile.", hint="Here is the next one.")
        if digest_of(words) != lease.text_digest:
            raise NotAsked("This question was reworded meanwhile.", hint="It comes again.")
        stored = Verification(
            pair_id=pair.id,
            side=lease.side,
            annotator_id=annotator_id,
            text_digest=lease.text_digest,
            question=words.question or "",
            option_a=words.option_a or "",
            option_b=words.option_b or "",
            shown_first=shown_first(lease),
            answer=_option(given, shown_first(lease)).value,
            comment=comment,
            seconds=min(max(seconds, 0.0), MOST_SECONDS),
            at=now(),
        )
        session.add(stored)
        session.delete(lease)
        session.flush()
        _settle(session, pair, stored)
        return PairState(pair.state)


def _asked(
    session: Session, annotator_id: int, token: str
) -> tuple[VerificationLease, CandidatePair]:
    lease = session.exec(
        select(VerificationLease).where(
            VerificationLease.token == token, VerificationLease.annotator_id == annotator_id
        )
    ).first()
    if lease is None:
        raise NotAsked(
            "This question is no longer yours: it was answered, or it lay too long.",
            hint="Here is the next one.",
        )
    locked = select(CandidatePair).where(CandidatePair.id == lease.pair_id).with_for_update()
    return lease, session.exec(locked).one()


def _option(given: Given, shown_first: str) -> BlindAnswer:
    if given in (Given.option_1, Given.option_2):
        is_a = (given is Given.option_1) == (shown_first == "a")
        return BlindAnswer.a if is_a else BlindAnswer.b
    return BlindAnswer(given.value)


@retried
def take_back(database: Database, *, annotator_id: int) -> bool:
    """Delete this person's last answer and ask it again; False if there is nothing to take back.

    Raises:
        NotAsked: if the question was reworded or a ruling was made since.
    """
    with database.write() as session:
        one_at_a_time(session)
        newest = (
            select(Verification)
            .where(Verification.annotator_id == annotator_id)
            .order_by(col(Verification.id).desc())
        )
        stored = session.exec(newest).first()
        if stored is None:
            return False
        locked = select(CandidatePair).where(CandidatePair.id == stored.pair_id).with_for_update()
        pair = session.exec(locked).one()
        words = current_annotation(session, pair)
        if words is None or digest_of(words) != stored.text_digest:
            raise NotAsked("The question of your last answer was reworded since.")
        if stored.id <= pair.answers_after:
            raise NotAsked("Somebody has already ruled on your last answer.")
        mine = col(VerificationLease.annotator_id) == annotator_id
        session.connection().execute(delete(VerificationLease).where(mine))
        session.delete(stored)
        session.flush()
        _settle(session, pair, stored, taken_back=True)
        again = OpenQuestion(pair.id, Side(stored.side), 0, stored.text_digest)
        hand_out(session, again, annotator_id, is_ahead=False)
        return True


def _settle(
    session: Session, pair: CandidatePair, stored: Verification, *, taken_back: bool = False
) -> None:
    """Let the answers decide the pair's state, and leave the event."""
    before = pair.state
    refine(session, pair)
    if pair.state != before:
        pair.version += 1
    session.add(pair)
    data = stored.model_dump(mode="json", exclude={"pair_id", "annotator_id"})
    add_event(
        session,
        EventKind.verification,
        {
            "taken_back": taken_back,
            "answer": data,
            "version": pair.version,
            "before": {"state": before},
            "after": {"state": pair.state},
        },
        annotator_id=stored.annotator_id,
        pair_id=pair.id,
    )
    session.flush()
