"""What must hold after many people worked at once, whatever the database and however they came."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlmodel import col, select

from db.database import Database
from db.tables import Annotation, CandidatePair, Event

PAIR_KINDS = ("decision", "question", "undo")


@dataclass(frozen=True)
class Hold:
    """A pair was on one person's page, by the server's word, at least from `since` to `until`."""

    annotator_id: int
    pair_id: int
    since: float
    until: float


@dataclass(frozen=True)
class Write:
    """A change that the server acknowledged; `values` are fields that the annotation then had."""

    annotator_id: int
    pair_id: int
    kind: str
    version: int | None = None  # that the pair then had; None: the answer did not say
    values: dict[str, Any] = field(default_factory=dict)


def violations(database: Database, holds: Sequence[Hold], writes: Sequence[Write]) -> Iterator[str]:
    """One sentence for each thing that may never happen; with one annotation a pair.

    Args:
        writes: all that the server acknowledged since the database had no events of pairs.
    """
    events = _events(database)
    yield from double_holds(holds)
    yield from intrusions(holds, events)
    yield from lost_or_invented(writes, events)
    yield from broken_chains(database, events)
    yield from wrong_undos(events)
    yield from crossed_annotations(database, events)


def _events(database: Database) -> list[Event]:
    query = select(Event).where(col(Event.pair_id).is_not(None)).order_by(col(Event.id))
    with database.read() as session:
        return list(session.exec(query))


def double_holds(holds: Iterable[Hold]) -> Iterator[str]:
    """Two people had one pair at the same moment."""
    by_pair = defaultdict(list)
    for hold in holds:
        by_pair[hold.pair_id].append(hold)
    for pair_id, found in by_pair.items():
        latest: Hold | None = None  # of those before, the one that lasts longest
        for hold in sorted(found, key=lambda one: one.since):
            if latest and latest.annotator_id != hold.annotator_id and hold.since < latest.until:
                both = f"{latest.annotator_id} and {hold.annotator_id}"
                yield f"pair {pair_id}: {both} had it at the same time ({latest}, {hold})"
            if latest is None or hold.until > latest.until:
                latest = hold


def intrusions(holds: Iterable[Hold], events: Iterable[Event]) -> Iterator[str]:
    """A pair was changed while somebody else had it."""
    by_pair = defaultdict(list)
    for hold in holds:
        by_pair[hold.pair_id].append(hold)
    for event in events:
        at = event.at.timestamp()
        for hold in by_pair[event.pair_id or 0]:
            if hold.annotator_id != event.annotator_id and hold.since < at < hold.until:
                yield f"event {event.id}: {event.annotator_id} changed what {hold} had"


def lost_or_invented(writes: Iterable[Write], events: Iterable[Event]) -> Iterator[str]:
    """An acknowledged change is not in the history, or one in the history was not acknowledged."""
    left = {(e.pair_id, e.data["version"]): e for e in events if e.kind in PAIR_KINDS}
    unnumbered = []
    for write in writes:
        if write.version is None:
            unnumbered.append(write)
            continue
        event = left.pop((write.pair_id, write.version), None)
        if event is None or (event.annotator_id, event.kind) != (write.annotator_id, write.kind):
            yield f"lost: {write} is not in the history (there is {event})"
            continue
        stored = event.data["after"]["annotation"] or {}
        wrong = {name for name, value in write.values.items() if stored.get(name) != value}
        if wrong:
            yield f"crossed: event {event.id} has other {sorted(wrong)} than {write}"
    for write in unnumbered:
        mine = (write.annotator_id, write.pair_id, write.kind)
        key = next(
            (k for k, e in left.items() if (e.annotator_id, e.pair_id, e.kind) == mine), None
        )
        if key is None:
            yield f"lost: {write} is not in the history"
        else:
            del left[key]
    for event in left.values():
        yield f"invented: event {event.id} ({event.kind} by {event.annotator_id}) has no answer"


def broken_chains(database: Database, events: Iterable[Event]) -> Iterator[str]:
    """A pair's events do not count up to its version, or do not start where the last one ended."""
    chains: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        chains[event.pair_id or 0].append(event)
    with database.read() as session:
        pairs = {pair.id: pair for pair in session.exec(select(CandidatePair))}
    for pair_id, pair in pairs.items():
        chain = sorted(chains[pair_id], key=lambda e: int(e.data["version"]))
        if [e.data["version"] for e in chain] != list(range(1, pair.version + 1)):
            yield f"pair {pair_id}: its events do not count to its version {pair.version}"
        for before, after in pairwise(chain):
            if before.data["after"]["state"] != after.data["before"]["state"]:
                yield f"pair {pair_id}: event {after.id} does not start where {before.id} ended"
        if chain and chain[-1].data["after"]["state"] != pair.state:
            yield f"pair {pair_id} is {pair.state}, its last event says otherwise"


def wrong_undos(events: Sequence[Event]) -> Iterator[str]:
    """Something was taken back that is not the person's own, or not brought back as it was."""
    by_id = {event.id: event for event in events}
    for event in events:
        if event.kind != "undo":
            continue
        undone = by_id.get(event.undoes or 0)
        if undone is None or (undone.pair_id, undone.annotator_id) != (
            event.pair_id,
            event.annotator_id,
        ):
            yield f"event {event.id} takes back what is not its person's: {undone}"
        elif event.data["after"]["annotation"] != undone.data["before"]["annotation"]:
            yield f"event {event.id} does not bring back what was before event {undone.id}"


def crossed_annotations(database: Database, events: Iterable[Event]) -> Iterator[str]:
    """A person's annotation is not what their own last event about the pair left."""
    last: dict[tuple[int | None, int | None], dict[str, Any] | None] = {}
    for event in events:
        last[event.pair_id, event.annotator_id] = event.data["after"]["annotation"]
    with database.read() as session:
        stored = {(a.pair_id, a.annotator_id): a for a in session.exec(select(Annotation))}
    for key in last.keys() | stored.keys():
        expected, found = last.get(key), stored.get(key)  # type: ignore[arg-type]
        kept = found and found.model_dump(mode="json", exclude={"pair_id", "annotator_id"})
        if _comparable(kept) != _comparable(expected):
            yield f"annotation of pair, person {key} is {kept}, the last event left {expected}"


def _comparable(annotation: dict[str, Any] | None) -> dict[str, Any] | None:
    """Times as moments: the two databases write their zones in different ways."""
    if annotation is None:
        return None
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in annotation.items()
    }
