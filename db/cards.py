"""How candidate pairs are read: one joined query, one view a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Row, Select, and_, bindparam, case, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from db.errors import DatabaseError
from db.images import image_columns, image_view
from db.lifecycle import Decision, PairState, RunKind
from db.pattern_tables import read_pattern
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
    read_pattern(),
    col(Annotation.statement_first),
    col(Annotation.statement_second),
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
    col(MiningRun.kind),
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
    .outerjoin(_Blind, col(_Blind.id) == col(CandidatePair.blind_encoder_id))
    .outerjoin(_Reference, col(_Reference.id) == col(CandidatePair.reference_encoder_id))
    .join(MiningRun, col(MiningRun.id) == col(CandidatePair.run_id))
    .outerjoin(Annotation, IS_CURRENT)
    .outerjoin(Annotator, col(Annotator.id) == col(Annotation.annotator_id))
)


def cards(
    session: Session, query: Query, values: Mapping[str, Any] | None = None
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


_THESE = CARDS.where(col(CandidatePair.id).in_(bindparam("pair_ids", expanding=True)))


def cards_in_order(session: Session, pair_ids: Sequence[int]) -> list[PairCard]:
    """The pairs with these ids, in this order."""
    found = {one.id: one for one in cards(session, _THESE, {"pair_ids": list(pair_ids)})}
    return [found[pair_id] for pair_id in pair_ids]


_CARD = CARDS.where(col(CandidatePair.id) == bindparam("pair_id", type_=Integer))


def find_card(session: Session, pair_id: int) -> PairCard | None:
    """One pair; None if there is none with this id."""
    return next(iter(cards(session, _CARD, {"pair_id": pair_id})), None)


def _card(row: Row[*tuple[Any, ...]]) -> PairCard:
    values = list(row)
    n_pair, n_image = len(_PAIR_COLUMNS), len(_FIRST_COLUMNS)
    pair_id, version, state, rank, blind, reference, *rest = values[:n_pair]
    blind_encoder, reference_encoder, blind_min, reference_max, run_id, kind = rest
    return PairCard(
        id=pair_id,
        version=version,
        state=PairState(state),
        rank=rank,
        first=image_view(values[n_pair : n_pair + n_image]),
        second=image_view(values[n_pair + n_image : n_pair + 2 * n_image]),
        blind_cosine=blind,
        reference_cosine=reference,
        gap=None if blind is None or reference is None else blind - reference,
        blind_encoder=blind_encoder,
        reference_encoder=reference_encoder,
        blind_min=blind_min,
        reference_max=reference_max,
        run_id=run_id,
        run_kind=RunKind(kind),
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


_OWN = (
    select(col(Annotation.pair_id), *_ANNOTATION_COLUMNS)
    .join(Annotator, col(Annotator.id) == col(Annotation.annotator_id))
    .where(col(Annotation.pair_id).in_(bindparam("pair_ids", expanding=True)))
    .where(col(Annotation.annotator_id) == bindparam("annotator_id", type_=Integer))
)


def own_annotations(
    session: Session, pair_ids: Sequence[int], annotator_id: int
) -> dict[int, AnnotationView]:
    """What one person wrote about these pairs, by pair."""
    values = {"pair_ids": list(pair_ids), "annotator_id": annotator_id}
    found = {}
    for pair_id, *rest in session.connection().execute(_OWN, values):
        if (annotation := _annotation(rest)) is not None:
            found[pair_id] = annotation
    return found


# What ``links`` reads; add conditions on ``CandidatePair`` and an order. Without cosines no line.
LINKS: Query = (
    select(
        col(CandidatePair.id),
        col(CandidatePair.first_image_id),
        col(CandidatePair.second_image_id),
        col(CandidatePair.blind_cosine),
        col(CandidatePair.reference_cosine),
        col(CandidatePair.state),
        # of a partial pair it is somebody's word that the others may not know yet
        case((col(CandidatePair.state) == PairState.partial.value, None), else_=read_pattern()),
    )
    .select_from(CandidatePair)
    .outerjoin(Annotation, IS_CURRENT)
    .where(
        col(CandidatePair.blind_cosine).is_not(None),
        col(CandidatePair.reference_cosine).is_not(None),
    )
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
