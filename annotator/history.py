"""The append-only history in words: what an event says of itself to a person."""

from collections.abc import Callable, Mapping
from typing import Any

from annotator.studio import Studio
from db.history import OF_PAIRS, EventKind, events
from db.lifecycle import RejectReason
from db.views import EventView

# What is told of people rather than of pairs: addresses, roles, tokens.
OF_ACCOUNTS = (
    EventKind.account,
    EventKind.role,
    EventKind.disabled,
    EventKind.enabled,
    EventKind.password,
    EventKind.sessions_ended,
    EventKind.login,
    EventKind.login_failed,
    EventKind.logout,
    EventKind.token_made,
    EventKind.token_revoked,
)
_OF_PAIRS = {kind.value for kind in OF_PAIRS}
_OTHER = f"{RejectReason.other}: "
_REASONS = {
    RejectReason.near_duplicate.value: "near-duplicate images",
    RejectReason.no_visible_difference.value: "no visible difference",
    RejectReason.difference_not_nameable.value: "difference cannot be put in words",
    RejectReason.unsuitable.value: "unsuitable content",
    RejectReason.other.value: "other",
}
DECIDED = {"accept": "accepted it", "reject": "rejected it", "skip": "skipped it"}
RULED = {
    "keep": "ruled that it stays as it is",
    "choose": "ruled for a version",
    "merge": "ruled for new words",
    "swap": "swapped the answers",
    "send_back": "sent it back to its authors",
    "reject": "rejected it by a ruling",
}
CHANGE = {
    "decision": "the decision",
    "question": "the question",
    "adjudication": "the ruling",
    "restore": "the restoration",
}


def reason_words(reason: str | None) -> str:
    """The reason of a rejection for people; empty if there is none."""
    return _REASONS.get(reason or "", (reason or "").removeprefix(_OTHER))


def decided_words(decision: str, reason: str | None) -> str:
    """What somebody decided: "rejected it: no visible difference"."""
    why = reason_words(reason) if decision == "reject" else ""
    return DECIDED[decision] + (f": {why}" if why else "")


def listed_events(
    studio: Studio,
    *,
    pair_id: int | None = None,
    limit: int = 100,
    before: int | None = None,
    accounts: bool = False,
) -> list[dict[str, Any]]:
    """The newest events first, each as one sentence; blind answers and drafts stay untold.

    Args:
        before: only events older than the one with this id.
        accounts: also what concerns people's accounts.
    """
    left_out = () if accounts else OF_ACCOUNTS
    found = events(studio.database, pair_id=pair_id, limit=limit, before=before, leave_out=left_out)
    return [
        {
            "id": event.id,
            "at": event.at.isoformat(),
            "by": event.annotator,
            "kind": event.kind,
            "pair_id": event.pair_id,
            "about": tell(event),
        }
        for event in found
    ]


def tell(event: EventView) -> str:
    """What happened, as the rest of a sentence that begins with who did it."""
    data = event.data
    if event.kind in _OF_PAIRS:
        return _of_pair(event.kind, data)
    told = _TELLING.get(event.kind)
    return told(data) if told else event.kind.replace("_", " ")


def _of_pair(kind: str, data: Mapping[str, Any]) -> str:
    stored = data["after"].get("annotation")
    if kind == EventKind.decision and stored:
        return decided_words(stored["decision"], stored["reason"])
    if kind == EventKind.question:
        before = data["before"].get("annotation")
        return "rewrote its question" if before and before["question"] else "wrote its question"
    if kind == EventKind.adjudication:
        return RULED[data["ruling"]]
    if kind == EventKind.restore:
        return f"restored the version of event {data['restores']}"
    if kind == EventKind.verification:
        return "took a blind answer back" if data["taken_back"] else "answered it blind"
    what = CHANGE.get(data.get("of", ""), "the last change")
    return f"{'took back' if kind == EventKind.undo else 'did again'} {what}"


def _moved(data: Mapping[str, Any]) -> str:
    moved = data.get("n_pairs_changed", 0)
    what = "verification" if "verification" in data else "the queue"
    return f"changed the policy of {what}; {moved:,} pairs stand elsewhere"


_TELLING: dict[str, Callable[[Mapping[str, Any]], str]] = {
    EventKind.scan: lambda data: f"indexed {data['source']}",
    EventKind.encoder: lambda data: f"used the encoder {data['spec']} first",
    EventKind.order: lambda data: f"ordered the pairs of run {data['run_id']}",
    EventKind.selection: lambda data: (
        f"{'deleted' if data.get('deleted') else 'made'} the selection {data['name']}"
    ),
    EventKind.run: lambda data: (
        f"mined run {data['run_id']}: {data['n_pairs']:,} pairs of {data['n_images']:,} images"
    ),
    EventKind.export: lambda data: (
        f"exported {data['n_pairs']:,} pairs as {data['format']} to {data['folder']}"
    ),
    EventKind.grade: lambda data: (
        f"graded {data['run']}'s answer to the {data['image']} image of pair {data['pair_id']}"
    ),
    EventKind.imported: lambda data: f"imported {data['n_pairs']:,} pairs as {data['name']}",
    EventKind.card: lambda _: "changed the dataset card",
    EventKind.policy: _moved,
    EventKind.annotator: lambda data: f"came as {data['name']}",
    EventKind.example: lambda _: "changed whether it is an example of the guidelines",
    EventKind.problem: lambda _: "reported a problem with it",
    EventKind.no_fault: lambda _: "found no fault in what was reported",
    EventKind.guidelines: lambda _: "changed the guidelines",
    EventKind.pattern: lambda _: "changed the visual patterns",
    EventKind.suggesting: lambda data: (
        f"{'allowed' if data['enabled'] else 'forbade'} sending images to {data['endpoint']}"
    ),
    EventKind.account: lambda data: f"gave {data['name']} an account as {data['role']}",
    EventKind.role: lambda data: (
        f"made {data['name']} {data['after']}, who was {data['before']} before"
    ),
    EventKind.disabled: lambda data: f"shut {data['name']} out",
    EventKind.enabled: lambda data: f"let {data['name']} in again",
    EventKind.password: lambda data: f"set the password of {data['name']}",
    EventKind.sessions_ended: lambda data: f"logged {data['name']} out everywhere",
    EventKind.login: lambda data: f"logged in from {data['address'] or 'somewhere'}",
    EventKind.login_failed: lambda data: f"failed to log in from {data['address'] or 'somewhere'}",
    EventKind.logout: lambda _: "logged out",
    EventKind.token_made: lambda data: f"made the token {data['token']} for {data['name']}",
    EventKind.token_revoked: lambda data: f"revoked the token {data['token']}",
}
