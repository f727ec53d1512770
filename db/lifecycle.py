"""The states of a candidate pair and which decision leads where: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PairState(StrEnum):
    """Where a candidate pair stands; ``accepted`` still lacks its question, ``complete`` has it.

    Where several people annotate each pair, it is ``partial`` until enough of them are done, and
    ``disputed`` if they then do not agree. A complete pair is ``final`` once enough blind answers
    agree with its key, and ``contested`` once they cannot any more.
    """

    unreviewed = "unreviewed"
    partial = "partial"
    accepted = "accepted"
    complete = "complete"
    rejected = "rejected"
    skipped = "skipped"
    disputed = "disputed"
    final = "final"
    contested = "contested"


class RunKind(StrEnum):
    """How a run came by its pairs: two encoders found them, or somebody brought them.

    ``pairs`` wait for review, ``written`` ones came with a question each. Those of a ``benchmark``
    stay apart from the workspace's own.
    """

    mined = "mined"
    pairs = "pairs"
    written = "written"
    benchmark = "benchmark"


class Decision(StrEnum):
    """What a person can decide about a candidate pair."""

    accept = "accept"
    reject = "reject"
    skip = "skip"


class RejectReason(StrEnum):
    """Why a pair is no use; ``other`` may be followed by free text: ``other: too dark``."""

    near_duplicate = "near_duplicate"
    no_visible_difference = "no_visible_difference"
    difference_not_nameable = "difference_not_nameable"
    unsuitable = "unsuitable"
    other = "other"


OPEN_STATES = frozenset({PairState.unreviewed, PairState.skipped, PairState.partial})
# A pair with a question; which of the three it is, the blind answers to the question decide.
WRITTEN_STATES = frozenset({PairState.complete, PairState.final, PairState.contested})
# Those that count towards the benchmark's target.
DONE_STATES = frozenset({PairState.complete, PairState.final})
SETTLED_STATES = WRITTEN_STATES | {PairState.rejected, PairState.disputed}
WRITABLE_STATES = WRITTEN_STATES | {PairState.accepted}
ADJUDICABLE_STATES = WRITTEN_STATES | {PairState.disputed}
_OTHER = f"{RejectReason.other}:"


def after_decision(state: PairState, decision: Decision, *, has_question: bool) -> PairState | None:
    """The state that a decision leads to; None if it is not allowed in this state.

    A rejected pair may be accepted after all; one that already had a question is then complete
    again. A finished or rejected pair cannot be put off with a skip.
    """
    if decision is Decision.reject:
        return PairState.rejected
    if decision is Decision.skip:
        return None if state in SETTLED_STATES else PairState.skipped
    if state in WRITABLE_STATES:
        return None
    return PairState.complete if has_question else PairState.accepted


@dataclass(frozen=True)
class Vote:
    """What one person's annotation of a pair amounts to, as if it were the only one."""

    annotator_id: int
    state: PairState
    at: datetime

    @property
    def is_in(self) -> bool:
        """Whether it takes one of the pair's places: a skip leaves it to somebody else."""
        return self.state is not PairState.skipped

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing: an accepted pair still lacks its question."""
        return self.state in (PairState.complete, PairState.rejected)


def own_state(decision: Decision | None, *, has_question: bool) -> PairState:
    """Where a pair stands for the person of an annotation; without one it is unreviewed."""
    if decision is None:
        return PairState.unreviewed
    if decision is Decision.accept:
        return PairState.complete if has_question else PairState.accepted
    return PairState.rejected if decision is Decision.reject else PairState.skipped


def settle(votes: Sequence[Vote], *, overlap: int) -> tuple[PairState, int | None]:
    """Where a pair stands after all its votes, and whose annotation speaks for it.

    With one annotation a pair the newest counts. With more the pair is partial until ``overlap``
    votes are done; those that agree settle it, and the first of them speaks for it.
    """
    if not votes:
        return PairState.unreviewed, None
    if overlap == 1:
        newest = max(votes, key=lambda vote: (vote.at, vote.annotator_id))
        return newest.state, newest.annotator_id
    first = min(votes, key=lambda vote: (not vote.is_done, not vote.is_in, vote.at))
    if not first.is_in:
        return PairState.skipped, first.annotator_id
    done = [vote.state for vote in votes if vote.is_done]
    if len(done) < overlap:
        return PairState.partial, first.annotator_id
    agreed = len(set(done)) == 1
    return (first.state if agreed else PairState.disputed), first.annotator_id


def has_room(votes: Sequence[Vote], annotator_id: int, *, overlap: int) -> bool:
    """Whether this person may annotate a pair that several people annotate.

    Who is in stays in; the others may come until ``overlap`` are.
    """
    people = {vote.annotator_id for vote in votes if vote.is_in}
    return annotator_id in people or len(people) < overlap


def reject_reason(text: str | None) -> str | None:
    """The reason in the form that is stored, or None if it is not one we know.

    A value of ``RejectReason``, or ``other: `` and free text.
    """
    reason = (text or "").strip()
    if reason.startswith(_OTHER):
        detail = reason.removeprefix(_OTHER).strip()
        return f"{_OTHER} {detail}" if detail else RejectReason.other.value
    return reason if reason in {known.value for known in RejectReason} else None


class BlindAnswer(StrEnum):
    """What somebody who sees one image and the question, and not the key, can answer."""

    a = "a"
    b = "b"
    cannot_tell = "cannot_tell"
    bad_question = "bad_question"


class Side(StrEnum):
    """Which of the two images of a pair somebody was shown."""

    first = "first"
    second = "second"


@dataclass(frozen=True)
class VerificationPolicy:
    """``answers`` are asked for about each image, ``agreements`` of them must agree with the key.

    While verification is not ``enabled`` nobody is asked, and complete pairs are exported as they
    are.
    """

    enabled: bool = False
    answers: int = 2
    agreements: int = 2


Key = Mapping[Side, str]
Blind = tuple[Side, BlindAnswer]


def n_right(answers: Sequence[Blind], key: Key, side: Side) -> int:
    """How many blind answers about one image agree with the key."""
    return sum(answer.value == key[side] for asked, answer in answers if asked is side)


def n_wanted(answers: Sequence[Blind], key: Key, side: Side, policy: VerificationPolicy) -> int:
    """How many more answers about one image the policy asks for; 0 once enough agree."""
    if n_right(answers, key, side) >= policy.agreements:
        return 0
    return max(0, policy.answers - sum(asked is side for asked, _ in answers))


def verdict(answers: Sequence[Blind], key: Key, policy: VerificationPolicy) -> PairState:
    """What the blind answers to its question make of a complete pair.

    It stays complete until about both images enough answers agree or all that are asked for are
    in: an adjudicator who sees answers about both can tell a swapped key from a hard question.
    """
    if any(n_wanted(answers, key, side, policy) for side in Side):
        return PairState.complete
    agreed = all(n_right(answers, key, side) >= policy.agreements for side in Side)
    return PairState.final if agreed else PairState.contested


def looks_swapped(answers: Sequence[Blind], key: Key) -> bool:
    """Whether everybody chose the other option about both images, as if the key were inverted."""
    inverted = all(
        answer in (BlindAnswer.a, BlindAnswer.b) and answer.value != key[side]
        for side, answer in answers
    )
    return inverted and {side for side, _ in answers} == set(Side)


class Ruling(StrEnum):
    """How an adjudicator can end a disagreement about a pair."""

    keep = "keep"
    choose = "choose"
    merge = "merge"
    swap = "swap"
    send_back = "send_back"
    reject = "reject"
