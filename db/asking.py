"""Which blind question a person is asked next: the rule, and what there is to ask."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from db.guideline_tables import ExampleRecord
from db.history import EventKind
from db.lifecycle import Blind, BlindAnswer, PairState, Side, VerificationPolicy, n_wanted
from db.problem_tables import ProblemRecord, ResolutionRecord
from db.tables import Annotation, CandidatePair, Event
from db.times import now
from db.verdicts import digest_of, key_of, pairs_with_words
from db.verification_tables import Verification, VerificationLease

# Between the two images of a pair a person is asked about this many others, if there are so many.
APART = 20
# If nothing else is left, the other image of the pair just seen is asked about after this long.
AGAIN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class OpenQuestion:
    """An image about which one person can be asked; ``n_taken`` answers are in or on their way."""

    pair_id: int
    side: Side
    n_taken: int
    text_digest: str = ""


def choose(
    questions: Sequence[OpenQuestion], recent: Sequence[int], *, seed: str
) -> OpenQuestion | None:
    """The question that comes next, at random; None if all are about the pair just seen.

    Never of the pair asked about last. Images whose other one was asked about more than ``APART``
    questions ago, or never, come first; towards the end those of which both are open, so that the
    two of no pair are left over. What has the fewest answers goes before the rest.

    Args:
        recent: the pairs that this person was asked about, newest first.
        seed: makes the order of this person.
    """
    last = recent[0] if recent else None
    others = [question for question in questions if question.pair_id != last]
    age = {pair_id: n for n, pair_id in reversed(list(enumerate(recent)))}
    n_open = Counter(question.pair_id for question in questions)
    ending = len(questions) <= 2 * APART

    def urgency(question: OpenQuestion) -> tuple[int, int, int, str]:
        seen = age.get(question.pair_id, APART)
        if seen < APART:
            group = (2, -seen)
        else:
            group = (1 if ending and n_open[question.pair_id] < 2 else 0, 0)
        return (*group, question.n_taken, shuffle(seed, question.pair_id, question.side))

    return min(others, key=urgency, default=None)


def shuffle(seed: str, pair_id: int, side: Side) -> str:
    """A number without meaning that stays the same."""
    return hashlib.sha256(f"{seed} {pair_id} {side}".encode()).hexdigest()


def first_option(seed: str, pair_id: int, side: Side, digest: str) -> str:
    """Which option this person sees first: a or b, as if a coin had been thrown once."""
    return "ab"[int(shuffle(f"{seed} {digest}", pair_id, side), 16) % 2]


@dataclass(frozen=True)
class Agenda:
    """What one person can be asked now, and what they were asked.

    ``recent`` has pairs, newest first; ``n_held`` counts images that others are just answering.
    """

    questions: list[OpenQuestion]
    recent: list[int]
    last_at: datetime | None
    n_answered: int
    n_held: int
    texts: Mapping[int, Annotation] = field(default_factory=dict)

    def next(self, annotator_id: int, *, after: int | None = None) -> OpenQuestion | None:
        """The next question of a person, after one about the pair ``after`` or their last."""
        seed = str(annotator_id)
        if after is not None:
            left = [question for question in self.questions if question.pair_id != after]
            return choose(left, [after, *self.recent], seed=seed)
        found = choose(self.questions, self.recent, seed=seed)
        if found is None and self.questions and self.again_at() <= now():
            return choose(self.questions, [], seed=seed)
        return found

    def again_at(self) -> datetime:
        """When the other image of the pair just seen can be asked about at the earliest."""
        return (self.last_at or now()) + AGAIN_AFTER


def agenda(session: Session, annotator_id: int, policy: VerificationPolicy) -> Agenda:
    """What a person can be asked: of complete pairs that are not their own."""
    pairs = pairs_with_words(session, [PairState.complete])
    own = own_pairs(session, annotator_id)
    answers = _answers(session)
    held = _held_by_others(session, annotator_id)
    mine = _mine(session, annotator_id)
    asked = {(pair_id, side, digest) for pair_id, side, digest, _ in mine}
    questions, n_held = [], 0
    for pair, annotation in pairs:
        if pair.id in own:
            continue
        digest = digest_of(annotation)
        counted = _counted(answers.get((pair.id, digest), []), pair)
        for side in Side:
            wanted = n_wanted(counted, key_of(annotation), side, policy)
            if not wanted or (pair.id, side.value, digest) in asked:
                continue
            n_others = held[pair.id, side.value]
            if wanted > n_others:
                n_taken = n_others + sum(one is side for one, _ in counted)
                questions.append(OpenQuestion(pair.id, side, n_taken, digest))
            else:
                n_held += 1
    return Agenda(
        questions=questions,
        recent=[pair_id for pair_id, *_ in mine],
        last_at=mine[0][3] if mine else None,
        n_answered=len(mine),
        n_held=n_held,
        texts={pair.id: annotation for pair, annotation in pairs},
    )


def _counted(stored: Iterable[tuple[int, Blind]], pair: CandidatePair) -> list[Blind]:
    return [answer for number, answer in stored if number > pair.answers_after]


def own_pairs(session: Session, annotator_id: int) -> set[int]:
    """The pairs whose images and key this person has seen: annotated, ruled on, reported, shown."""
    connection = session.connection()
    annotated = select(col(Annotation.pair_id)).where(col(Annotation.annotator_id) == annotator_id)
    changed = select(col(Event.pair_id)).where(
        col(Event.annotator_id) == annotator_id,
        col(Event.pair_id).is_not(None),
        col(Event.kind) != EventKind.verification.value,
    )
    reported = select(col(ProblemRecord.pair_id)).where(
        col(ProblemRecord.annotator_id) == annotator_id, col(ProblemRecord.side).is_(None)
    )
    resolved = (
        select(col(ProblemRecord.pair_id))
        .join(ResolutionRecord, col(ResolutionRecord.problem_id) == col(ProblemRecord.id))
        .where(col(ResolutionRecord.annotator_id) == annotator_id)
    )
    shown = select(col(ExampleRecord.pair_id)).where(
        col(ExampleRecord.annotator_id) == annotator_id
    )
    queries = (annotated, changed, reported, resolved, shown)
    found = (pair_id for query in queries for pair_id in connection.scalars(query))
    return {pair_id for pair_id in found if pair_id is not None}


def _answers(session: Session) -> dict[tuple[int, str], list[tuple[int, Blind]]]:
    """All blind answers with their numbers, by pair and words."""
    query = select(
        col(Verification.id),
        col(Verification.pair_id),
        col(Verification.text_digest),
        col(Verification.side),
        col(Verification.answer),
    )
    found = defaultdict(list)
    for number, pair_id, digest, side, answer in session.connection().execute(query):
        found[pair_id, digest].append((number, (Side(side), BlindAnswer(answer))))
    return found


def _held_by_others(session: Session, annotator_id: int) -> Counter[tuple[int, str]]:
    query = select(col(VerificationLease.pair_id), col(VerificationLease.side)).where(
        col(VerificationLease.annotator_id) != annotator_id,
        col(VerificationLease.expires_at) > now(),
    )
    return Counter((pair_id, side) for pair_id, side in session.connection().execute(query))


def _mine(session: Session, annotator_id: int) -> list[tuple[int, str, str, datetime]]:
    """What this person answered, newest first."""
    query = (
        select(
            col(Verification.pair_id),
            col(Verification.side),
            col(Verification.text_digest),
            col(Verification.at),
        )
        .where(col(Verification.annotator_id) == annotator_id)
        .order_by(col(Verification.id).desc())
    )
    return [(pair, side, text, at) for pair, side, text, at in session.connection().execute(query)]
