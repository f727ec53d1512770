"""What the guidelines show: text, visual patterns and examples; blind readers see no pair."""

from typing import Any

from annotator.errors import AppError
from annotator.markdown import rendered
from annotator.patterns import workspace_patterns
from annotator.review import picture
from annotator.studio import Studio
from annotator.wording import word_diff
from assets import asset
from db.guidelines import (
    Example,
    GuidelinesVersion,
    list_examples,
    list_versions,
    save_guidelines,
    set_example,
)
from db.lifecycle import WRITTEN_STATES, PairState
from db.pairs import get_card
from db.verdicts import get_verification_policy


def shipped_text() -> str:
    """The guidelines that hold until somebody saves others: version 0."""
    return asset("guidelines.md").read_text(encoding="utf-8")


def guidelines(studio: Studio, *, blind: bool = False) -> dict[str, Any]:
    """Everything that a reader sees, as JSON values.

    Args:
        blind: for people who answer questions without the key: no pair, and no picture in the
            text.
    """
    current = _current(studio)
    return {
        **_about(current),
        "html": rendered(text_of(current), images=not blind),
        "patterns": [
            {
                "slug": one.slug,
                "name": one.name,
                "definition": one.definition,
                "example": one.example
                and {
                    "question": one.example.question,
                    "option_a": one.example.option_a,
                    "option_b": one.example.option_b,
                },
            }
            for one in workspace_patterns(studio)
        ],
        "examples": [] if blind else _examples(studio),
    }


def _examples(studio: Studio) -> list[dict[str, Any]]:
    """Those whose key nobody is being asked for."""
    found = list_examples(studio.database)
    if get_verification_policy(studio.database).enabled:
        found = [one for one in found if one.card.state is PairState.final]
    return [_example(one) for one in found]


def add_example(
    studio: Studio, pair_id: int, *, is_good: bool, why: str, annotator_id: int
) -> None:
    """Shows a pair as a good or a bad example.

    Raises:
        AppError: people are still asked about it blind, so everybody would read its key.
        GuidelinesError: it has no question, or no reason is given.
    """
    card = get_card(studio.database, pair_id)
    is_on = get_verification_policy(studio.database).enabled
    if is_on and card is not None and card.state in WRITTEN_STATES - {PairState.final}:
        raise AppError(
            f"Pair {pair_id} is not final yet: an example would tell its key to people who are "
            "asked about it.",
            hint="Mark it once it is final.",
        )
    set_example(studio.database, pair_id, is_good=is_good, why=why, annotator_id=annotator_id)


def text_of(version: GuidelinesVersion | None) -> str:
    """The Markdown of a version; None stands for the text that ships."""
    return shipped_text() if version is None else version.text


def versions(studio: Studio) -> list[dict[str, Any]]:
    """All versions with their size, newest first; the one that ships is number 0."""
    found: list[GuidelinesVersion | None] = [*list_versions(studio.database), None]
    return [{**_about(one), "n_characters": len(text_of(one))} for one in found]


def version(studio: Studio, number: int, against: int | None = None) -> dict[str, Any]:
    """One version, and what differs in it from `against`, by default the version before it.

    Raises:
        AppError: there is no such version.
    """
    known = {one.version: one for one in list_versions(studio.database)}
    against = max(0, number - 1) if against is None else against
    for wanted in (number, against):
        if wanted != 0 and wanted not in known:
            raise AppError(f"There is no version {wanted} of the guidelines.")
    text, before = (text_of(known.get(n)) for n in (number, against))
    return {
        **_about(known.get(number)),
        "text": text,
        "html": rendered(text),
        "against": against,
        "diff": word_diff(before, text),
    }


def restore(studio: Studio, number: int, *, expected: int, annotator_id: int) -> int:
    """Saves the text of an older version as the next one; its number.

    Raises:
        AppError: there is no such version.
        StaleGuidelines: somebody saved one since.
    """
    text = version(studio, number)["text"]
    return save_guidelines(
        studio.database, text, expected=expected, annotator_id=annotator_id, restores=number
    )


def _current(studio: Studio) -> GuidelinesVersion | None:
    return next(iter(list_versions(studio.database)), None)


def _about(version: GuidelinesVersion | None) -> dict[str, Any]:
    if version is None:
        return {"version": 0, "by": "", "at": None, "restores": None}
    return {
        "version": version.version,
        "by": version.by or "command line",
        "at": version.at.isoformat(),
        "restores": version.restores,
    }


def _example(example: Example) -> dict[str, Any]:
    card = example.card
    question = card.annotation.question if card.annotation else None
    return {
        "pair_id": card.id,
        "is_good": example.is_good,
        "why": example.why,
        "by": example.by,
        "images": [picture(image)["thumbnail"] for image in (card.first, card.second)],
        "question": question.text if question else "",
        "option_a": question.option_a if question else "",
        "option_b": question.option_b if question else "",
        "answer_first": question.answer_first if question else "",
        "pattern": question.pattern if question else "",
    }
