"""Which pairs a person sees next."""

from collections.abc import Iterator

from sqlalchemy import Integer, and_, bindparam, exists, not_, text
from sqlalchemy.orm import aliased
from sqlmodel import col

from db.cards import CARDS, Query, cards
from db.database import Database
from db.lifecycle import Decision, PairState
from db.pairs import current_run_id
from db.tables import IS_OPEN, Annotation, CandidatePair
from db.views import PairCard


def upcoming(
    database: Database, annotator_id: int, *, after_pair_id: int | None = None, n: int = 3
) -> list[PairCard]:
    """The next ``n`` pairs of one person.

    First what this person has not answered yet in the current run, best rank first: unreviewed
    pairs, and pairs that somebody else skipped, for one person's doubt is no answer for another.
    Then the pairs they accepted but wrote no question for, best rank first. Then those they
    skipped themselves, longest ago first.

    Args:
        after_pair_id: the pair just handled; it is left out.
    """
    found: list[PairCard] = []
    values = {"annotator_id": annotator_id, "after": -1 if after_pair_id is None else after_pair_id}
    with database.read() as session:
        for stage in STAGES:
            found += cards(session, stage, {**values, "n": n - len(found)})
            if len(found) >= n:
                break
    return found


def _stages() -> Iterator[Query]:
    """The three lists of ``upcoming``; state and skip keep a pair from being in two of them."""
    mine = aliased(Annotation)
    me = bindparam("annotator_id", type_=Integer)
    is_mine = and_(col(mine.pair_id) == col(CandidatePair.id), col(mine.annotator_id) == me)
    skipped_by_me = exists().where(is_mine, col(mine.decision) == Decision.skip.value)
    is_skipped = col(CandidatePair.state) == PairState.skipped.value
    others = CARDS.where(col(CandidatePair.id) != bindparam("after", type_=Integer))
    others = others.limit(bindparam("n", type_=Integer))
    yield (
        others.where(text(IS_OPEN), col(CandidatePair.run_id) == current_run_id())
        .where(not_(and_(is_skipped, skipped_by_me)))
        .order_by(col(CandidatePair.rank))
    )
    yield (
        others.where(col(CandidatePair.state) == PairState.accepted.value)
        .where(col(CandidatePair.decided_by) == me)
        .order_by(col(CandidatePair.rank), col(CandidatePair.id))
    )
    yield (
        others.join(mine, is_mine)
        .where(is_skipped, col(mine.decision) == Decision.skip.value)
        .order_by(col(mine.updated_at), col(CandidatePair.rank))
    )


# Built once, for building takes longer than asking.
STAGES = tuple(_stages())
