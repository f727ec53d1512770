"""A pair as one person may see it: where several annotate it, nobody sees the others' words."""

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session

from db.cards import find_card, own_annotations
from db.database import Database
from db.lifecycle import own_state
from db.policy import read_policy
from db.views import PairCard


def seen_by(
    session: Session, found: Sequence[PairCard], annotator_id: int, *, overlap: int
) -> list[PairCard]:
    """The same pairs, each with this person's own state and annotation if others annotate too."""
    if overlap == 1 or not found:
        return list(found)
    mine = own_annotations(session, [card.id for card in found], annotator_id)
    shown = []
    for card in found:
        own = mine.get(card.id)
        decision = own.decision if own else None
        state = own_state(decision, has_question=own is not None and own.question is not None)
        shown.append(replace(card, state=state, annotation=own))
    return shown


def get_card_for(database: Database, pair_id: int, annotator_id: int) -> PairCard | None:
    """One pair as this person may see it; None if there is none with this id."""
    with database.read() as session:
        card = find_card(session, pair_id)
        if card is None:
            return None
        overlap = read_policy(session).overlap
        return seen_by(session, [card], annotator_id, overlap=overlap)[0]
