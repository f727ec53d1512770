"""What the Verify page shows: a question without its key, and how well people answered."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from statistics import median
from typing import Any

from annotator.human_study import both_right
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from assets import asset
from db.blind_questions import Asking
from db.human_study import JudgedAnswer, judged_answers
from db.lifecycle import BlindAnswer, PairState, Side
from db.pairs import get_card
from db.progress import count_states
from db.verdicts import get_verification_policy
from db.views import ImageView
from evaluation.patterns import PatternSet
from evaluation.statistics import Share, share

_MOST_MISSED = 12


def blind_picture(image: ImageView) -> dict[str, Any]:
    """An image without its name: that may tell what is on it, or which pair it is of."""
    url = f"/images/{image.id}?v={image.sha256[:8]}"
    return {"url": url, "width": image.width, "height": image.height}


def desk(asking: Asking, message: str = "") -> dict[str, Any]:
    """One person's page as JSON values; nothing in it tells the key, the pair or its author."""
    question = asking.question
    return {
        "question": question
        and {
            "token": question.token,
            "image": blind_picture(question.image),
            "text": question.text,
            "options": list(question.options),
        },
        "ahead": asking.ahead and blind_picture(asking.ahead),
        "answered": asking.n_answered,
        "left": asking.n_left,
        "waiting": asking.waiting and asking.waiting.value,
        "again_at": asking.again_at and asking.again_at.isoformat(),
        "message": message,
    }


@cache
def published_human() -> dict[str, Any]:
    """The human line of the paper: its pair accuracy and where it is from."""
    with asset("published/human.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    return {"accuracy": float(row["accuracy"]), "source": row["source"]}


def results(studio: Studio) -> dict[str, Any]:
    """Human accuracy by question, pair, pattern and person, with intervals, as JSON values."""
    answers = judged_answers(studio.database)
    policy = get_verification_policy(studio.database)
    states = count_states(studio.database)
    return {
        "policy": asdict(policy),
        "states": {
            state.value: states[state]
            for state in (PairState.complete, PairState.final, PairState.contested)
        },
        "disputed": states[PairState.contested] + states[PairState.disputed],
        "published": published_human(),
        "total": _figures(answers),
        "patterns": _by_pattern(answers, workspace_patterns(studio)),
        "people": _by_person(answers),
        "missed": _missed(studio, answers),
    }


def _figures(answers: Sequence[JudgedAnswer]) -> dict[str, Any]:
    """Single accuracy over answers, pair accuracy over people who saw both images of a pair."""
    said = [one.answer for one in answers]
    return {
        "single": asdict(_right(answers)),
        "pair": asdict(both_right(answers)),
        "cannot_tell": said.count(BlindAnswer.cannot_tell),
        "bad_question": said.count(BlindAnswer.bad_question),
        "seconds": median(one.seconds for one in answers) if answers else None,
    }


def _right(answers: Sequence[JudgedAnswer]) -> Share:
    return share(sum(one.is_right for one in answers), len(answers))


def _by_pattern(answers: Sequence[JudgedAnswer], patterns: PatternSet) -> list[dict[str, Any]]:
    said = {one.pattern for one in answers}
    known = patterns.with_used(said).slugs
    slugs = [*known, *sorted(said - set(known))]
    return [
        {"slug": slug, "name": patterns.name_of(slug), **_figures(found)}
        for slug in slugs
        if (found := [one for one in answers if one.pattern == slug])
    ]


def _by_person(answers: Sequence[JudgedAnswer]) -> list[dict[str, Any]]:
    people = sorted({one.by for one in answers})
    return [
        {"name": name, **_figures([one for one in answers if one.by == name])} for name in people
    ]


def _missed(studio: Studio, answers: Sequence[JudgedAnswer]) -> list[dict[str, Any]]:
    """The pairs whose questions were answered wrong most often, worst first."""
    by_pair: dict[int, list[JudgedAnswer]] = defaultdict(list)
    for one in answers:
        by_pair[one.pair_id].append(one)
    wrong = {pair: [one for one in found if not one.is_right] for pair, found in by_pair.items()}
    order = sorted(
        (pair for pair in by_pair if wrong[pair]),
        key=lambda pair: (-len(wrong[pair]) / len(by_pair[pair]), -len(wrong[pair]), pair),
    )
    shown = []
    for pair_id in order[:_MOST_MISSED]:
        found, card = by_pair[pair_id], get_card(studio.database, pair_id)
        if card is None:
            continue
        shown.append(
            {
                "pair_id": pair_id,
                "state": card.state.value,
                "question": found[0].question,
                "images": [
                    f"/thumbnails/{image.id}?v={image.sha256[:8]}"
                    for image in (card.first, card.second)
                ],
                "by_image": {
                    side.value: asdict(_right([one for one in found if one.side is side]))
                    for side in Side
                },
                **_figures(found),
            }
        )
    return shown
