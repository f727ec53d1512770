"""The gallery of failures: pair by pair what each model answered, filtered, as JSON values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from annotator.results import Asked, Results
from annotator.review import picture
from annotator.studio import Studio
from annotator.wording import word_diff
from db.human_study import judged_answers
from evaluation.items import Item
from evaluation.mllms.asking import Answer
from evaluation.mllms.letters import LETTERS
from evaluation.results.hand import Grades, answer_digest
from evaluation.results.rescoring import Reading

_MOST_CHARACTERS = 2000  # of one answer
_SIDES = ("first", "second")


class Failing(StrEnum):
    """Which pairs the gallery shows."""

    all_wrong = "all-wrong"
    humans_right = "humans-right"
    disagree = "disagree"
    ungradable = "ungradable"
    changed = "changed"
    every = "every"


def failures(
    studio: Studio,
    results: Results,
    *,
    grader_name: str,
    runs: Sequence[str] = (),
    failing: Failing = Failing.all_wrong,
    pattern: str = "",
    pair: int | None = None,
    offset: int = 0,
    limit: int = 24,
) -> dict[str, Any]:
    """Pairs with every model's answers about both images.

    `all_wrong`: no model that answered gets the pair. `humans_right`: these, where most people
    chose the key blind, about both images. `disagree`: some get it and some do not. `ungradable`:
    an answer that nobody could read so far. `changed`: an answer was given to other words or
    another key.

    Args:
        runs: names; none for all of them.
        pair: only this one, whatever the others say.

    Raises:
        NoSuchRun: one of them is not there.
    """
    asked = results.asked()
    names = list(runs) or results.names()
    found = {name: _by_pair(results, asked, name, grader_name) for name in names}
    people = _people(studio)
    pairs = _pairs(asked)
    wanted = [
        pair_id
        for pair_id, items in pairs.items()
        if pair_id == pair
        or (
            pair is None
            and pattern in ("", items["first"].pattern)
            and _is_wanted(
                failing, [one.get(pair_id, {}) for one in found.values()], people, pair_id
            )
        )
    ]
    shown = wanted[offset : offset + limit]
    grades = {name: results.grades(name) for name in names}
    return {
        "total": len(wanted),
        "offset": offset,
        "pairs": [
            {
                **_described(asked, pairs[pair_id], people),
                "answers": [
                    _answers(name, found[name].get(pair_id, {}), grades[name]) for name in names
                ],
            }
            for pair_id in shown
        ],
    }


_Pair = Mapping[str, Reading]
"""A model's newest reading by side."""


def _by_pair(
    results: Results, asked: Asked, name: str, grader_name: str
) -> dict[int, dict[str, Reading]]:
    """The first repeat's answers: to the present words where there are any, else to older ones."""
    found = results.read(name, asked, grader_name).readings or []
    first = min((one.stored.repeat for one in found), default=1)
    pairs: dict[int, dict[str, Reading]] = defaultdict(dict)
    for one in found:
        sides, side = pairs[one.stored.pair_id], one.stored.side
        fresh = not one.stale or side not in sides or sides[side].stale
        if one.stored.repeat == first and fresh:
            sides[side] = one
    return pairs


def _pairs(asked: Asked) -> dict[int, dict[str, Item]]:
    pairs: dict[int, dict[str, Item]] = defaultdict(dict)
    for item in asked.questions.items:
        pairs[item.pair_id][item.side] = item
    return pairs


def _is_wanted(failing: Failing, answers: Sequence[_Pair], people: "_People", pair_id: int) -> bool:
    given = [one for one in answers if one]
    right = [all(one.right for one in sides.values()) for sides in given if _counts(sides)]
    match failing:
        case Failing.all_wrong:
            return bool(right) and not any(right)
        case Failing.humans_right:
            return bool(right) and not any(right) and _humans_right(people, pair_id)
        case Failing.disagree:
            return any(right) and not all(right)
        case Failing.ungradable:
            return any(_is_open(one) for sides in given for one in sides.values())
        case Failing.changed:
            return any(_changed(one) for sides in given for one in sides.values())
        case Failing.every:
            return True


def _counts(sides: _Pair) -> bool:
    return len(sides) == 2 and all(one.right is not None for one in sides.values())


def _is_open(one: Reading) -> bool:
    """Whether nobody could tell so far: a person who says "neither" could."""
    return one.chosen_then is None and one.hand is None


def _changed(one: Reading) -> bool:
    return one.stale or (one.right is not None and one.right != one.right_then)


_People = dict[tuple[int, str], tuple[int, int]]
"""How many blind answers are right, and how many there are, by pair and side."""


def _people(studio: Studio) -> _People:
    found: _People = {}
    for one in judged_answers(studio.database):
        key = (one.pair_id, one.side.value)
        n, total = found.get(key, (0, 0))
        found[key] = (n + one.is_right, total + 1)
    return found


def _humans_right(people: _People, pair_id: int) -> bool:
    counts = [people.get((pair_id, side), (0, 0)) for side in _SIDES]
    return all(2 * n > total for n, total in counts)


def _described(asked: Asked, items: Mapping[str, Item], people: _People) -> dict[str, Any]:
    one = items["first"]
    pair_id = one.pair_id
    return {
        "pair_id": pair_id,
        "question": one.question,
        "options": {"a": one.option_a, "b": one.option_b},
        "pattern": one.pattern,
        "pattern_name": asked.questions.patterns.get(one.pattern or "", ""),
        "images": {
            side: {
                "gold": items[side].gold,
                "thumbnail": picture(asked.images[pair_id, items[side].side])["thumbnail"],
                "people": dict(
                    zip(("n", "total"), people.get((pair_id, side), (0, 0)), strict=True)
                ),
            }
            for side in _SIDES
        },
    }


def _answers(name: str, sides: _Pair, grades: Grades) -> dict[str, Any]:
    right = all(one.right for one in sides.values()) if _counts(sides) else None
    return {
        "run": name,
        "right": right,
        **{side: _answer(sides[side], grades) if side in sides else None for side in _SIDES},
    }


def _answer(one: Reading, grades: Grades) -> dict[str, Any]:
    stored, digest = one.stored, answer_digest(one.stored)
    newest = grades.get((stored.place, digest))
    asked = stored.asked
    now = one.item
    return {
        "text": stored.answer.text[:_MOST_CHARACTERS],
        "repeat": stored.repeat,
        "shown": _shown(stored.answer),
        "chosen": one.chosen_then,
        "chosen_text": {"a": asked.option_a, "b": asked.option_b}.get(one.chosen_then or ""),
        "right": one.right,
        "right_then": one.right_then,
        "stale": one.stale,
        "asked": asdict(asked),
        "difference": word_diff(asked.text, now.question) if one.stale and now else None,
        "answer": digest,
        "n_grades": newest.n if newest else 0,
        "hand": {"given": one.hand.given, "by": one.hand.by, "at": one.hand.at}
        if one.hand
        else None,
    }


def _shown(answer: Answer) -> str:
    """How the model saw the options, where that is not how the page shows them."""
    parts = ["saw them swapped"] if answer.swapped else []
    parts += [f"saw letters {answer.letters}"] if answer.letters != LETTERS else []
    return ", ".join(parts)
