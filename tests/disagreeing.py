"""Pairs that several people annotated on their own, not all alike: what agreement starts from."""

from collections.abc import Iterator, Sequence

from db.annotations import decide, write_question
from db.database import Database
from db.lifecycle import Decision
from db.pairs import get_card

# What two people say about a pair: a pattern accepts it with a question, None rejects it.
Said = tuple[str | None, str | None]
# Twelve pairs: they agree to accept 7, to reject 2, and not at all about 3; of the 7 two have
# different patterns.
TWELVE: tuple[Said, ...] = (
    *[("color", "color")] * 3,
    ("state", "state"),
    ("state", "state"),
    ("color", "state"),
    ("state", "text"),
    (None, None),
    (None, None),
    ("color", None),
    (None, "text"),
    ("color", None),
)


def say(database: Database, pair_id: int, person: int, pattern: str | None) -> None:
    """One person's whole annotation of a pair."""
    decision = Decision.accept if pattern else Decision.reject
    card = get_card(database, pair_id)
    assert card is not None
    version = decide(
        database,
        pair_id,
        version=card.version,
        annotator_id=person,
        decision=decision,
        reason="unsuitable",
    ).version
    if pattern:
        write_question(
            database,
            pair_id,
            version=version,
            annotator_id=person,
            text=f"{pair_id}: Which wall has the door?",
            option_a="Left",
            option_b="Right",
            answer_first="a",
            answer_second="b",
            pattern=pattern,
        )


def say_all(
    database: Database, pair_ids: Sequence[int], people: tuple[int, int], said: Sequence[Said]
) -> None:
    """Both people's annotations of these pairs; the policy must ask for two."""
    for pair_id, both in zip(pair_ids, said, strict=True):
        for person, pattern in zip(people, both, strict=True):
            say(database, pair_id, person, pattern)


def labels(said: Sequence[Said]) -> Iterator[tuple[str, str]]:
    """Accept or reject, by pair."""
    for first, second in said:
        yield ("accept" if first else "reject", "accept" if second else "reject")
