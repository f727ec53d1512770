"""Tags: patterns that a reviewer takes over for many pairs at once, beside what people said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.cards import IS_CURRENT
from db.database import Database
from db.history import EventKind, add_event
from db.pattern_fields import PatternError, PatternFields
from db.pattern_tables import HOLDS, PatternRecord, PatternTag, read_pattern
from db.patterns import put_pattern
from db.tables import Annotation, CandidatePair
from db.times import now

_AT_ONCE = 500  # SQLite takes some 30,000 values in a statement, older ones 999


@dataclass(frozen=True)
class WantedTag:
    """The pattern that a pair shall be read with, and how sure that is, from 0 to 1."""

    slug: str
    confidence: float


@dataclass(frozen=True)
class Tagged:
    """What came of it: pairs tagged, those read so already, those without a question now."""

    n_tagged: int
    n_same: int
    n_without_question: int
    n_kept: int
    """Pairs that have a pattern, where only those without one were to be tagged."""


def adopt_patterns(
    database: Database,
    added: Sequence[PatternFields],
    tags: Mapping[int, WantedTag],
    *,
    found_by: str,
    shipped: Sequence[PatternFields],
    only_if_said: Collection[str] | None = None,
    annotator_id: int | None = None,
) -> Tagged:
    """Add patterns to the set and tag pairs, all of it or nothing; what people said stays stored.

    Args:
        added: new patterns; tags may name them.
        tags: by pair. A pair that is read so already gets none.
        found_by: who proposed them: the name of a model, or a way of clustering.
        shipped: the set that holds as long as the workspace has none of its own.
        only_if_said: leave pairs whose question is read with any other pattern than these.

    Raises:
        PatternError: a pattern cannot be added, a tag names none, or one out of use.
    """
    with database.write() as session:
        for fields in added:
            put_pattern(session, fields, shipped=shipped, annotator_id=annotator_id)
        usable = _usable(session, shipped)
        for slug in {tag.slug for tag in tags.values()} - usable:
            raise PatternError("There is no such visual pattern in use.", where=slug)
        standing = _standing(session, tags)
        wanted = {}
        n_same = n_kept = 0
        for pair_id, (said, read) in standing.items():
            if only_if_said is not None and read not in only_if_said:
                n_kept += 1
            elif read == tags[pair_id].slug:
                n_same += 1
            else:
                wanted[pair_id] = said
        if wanted:
            _replace(session, tags, wanted, found_by, annotator_id)
        without = len(tags) - len(standing)
        return Tagged(len(wanted), n_same, without, n_kept)


def take_back_tags(database: Database, slug: str, *, annotator_id: int | None = None) -> int:
    """Have the pairs that are tagged with a pattern read as people said; how many there were.

    Raises:
        PatternError: no pair is tagged with it.
    """
    with database.write() as session:
        rows = session.exec(select(PatternTag).where(col(PatternTag.slug) == slug)).all()
        if not rows:
            raise PatternError("No pair is tagged with this pattern.", where=slug)
        before = [_json(row) for row in rows]
        for row in rows:
            session.delete(row)
        data = {"action": "untag", "slug": slug, "before": before, "after": []}
        add_event(session, EventKind.pattern, data, annotator_id=annotator_id)
        return len(rows)


@dataclass(frozen=True)
class HoldingTag:
    """What a pair's question is read as, what it says itself, and who found so how surely."""

    said: str
    slug: str
    confidence: float
    found_by: str


def holding_tag(database: Database, pair_id: int) -> HoldingTag | None:
    """The tag of the question that stands for a pair; None where none holds."""
    query = (
        select(PatternTag)
        .join(Annotation, HOLDS)
        .join(CandidatePair, IS_CURRENT)
        .where(col(PatternTag.pair_id) == pair_id)
    )
    with database.read() as session:
        row = session.exec(query).first()
        if row is None:
            return None
        return HoldingTag(row.said, row.slug, row.confidence, row.found_by)


def count_said(database: Database) -> dict[str, int]:
    """How many annotations say each pattern, word for word: merges do not count here."""
    query = select(Annotation.pattern, func.count()).group_by(col(Annotation.pattern))
    with database.read() as session:
        return {slug: n for slug, n in session.exec(query) if slug is not None}


def count_tagged(database: Database) -> list[tuple[str, str, int]]:
    """(what the question says, the tag, number of annotations) of the tags that hold."""
    query = (
        select(PatternTag.said, PatternTag.slug, func.count())
        .join(Annotation, HOLDS)
        .group_by(col(PatternTag.said), col(PatternTag.slug))
    )
    with database.read() as session:
        return [(said, slug, n) for said, slug, n in session.exec(query)]


def _usable(session: Session, shipped: Sequence[PatternFields]) -> set[str]:
    rows = session.exec(select(PatternRecord)).all()
    if not rows:
        return {one.slug for one in shipped}
    return {one.slug for one in rows if one.merged_into is None and one.retired_at is None}


def _standing(session: Session, pair_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(what is said, what it is read as) of the question that stands, by pair."""
    found: dict[int, tuple[str, str]] = {}
    for some in _chunks(sorted(pair_ids)):
        query = (
            select(Annotation.pair_id, Annotation.pattern, read_pattern())
            .join(CandidatePair, IS_CURRENT)
            .where(col(Annotation.pattern).is_not(None), col(CandidatePair.id).in_(some))
        )
        for pair_id, said, read in session.connection().execute(query):
            found[pair_id] = (said, read)
    return found


def _replace(
    session: Session,
    tags: Mapping[int, WantedTag],
    said: Mapping[int, str],
    found_by: str,
    annotator_id: int | None,
) -> None:
    at, before = now(), []
    for some in _chunks(sorted(said)):
        query = select(PatternTag).where(col(PatternTag.pair_id).in_(some))
        for older in session.exec(query).all():
            before.append(_json(older))
            session.delete(older)
        session.flush()
        session.add_all(
            PatternTag(
                pair_id=pair_id,
                said=said[pair_id],
                slug=tags[pair_id].slug,
                confidence=tags[pair_id].confidence,
                found_by=found_by,
                annotator_id=annotator_id,
                tagged_at=at,
            )
            for pair_id in some
        )
    session.flush()
    after = [
        {"pair_id": pair_id, "said": said[pair_id], "slug": tags[pair_id].slug}
        | {"confidence": tags[pair_id].confidence, "found_by": found_by}
        for pair_id in sorted(said)
    ]
    data = {"action": "tag", "found_by": found_by, "before": before, "after": after}
    add_event(session, EventKind.pattern, data, annotator_id=annotator_id)


def _json(row: PatternTag) -> dict[str, object]:
    return row.model_dump(
        mode="json", include={"pair_id", "said", "slug", "confidence", "found_by"}
    )


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
