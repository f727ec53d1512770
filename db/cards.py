"""How candidate pairs are read: one joined query, one view a row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, bindparam, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.errors import DatabaseError
from db.images import image_columns, image_view
from db.lifecycle import Decision, PairState
from db.tables import (
    Annotation,
    Annotator,
    CandidatePair,
    EncoderRecord,
    ImageRecord,
    MiningRun,
)
from db.views import AnnotationView, PairCard, PairLink, QuestionView

Query = Select[*tuple[Any, ...]]
_First = aliased(ImageRecord)
_Second = aliased(ImageRecord)
_Blind = aliased(EncoderRecord)
_Reference = aliased(EncoderRecord)
_FIRST_COLUMNS = image_columns(_First)
_SECOND_COLUMNS = image_columns(_Second)
_ANNOTATION_COLUMNS = [
    col(Annotation.id),
    col(Annotator.name),
    col(Annotation.decision),
    col(Annotation.reason),
    col(Annotation.question),
    col(Annotation.option_a),
    col(Annotation.option_b),
    col(Annotation.answer_first),
    col(Annotation.answer_second),
    col(Annotation.pattern),
    col(Annotation.note),
    col(Annotation.updated_at),
]
_PAIR_COLUMNS = [
    col(CandidatePair.id),
    col(CandidatePair.version),
    col(CandidatePair.state),
    col(CandidatePair.rank),
    col(CandidatePair.blind_cosine),
    col(CandidatePair.reference_cosine),
    col(_Blind.spec),
    col(_Reference.spec),
    col(MiningRun.blind_min),
    col(MiningRun.reference_max),
    col(CandidatePair.run_id),
]
# An annotation counts for its pair only if its author set the pair's state.
IS_CURRENT = and_(
    col(Annotation.pair_id) == col(CandidatePair.id),
    col(Annotation.annotator_id) == col(CandidatePair.decided_by),
)


# What ``cards`` reads; add conditions on ``CandidatePair`` and an order. Built once: it takes 1 ms.
CARDS: Query = (
    select(*_PAIR_COLUMNS, *_FIRST_COLUMNS, *_SECOND_COLUMNS, *_ANNOTATION_COLUMNS)
    .select_from(CandidatePair)
    .join(_First, col(_First.id) == col(CandidatePair.first_image_id))
    .join(_Second, col(_Second.id) == col(CandidatePair.second_image_id))
    .join(_Blind, col(_Blind.id) == col(CandidatePair.blind_encoder_id))
    .join(_Reference, col(_Reference.id) == col(CandidatePair.reference_encoder_id))
    .join(MiningRun, col(MiningRun.id) == col(CandidatePair.run_id))
    .outerjoin(Annotation, IS_CURRENT)
    .outerjoin(Annotator, col(Annotator.id) == col(Annotation.annotator_id))
)


def cards(
    session: Session, query: Query, values: Mapping[str, int] | None = None
) -> list[PairCard]:
    """The pairs that a ``CARDS`` query finds with these values for its parameters."""
    return [_card(row) for row in session.connection().execute(query, values)]


def card(session: Session, pair_id: int) -> PairCard:
    """One pair.

    Raises:
        DatabaseError: if there is no such pair.
    """
    found = find_card(session, pair_id)
    if found is None:
        raise DatabaseError(f"There is no pair {pair_id}.")
    return found


_CARD = CARDS.where(col(CandidatePair.id) == bindparam("pair_id", type_=Integer))


def find_card(session: Session, pair_id: int) -> PairCard | None:
    """One pair; None if there is none with this id."""
    return next(iter(cards(session, _CARD, {"pair_id": pair_id})), None)


def _card(row: Row[*tuple[Any, ...]]) -> PairCard:
    values = list(row)
    n_pair, n_image = len(_PAIR_COLUMNS), len(_FIRST_COLUMNS)
    pair_id, version, state, rank, blind, reference, *rest = values[:n_pair]
    blind_encoder, reference_encoder, blind_min, reference_max, run_id = rest
    return PairCard(
        id=pair_id,
        version=version,
        state=PairState(state),
        rank=rank,
        first=image_view(values[n_pair : n_pair + n_image]),
        second=image_view(values[n_pair + n_image : n_pair + 2 * n_image]),
        blind_cosine=blind,
        reference_cosine=reference,
        gap=blind - reference,
        blind_encoder=blind_encoder,
        reference_encoder=reference_encoder,
        blind_min=blind_min,
        reference_max=reference_max,
        run_id=run_id,
        annotation=_annotation(values[n_pair + 2 * n_image :]),
    )


def _annotation(values: list[Any]) -> AnnotationView | None:
    annotation_id, annotator, decision, reason, *question, note, updated_at = values
    if annotation_id is None:
        return None
    return AnnotationView(
        id=annotation_id,
        annotator=annotator,
        decision=Decision(decision),
        reason=reason,
        question=QuestionView(*question) if question[0] is not None else None,
        note=note,
        updated_at=updated_at,
    )


# What ``links`` reads; add conditions on ``CandidatePair`` and an order.
LINKS: Query = (
    select(
        col(CandidatePair.id),
        col(CandidatePair.first_image_id),
        col(CandidatePair.second_image_id),
        col(CandidatePair.blind_cosine),
        col(CandidatePair.reference_cosine),
        col(CandidatePair.state),
        col(Annotation.pattern),
    )
    .select_from(CandidatePair)
    .outerjoin(Annotation, IS_CURRENT)
)


def links(session: Session, query: Query) -> list[PairLink]:
    """The pairs that a ``LINKS`` query finds, without their images."""
    rows = session.connection().execute(query)
    return [
        PairLink(
            id=pair_id,
            first_image_id=first,
            second_image_id=second,
            blind_cosine=blind,
            reference_cosine=reference,
            gap=blind - reference,
            state=PairState(state),
            pattern=pattern,
        )
        for pair_id, first, second, blind, reference, state, pattern in rows
    ]
