"""The states of a candidate pair and which decision leads where: pure functions."""

from enum import StrEnum


class PairState(StrEnum):
    """Where a candidate pair stands; ``accepted`` still lacks its question, ``complete`` has it."""

    unreviewed = "unreviewed"
    accepted = "accepted"
    complete = "complete"
    rejected = "rejected"
    skipped = "skipped"


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


OPEN_STATES = frozenset({PairState.unreviewed, PairState.skipped})
WRITABLE_STATES = frozenset({PairState.accepted, PairState.complete})
_OTHER = f"{RejectReason.other}:"


def after_decision(state: PairState, decision: Decision, *, has_question: bool) -> PairState | None:
    """The state that a decision leads to; None if it is not allowed in this state.

    A rejected pair may be accepted after all; one that already had a question is then complete
    again. A finished or rejected pair cannot be put off with a skip.
    """
    if decision is Decision.reject:
        return PairState.rejected
    if decision is Decision.skip:
        return None if state in (PairState.complete, PairState.rejected) else PairState.skipped
    if state in WRITABLE_STATES:
        return None
    return PairState.complete if has_question else PairState.accepted


def reject_reason(text: str | None) -> str | None:
    """The reason in the form that is stored, or None if it is not one we know.

    A value of ``RejectReason``, or ``other: `` and free text.
    """
    reason = (text or "").strip()
    if reason.startswith(_OTHER):
        detail = reason.removeprefix(_OTHER).strip()
        return f"{_OTHER} {detail}" if detail else RejectReason.other.value
    return reason if reason in {known.value for known in RejectReason} else None
