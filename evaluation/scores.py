"""Pair accuracy and single accuracy of a model's answers, and what they hide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evaluation.errors import EvaluationError
from evaluation.question import Choice
from evaluation.statistics import Difference, Share, difference, share

Side = Literal["first", "second"]
CHANCE = 0.25
"""Pair accuracy of guessing: two questions with two options each."""


class UnfitAnswers(EvaluationError):
    """These answers cannot be scored: an image of a pair is answered twice, for example."""


@dataclass(frozen=True, kw_only=True)
class GradedAnswer:
    """What a model chose for one image of a pair; ``chosen`` is None where nobody can tell."""

    pair_id: int
    side: Side
    gold: Choice
    chosen: Choice | None
    pattern: str | None = None

    @property
    def right(self) -> bool:
        """Whether it chose the right option; an ungradable answer is wrong."""
        return self.chosen == self.gold


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Pair accuracy (both images right) and single accuracy (each image by itself)."""

    pair: Share
    single: Share


@dataclass(frozen=True, kw_only=True)
class Bias:
    """Leaning to one option: without it (a) is half of ``said_a``, as it is half of the key.

    ``always_a`` and ``always_b`` are the pairs of which both images got that option, out of those
    with two gradable answers: such a pair is never right.
    """

    said_a: Share
    always_a: Share
    always_b: Share


@dataclass(frozen=True, kw_only=True)
class Scores:
    """All that one set of answers is worth.

    Pairs with an answer for only one image, or none, are counted in ``unanswered`` and left out
    of everything else. ``ungradable`` answers count as wrong.
    """

    overall: Accuracy
    by_pattern: Mapping[str, Accuracy] = field(hash=False)
    bias: Bias
    ungradable: Share
    unanswered: int


def score(
    answers: Iterable[GradedAnswer],
    *,
    patterns: Sequence[str] = (),
    pair_ids: Iterable[int] | None = None,
) -> Scores:
    """The scores of one model's answers.

    Args:
        answers: at most one per image; pairs are found by ``pair_id``, never by order.
        patterns: slugs that ``by_pattern`` has in any case, in this order.
        pair_ids: the pairs of the benchmark, to count the unanswered; default: those answered.

    Raises:
        UnfitAnswers: an image is answered twice.
    """
    found = pairs_of(answers)
    wanted = set(found) if pair_ids is None else set(pair_ids)
    pairs = [
        (sides["first"], sides["second"])
        for pair_id, sides in sorted(found.items())
        if len(sides) == 2 and pair_id in wanted
    ]
    singles = [answer for pair in pairs for answer in pair]
    present = {first.pattern for first, _ in pairs if first.pattern is not None}
    slugs = [*patterns, *sorted(present - set(patterns))]
    return Scores(
        overall=_accuracy(pairs),
        by_pattern={
            slug: _accuracy([pair for pair in pairs if pair[0].pattern == slug]) for slug in slugs
        },
        bias=_bias(pairs),
        ungradable=share(sum(answer.chosen is None for answer in singles), len(singles)),
        unanswered=len(wanted) - len(pairs),
    )


def pairs_of(answers: Iterable[GradedAnswer]) -> dict[int, dict[Side, GradedAnswer]]:
    """The answers by pair and image.

    Raises:
        UnfitAnswers: an image is answered twice, or both images of a pair have the same key.
    """
    pairs: dict[int, dict[Side, GradedAnswer]] = {}
    for answer in answers:
        sides = pairs.setdefault(answer.pair_id, {})
        where = f"pair {answer.pair_id}"
        if answer.side in sides:
            raise UnfitAnswers(f"its {answer.side} image is answered twice.", where=where)
        sides[answer.side] = answer
        if len(sides) == 2 and sides["first"].gold == sides["second"].gold:
            raise UnfitAnswers("both of its images have the same right answer.", where=where)
    return pairs


def compare(
    first: Iterable[GradedAnswer],
    second: Iterable[GradedAnswer],
    *,
    count: Literal["pair", "single"] = "pair",
) -> Difference | None:
    """How much more the first model gets right, on what both answered; None if that is nothing."""
    cases = [_right_by_case(answers, count) for answers in (first, second)]
    both = sorted(set(cases[0]) & set(cases[1]))
    return difference([cases[0][case] for case in both], [cases[1][case] for case in both])


def _right_by_case(
    answers: Iterable[GradedAnswer], count: Literal["pair", "single"]
) -> dict[tuple[int, str], bool]:
    pairs = {pair_id: sides for pair_id, sides in pairs_of(answers).items() if len(sides) == 2}
    if count == "single":
        return {
            (pair_id, side): answer.right
            for pair_id, sides in pairs.items()
            for side, answer in sides.items()
        }
    return {
        (pair_id, "both"): all(answer.right for answer in sides.values())
        for pair_id, sides in pairs.items()
    }


def _accuracy(pairs: Sequence[tuple[GradedAnswer, GradedAnswer]]) -> Accuracy:
    return Accuracy(
        pair=share(sum(first.right and second.right for first, second in pairs), len(pairs)),
        single=share(sum(answer.right for pair in pairs for answer in pair), 2 * len(pairs)),
    )


def _bias(pairs: Sequence[tuple[GradedAnswer, GradedAnswer]]) -> Bias:
    said = [answer.chosen for pair in pairs for answer in pair if answer.chosen is not None]
    told = [(first.chosen, second.chosen) for first, second in pairs if first.chosen]
    told = [pair for pair in told if pair[1]]
    return Bias(
        said_a=share(said.count("a"), len(said)),
        always_a=share(told.count(("a", "a")), len(told)),
        always_b=share(told.count(("b", "b")), len(told)),
    )
