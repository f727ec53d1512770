"""What blind answers make of a pair, and the policy that says how many are needed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlmodel import Session, col, select

from db.cards import IS_CURRENT
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.lifecycle import (
    WRITTEN_STATES,
    Blind,
    BlindAnswer,
    Key,
    PairState,
    Side,
    VerificationPolicy,
    verdict,
)
from db.tables import Annotation, CandidatePair
from db.times import now
from db.verification_tables import Verification, VerificationLease, VerificationSettings

MOST_ANSWERS = 20
WRITTEN = sorted(state.value for state in WRITTEN_STATES)


def text_digest(question: str, option_a: str, option_b: str) -> str:
    """Stands for the words of a question; which option is right for which image is no part."""
    words = json.dumps([question, option_a, option_b], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def digest_of(annotation: Annotation) -> str:
    """The same of a stored question."""
    return text_digest(
        annotation.question or "", annotation.option_a or "", annotation.option_b or ""
    )


def key_of(annotation: Annotation) -> Key:
    """The right option for each image."""
    return {
        Side.first: annotation.answer_first or "",
        Side.second: annotation.answer_second or "",
    }


def get_verification_policy(database: Database) -> VerificationPolicy:
    """The policy that holds now."""
    with database.read() as session:
        return read_verification_policy(session)


def read_verification_policy(session: Session) -> VerificationPolicy:
    """The policy that holds now, inside a transaction."""
    stored = session.get(VerificationSettings, 1)
    if stored is None:
        return VerificationPolicy()
    return VerificationPolicy(stored.enabled, stored.answers, stored.agreements)


def set_verification_policy(
    database: Database, policy: VerificationPolicy, *, annotator_id: int | None = None
) -> int:
    """Store a policy; how many pairs stand elsewhere because of it.

    Raises:
        DatabaseError: if more agreements than answers are wanted, or a number is out of range.
    """
    if not 1 <= policy.agreements <= policy.answers <= MOST_ANSWERS:
        raise DatabaseError(
            f"{policy.agreements} of {policy.answers} blind answers cannot be asked for.",
            hint=f"Ask for 1 to {MOST_ANSWERS} answers, of which at least 1 must agree.",
        )
    with database.write() as session:
        before = read_verification_policy(session)
        if before == policy:
            return 0
        session.merge(
            VerificationSettings(
                id=1,
                enabled=policy.enabled,
                answers=policy.answers,
                agreements=policy.agreements,
                updated_at=now(),
            )
        )
        session.flush()
        for lease in session.exec(select(VerificationLease)):
            session.delete(lease)
        n_changed = _refine_all(session)
        data = {
            "verification": {"before": asdict(before), "after": asdict(policy)},
            "n_pairs_changed": n_changed,
        }
        add_event(session, EventKind.policy, data, annotator_id=annotator_id)
        session.flush()
        return n_changed


def _refine_all(session: Session) -> int:
    changed = 0
    for pair in session.exec(select(CandidatePair).where(col(CandidatePair.state).in_(WRITTEN))):
        before = pair.state
        refine(session, pair)
        if pair.state != before:
            pair.version += 1
            session.add(pair)
            changed += 1
    session.flush()
    return changed


def current_annotation(session: Session, pair: CandidatePair) -> Annotation | None:
    """The annotation that speaks for a pair; None if nobody's does."""
    query = select(Annotation).where(
        Annotation.pair_id == pair.id, col(Annotation.annotator_id) == pair.decided_by
    )
    return session.exec(query).first()


def counted_answers(
    session: Session, pair: CandidatePair, annotation: Annotation
) -> list[tuple[Verification, Blind]]:
    """The blind answers to the words of this annotation that no ruling set aside, oldest first."""
    query = (
        select(Verification)
        .where(Verification.pair_id == pair.id, Verification.text_digest == digest_of(annotation))
        .where(col(Verification.id) > pair.answers_after)
        .order_by(col(Verification.id))
    )
    return [(stored, blind(stored)) for stored in session.exec(query)]


def blind(stored: Verification) -> Blind:
    """What a stored answer says about which image."""
    return Side(stored.side), BlindAnswer(stored.answer)


def refine(session: Session, pair: CandidatePair) -> None:
    """Give a pair with a question the state that its blind answers make of it.

    Called after every change of a pair and every answer, so that ``final`` always means: enough
    people who did not see the key chose the same options about the words as they are now.
    """
    if pair.state not in WRITTEN_STATES:
        return
    annotation = current_annotation(session, pair)
    if annotation is None or annotation.question is None:
        return
    answers: Sequence[Blind] = [one for _, one in counted_answers(session, pair, annotation)]
    policy = read_verification_policy(session)
    pair.state = verdict(answers, key_of(annotation), policy).value


def pairs_with_words(
    session: Session, states: Sequence[PairState]
) -> list[tuple[CandidatePair, Annotation]]:
    """The pairs in these states with the annotation that speaks for each."""
    query = (
        select(CandidatePair, Annotation)
        .join(Annotation, IS_CURRENT)
        .where(col(CandidatePair.state).in_([state.value for state in states]))
        .where(col(Annotation.question).is_not(None))
        .order_by(col(CandidatePair.id))
    )
    return [(pair, annotation) for pair, annotation in session.exec(query)]
