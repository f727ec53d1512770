"""Advice that needs the other questions of a benchmark: repeated wording, order, the key."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from evaluation.findings import Draft, Finding, Fix
from evaluation.question import is_blank

# Of 100: above it two questions differ in a letter, an article or a plural.
NEARLY_THE_SAME = 92.0
# Fewer pairs can have a one-sided key by chance.
FEWEST_FOR_BALANCE = 10
_YES_FIRST, _NO_FIRST = ("yes", "no"), ("no", "yes")


@dataclass(frozen=True)
class OtherQuestion:
    """A finished question of another pair."""

    pair_id: int
    text: str
    option_a: str
    option_b: str


def lint_among(draft: Draft, others: Sequence[OtherQuestion]) -> list[Finding]:
    """What the finished questions of other pairs have to do with this one; all of it advice."""
    return [*repeated(draft, others), *yes_no_order(draft, usual_order(others))]


def repeated(draft: Draft, others: Sequence[OtherQuestion]) -> Iterator[Finding]:
    """The most alike wording; every question of the published MMVP is asked of one pair only."""
    if is_blank(draft.text):
        return
    best = process.extractOne(
        draft.text,
        [other.text for other in others],
        scorer=fuzz.ratio,
        processor=utils.default_process,
        score_cutoff=NEARLY_THE_SAME,
    )
    if best is None:
        return
    _, score, place = best
    other = others[place]
    how = "the same" if score == 100 else "nearly the same"
    told = f"Pair {other.pair_id} asks {how}: “{other.text}”"
    yield Finding("advice", "text", f"{told} Say what is special here.", pair_id=other.pair_id)


def usual_order(others: Sequence[OtherQuestion]) -> tuple[str, str]:
    """The order of yes and no that most of these questions keep; MMVP's where they are even."""
    orders = Counter(_order(other.option_a, other.option_b) for other in others)
    return _NO_FIRST if orders[_NO_FIRST] > orders[_YES_FIRST] else _YES_FIRST


def yes_no_order(draft: Draft, usual: tuple[str, str]) -> Iterator[Finding]:
    """MMVP asks (a) Yes (b) No; a set that keeps the other order keeps it throughout."""
    given = _order(draft.option_a, draft.option_b)
    if given in (_YES_FIRST, _NO_FIRST) and given != usual:
        a, b = usual[0].title(), usual[1].title()
        yield Finding(
            "advice",
            "option_b",
            f"Elsewhere it is (a) {a} (b) {b}.",
            Fix("Swap the options", draft.swapped()),
        )


def _order(a: str, b: str) -> tuple[str, str]:
    return a.strip(" .").casefold(), b.strip(" .").casefold()


def key_balance(answers_first: Sequence[str]) -> str:
    """What the right answers of all first images give away to a reader of row numbers.

    Args:
        answers_first: "a" or "b", one a pair.

    Returns:
        One sentence of advice; empty while the two letters share the first images about evenly
        (within two standard deviations of a thrown coin) or the pairs are few.
    """
    n = len(answers_first)
    letter, most = max(Counter(answers_first).items(), key=lambda item: item[1], default=("", 0))
    if n < FEWEST_FOR_BALANCE or most <= n / 2 + math.sqrt(n):
        return ""
    other = "b" if letter == "a" else "a"
    return (
        f"In {most} of {n} pairs the first image's answer is ({letter}), so odd rows are mostly "
        f"({letter}) and even rows ({other}): who knows the row number knows {most / n:.0%} of the "
        "key without looking. The published MMVP has it in every row. Swap the options of some "
        "pairs."
    )
