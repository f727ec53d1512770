"""Rulings: a reviewer ends a disagreement about a pair, and says why."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.annotations import (
    QUESTION_FIELDS,
    STATEMENT_FIELDS,
    WRITTEN_FIELDS,
    InvalidDecision,
    InvalidQuestion,
    question_problems,
)
from db.cards import card
from db.changes import Change, StaleVersion, stored_annotation
from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind
from db.lifecycle import ADJUDICABLE_STATES, Decision, PairState, RejectReason, Ruling
from db.pattern_tables import pattern_reading
from db.tables import Annotation, Draft
from db.times import now
from db.verdicts import current_annotation, refine
from db.verification_tables import Verification
from db.views import PairCard

LONGEST_REASON = 1000


@retried
def adjudicate(
    database: Database,
    pair_id: int,
    *,
    version: int,
    annotator_id: int,
    ruling: Ruling,
    reason: str,
    question: Mapping[str, str] | None = None,
) -> PairCard:
    """End a disagreement about a pair that was read at ``version``; the pair as it is then.

    A question that stands is complete, or at once final if the blind answers to its words agree
    with its key. If they would contest it again, the ruling sets them aside, and people who were
    not asked yet are asked anew.

    Args:
        ruling: ``choose`` and ``merge`` bring a question, with a pattern; ``swap`` inverts the key;
            ``keep`` leaves all as it is; ``send_back`` has the authors write again, starting from
            their own words; ``reject`` drops the pair.
        reason: in words, for everybody who asks later.

    Raises:
        StaleVersion: if the pair was changed since; nothing is written.
        InvalidQuestion: if the question is not whole.
        InvalidDecision: if there is nothing to rule on, or no reason is given.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise InvalidDecision("A ruling needs a reason.", hint="One sentence is enough.")
    if len(reason) > LONGEST_REASON:
        raise InvalidDecision(f"A reason has at most {LONGEST_REASON} characters.")
    words = _words(question) if ruling in (Ruling.choose, Ruling.merge) else None
    with database.write() as session:
        change = Change(session, pair_id, annotator_id)
        if change.pair.version != version:  # here the votes of others matter
            raise StaleVersion(card(session, pair_id))
        if change.pair.state not in ADJUDICABLE_STATES:
            raise InvalidDecision(f"Pair {pair_id} is {change.pair.state}; nothing to rule on.")
        others: list[dict[str, Any]] = []
        if ruling is Ruling.reject:
            _reject(change, reason)
        elif ruling is Ruling.send_back:
            others = _send_back(change)
        else:
            _let_stand(change, ruling, words)
        change.finish(EventKind.adjudication, ruling=ruling.value, reason=reason, others=others)
        return card(session, pair_id)


def _words(question: Mapping[str, str] | None) -> dict[str, str]:
    given = {name: (question or {}).get(name, "").strip() for name in QUESTION_FIELDS}
    if problems := question_problems(given):
        raise InvalidQuestion(problems)
    return given


def _reject(change: Change, reason: str) -> None:
    own = change.annotate(Decision.reject, now())
    own.reason = f"{RejectReason.other}: {reason}"
    change.rule(PairState.rejected, speaker=change.annotator_id)


def _let_stand(change: Change, ruling: Ruling, words: dict[str, str] | None) -> None:
    """Settle on a question: of whoever wrote it word for word, else of the adjudicator."""
    current = current_annotation(change.session, change.pair)
    if ruling is Ruling.keep:
        if current is None or current.question is None:
            raise InvalidDecision(
                "There is no question to keep.", hint="Choose one of the versions."
            )
        speaker = current.annotator_id
    else:
        words = words or _swapped(current)
        author = _author(change.session, change.pair.id, words)
        if author is None:
            _write(change, words, current)
        speaker = change.annotator_id if author is None else author
    change.rule(PairState.complete, speaker=speaker)
    _set_aside(change)


def put_right(change: Change, words: dict[str, str]) -> None:
    """Have a question stand that replaces a faulty one, as after a ruling."""
    _let_stand(change, Ruling.merge, words)


def _swapped(current: Annotation | None) -> dict[str, str]:
    if current is None or current.question is None:
        raise InvalidDecision("There is no key to swap.", hint="Choose one of the versions.")
    words = {name: getattr(current, name) for name in QUESTION_FIELDS}
    words["answer_first"], words["answer_second"] = words["answer_second"], words["answer_first"]
    return words


def _author(session: Session, pair_id: int, words: dict[str, str]) -> int | None:
    """Who has exactly this question, the longest; None if nobody."""
    query = select(Annotation).where(
        Annotation.pair_id == pair_id, Annotation.decision == Decision.accept.value
    )
    reading = pattern_reading(session, pair_id=pair_id)
    for one in session.exec(query.order_by(col(Annotation.written_at))):
        said = {name: getattr(one, name) for name in words}
        read = {**said, "pattern": reading.of(pair_id, said["pattern"] or "")}
        if words in (said, read):
            return one.annotator_id
    return None


def _write(change: Change, words: dict[str, str], current: Annotation | None) -> None:
    at = now()
    statements, note = _statements_for(words, current), "" if current is None else current.note
    own = change.annotate(Decision.accept, at)
    for name, text in (words | statements).items():
        setattr(own, name, text)
    own.note, own.written_at = note, own.written_at or at


def _statements_for(words: dict[str, str], current: Annotation | None) -> dict[str, str | None]:
    """What was written by hand goes with the options it is about; other words have none."""
    same = ("question", "option_a", "option_b")
    if current is None or any(words[name] != getattr(current, name) for name in same):
        return dict.fromkeys(STATEMENT_FIELDS)
    both = [getattr(current, name) for name in STATEMENT_FIELDS]
    is_swapped = words["answer_first"] != current.answer_first
    return dict(zip(STATEMENT_FIELDS, reversed(both) if is_swapped else both, strict=True))


def _set_aside(change: Change) -> None:
    """Overrule the answers so far if they would contest the question at once again."""
    session, pair = change.session, change.pair
    session.add(pair)
    if change.own is not None:
        session.add(change.own)
    session.flush()
    refine(session, pair)
    if pair.state == PairState.contested:
        newest = select(func.max(Verification.id)).where(Verification.pair_id == pair.id)
        pair.answers_after = session.exec(newest).one() or 0
        pair.state = PairState.complete.value


def _send_back(change: Change) -> list[dict[str, Any]]:
    """Make the questions drafts of their authors again; the annotations as they were."""
    session, pair = change.session, change.pair
    query = select(Annotation).where(
        Annotation.pair_id == pair.id, col(Annotation.question).is_not(None)
    )
    before = []
    for one in session.exec(query):
        if one.annotator_id != change.annotator_id:
            before.append(stored_annotation(one))
        _keep_as_draft(session, one)
        for name in (*WRITTEN_FIELDS, "written_at"):
            setattr(one, name, None)
        session.add(one)
    if pair.decided_by is None:
        raise DatabaseError(f"Nobody wrote a question for pair {pair.id}.")
    change.unrule()
    return before


def _keep_as_draft(session: Session, written: Annotation) -> None:
    key = (written.pair_id, written.annotator_id)
    if session.get(Draft, key) is not None:
        return
    fields = {name: getattr(written, name) or "" for name in WRITTEN_FIELDS}
    fields["text"], fields["note"] = fields.pop("question"), written.note
    pair_id, annotator_id = key
    draft = Draft(pair_id=pair_id, annotator_id=annotator_id, fields=fields, updated_at=now())
    session.add(draft)
