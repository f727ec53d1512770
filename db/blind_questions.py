"""Handing out blind questions: one person's current one, and the one behind it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlmodel import Session, col, select

from db.asking import Agenda, OpenQuestion, agenda, first_option
from db.cards import card
from db.database import Database
from db.lifecycle import Side
from db.times import now
from db.verdicts import read_verification_policy
from db.verification_tables import VerificationLease, VerificationSettings
from db.views import ImageView

LEASE = timedelta(minutes=10)


class Waiting(StrEnum):
    """Why there is no question for a person now."""

    off = "off"
    others_answer = "others_answer"
    too_close = "too_close"
    nothing = "nothing"


@dataclass(frozen=True)
class BlindQuestion:
    """What a person is shown: ``options`` in the order of the page, nothing that tells the key."""

    token: str
    image: ImageView
    text: str
    options: tuple[str, str]


@dataclass(frozen=True)
class Asking:
    """One person's page: the question, the image that comes next, and how far they are.

    Without a question ``waiting`` says why, and ``again_at`` when the next one may come.
    """

    question: BlindQuestion | None
    ahead: ImageView | None
    n_answered: int
    n_left: int
    waiting: Waiting | None = None
    again_at: datetime | None = None


def ask(database: Database, annotator_id: int) -> Asking:
    """The question that a person is being asked, which is then theirs for some minutes.

    The same again until it is answered, unless it is no longer needed or was reworded.
    """
    with database.write() as session:
        policy = read_verification_policy(session)
        if not policy.enabled:
            return Asking(None, None, 0, 0, Waiting.off)
        one_at_a_time(session)
        session.connection().execute(
            delete(VerificationLease).where(col(VerificationLease.expires_at) <= now())
        )
        now_open = agenda(session, annotator_id, policy)
        current = _lease(session, now_open, annotator_id)
        n_left = len(now_open.questions)
        if current is None:
            waiting, again_at = _why(now_open)
            return Asking(None, None, now_open.n_answered, n_left, waiting, again_at)
        ahead = _lease(session, now_open, annotator_id, after=current.pair_id)
        return Asking(
            _question(session, now_open, current),
            _image(session, ahead) if ahead else None,
            now_open.n_answered,
            n_left,
        )


def _why(now_open: Agenda) -> tuple[Waiting, datetime | None]:
    if now_open.questions:
        return Waiting.too_close, now_open.again_at()
    return (Waiting.others_answer if now_open.n_held else Waiting.nothing), None


def one_at_a_time(session: Session) -> None:
    """On PostgreSQL one person is handed a question after the other; SQLite does so by itself."""
    session.exec(select(VerificationSettings).with_for_update()).first()


def _lease(
    session: Session, now_open: Agenda, annotator_id: int, *, after: int | None = None
) -> VerificationLease | None:
    """The current question of a person, or with ``after`` the one behind it; renewed or chosen."""
    is_ahead = after is not None
    held = session.exec(
        select(VerificationLease).where(
            VerificationLease.annotator_id == annotator_id,
            VerificationLease.is_ahead == is_ahead,
        )
    ).first()
    if held is None and not is_ahead:
        held = _promote(session, now_open, annotator_id)
    still = {(one.pair_id, one.side.value, one.text_digest) for one in now_open.questions}
    if held is not None:
        good = (held.pair_id, held.side, held.text_digest) in still and held.pair_id != after
        if good:
            held.expires_at = now() + LEASE
            session.add(held)
            session.flush()
            return held
        session.delete(held)
        session.flush()
    chosen = now_open.next(annotator_id, after=after)
    if chosen is None:
        return None
    return hand_out(session, chosen, annotator_id, is_ahead=is_ahead)


def _promote(session: Session, now_open: Agenda, annotator_id: int) -> VerificationLease | None:
    """What was ahead is now current, if it does not follow its own other image."""
    ahead = session.exec(
        select(VerificationLease).where(VerificationLease.annotator_id == annotator_id)
    ).first()
    if ahead is None:
        return None
    if now_open.recent[:1] == [ahead.pair_id]:
        session.delete(ahead)
        session.flush()
        return None
    ahead.is_ahead = False
    session.add(ahead)
    session.flush()
    return ahead


def hand_out(
    session: Session, chosen: OpenQuestion, annotator_id: int, *, is_ahead: bool
) -> VerificationLease:
    """Lend a question to a person for some minutes."""
    old = session.get(VerificationLease, (chosen.pair_id, chosen.side.value, annotator_id))
    if old is not None:
        session.delete(old)
        session.flush()
    lease = VerificationLease(
        pair_id=chosen.pair_id,
        side=chosen.side.value,
        annotator_id=annotator_id,
        text_digest=chosen.text_digest,
        is_ahead=is_ahead,
        token=secrets.token_urlsafe(12),
        expires_at=now() + LEASE,
    )
    session.add(lease)
    session.flush()
    return lease


def _image(session: Session, lease: VerificationLease) -> ImageView:
    pair = card(session, lease.pair_id)
    return pair.first if lease.side == Side.first else pair.second


def _question(session: Session, now_open: Agenda, lease: VerificationLease) -> BlindQuestion:
    words = now_open.texts[lease.pair_id]
    options = (words.option_a or "", words.option_b or "")
    if shown_first(lease) == "b":
        options = (options[1], options[0])
    return BlindQuestion(lease.token, _image(session, lease), words.question or "", options)


def shown_first(lease: VerificationLease) -> str:
    """Which option stands first on this person's page: a or b."""
    seed = str(lease.annotator_id)
    return first_option(seed, lease.pair_id, Side(lease.side), lease.text_digest)
