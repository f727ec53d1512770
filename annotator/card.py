"""What the dataset card of an export says beyond its pairs, and how an admin fills it in."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, Final

from annotator.errors import AppError
from annotator.human_study import alphas, both_right
from annotator.studio import Studio
from db.card_fields import StoredCardFields, get_card_fields, set_card_fields
from db.human_study import judged_answers
from evaluation.card_facts import CARD_FIELDS, TEXTS, CardFacts, CardFields, HumanStudy
from evaluation.errors import InvalidBenchmark

TITLES: Final = {
    "licence": ("Licence of the questions", "CC-BY-4.0"),
    "image_licence": ("Licence of the images", "CC0-1.0"),
    "image_source": ("Source of the images", "https://example.org/the-album"),
    "languages": ("Languages of the questions", "en, de"),
    "contact": ("Contact", "name@example.org"),
    "citation": ("Citation", "@misc{…}"),
    "intended_use": ("Intended use", "What it is for, and what it is not for."),
    "personal_data": ("Personal data", "Whether people can be recognised in the images."),
}
"""Each field's name for people, and an example."""


def card_facts(studio: Studio, exported: Collection[int]) -> CardFacts | None:
    """What is known beyond the pairs that an export holds; None if nothing is."""
    fields = CardFields(**get_card_fields(studio.database).fields)
    facts = CardFacts(fields=fields, human=_human(studio, exported))
    return None if facts.is_empty else facts


def _human(studio: Studio, exported: Collection[int]) -> HumanStudy | None:
    answers = [one for one in judged_answers(studio.database) if one.pair_id in exported]
    agreed = alphas(studio)
    if not answers and not agreed.n_pairs:
        return None
    pairs = both_right(answers)
    return HumanStudy(
        n_people=len({one.by for one in answers}),
        n_answers=len(answers),
        n_right=sum(one.is_right for one in answers),
        n_pairs_seen=pairs.total,
        n_pairs_right=pairs.n,
        n_decided_twice=agreed.n_pairs,
        decision_alpha=_rounded(agreed.decision),
        pattern_alpha=_rounded(agreed.pattern),
    )


def _rounded(alpha: float | None) -> float | None:
    return None if alpha is None else round(alpha, 4)


def card_json(studio: Studio) -> dict[str, Any]:
    """The fields as a form shows them, in their order, and the version to send back."""
    stored = get_card_fields(studio.database)
    return {
        "version": stored.version,
        "fields": [
            {
                "name": name,
                "title": TITLES[name][0],
                "example": TITLES[name][1],
                "is_text": name in TEXTS,
                "value": stored.fields.get(name, ""),
            }
            for name in CARD_FIELDS
        ],
    }


def change_card(
    studio: Studio,
    changed: Mapping[str, str],
    *,
    version: int | None = None,
    annotator_id: int | None = None,
) -> StoredCardFields:
    """Fill some fields of the dataset card in anew; an empty text empties one.

    Args:
        version: that the fields were read at; None: as they are now.

    Raises:
        AppError: there is no such field, or a text does not fit its field.
        StaleCardFields: the fields were changed since they were read.
    """
    unknown = sorted(set(changed) - set(CARD_FIELDS))
    if unknown:
        raise AppError(
            f"the dataset card has no field {unknown[0]!r}.",
            hint=f"Fields: {', '.join(CARD_FIELDS)}.",
        )
    stored = get_card_fields(studio.database)
    try:
        fields = CardFields(**{**stored.fields, **changed})
    except InvalidBenchmark as error:
        told = "; ".join(f"{TITLES[one.field][0]} {one.message}" for one in error.problems)
        raise AppError(f"this cannot be kept: {told}.") from error
    return set_card_fields(
        studio.database,
        asdict(fields),
        version=stored.version if version is None else version,
        annotator_id=annotator_id,
    )
