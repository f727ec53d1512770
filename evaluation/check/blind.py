"""Rules about what can be answered without looking at an image."""

from collections.abc import Collection, Iterator

from evaluation.check.finding import Remark, Rule
from evaluation.check.guessing import Baseline
from evaluation.check.subject import Subject


def _beyond_chance(subject: Subject, names: Collection[str]) -> Iterator[Remark]:
    for found in subject.baselines:
        if found.name in names and found.beats_chance:
            yield subject.at_top(in_words(found))


def in_words(found: Baseline) -> str:
    """One sentence about a guesser that does better than chance."""
    single, pair = found.single, found.pair
    low, high = 100 * (single.low or 0), 100 * (single.high or 0)
    return (
        f"“{found.title}” answers {single.n} of {single.total} rows right without an image "
        f"({100 * (single.value or 0):.1f} %, 95 % interval {low:.0f} to {high:.0f} %; a coin "
        f"gets 50 %), and with them {pair.n} of {pair.total} pairs."
    )


def _words(subject: Subject) -> Iterator[Remark]:
    return _beyond_chance(subject, {"words"})


def _words_and_number(subject: Subject) -> Iterator[Remark]:
    return _beyond_chance(subject, {"words_and_number"})


def _simple(subject: Subject) -> Iterator[Remark]:
    names = {"longer", "longer_and_number", "first_option", "usual_letter"}
    return _beyond_chance(subject, names)


RULES: tuple[Rule, ...] = (
    Rule(
        code="B601",
        title="The words alone give answers away",
        severity="warning",
        why="Where both rows of a pair have the same words and different keys, words alone get "
        "half of the rows and no pair. More than that means that statements, or the questions of "
        "a pair, tell which image they are about.",
        fix="Word both statements of a pair alike, but for what is different in the images.",
        find=_words,
    ),
    Rule(
        code="B602",
        title="Words and row number give answers away",
        severity="warning",
        why="The first image is the one with “Yes”, with more things, with the brighter colour …: "
        "a model that learned the order in which people look at pairs needs no image. It then gets "
        "as many pairs as rows.",
        fix="Swap the images of about half the pairs; `mmvp export` does it by default.",
        find=_words_and_number,
    ),
    Rule(
        code="B603",
        title="A simple rule gives answers away",
        severity="warning",
        why="The longer option, the usual letter: what a lazy guesser tries first.",
        fix="Vary which option is longer and which letter is right.",
        find=_simple,
    ),
)
