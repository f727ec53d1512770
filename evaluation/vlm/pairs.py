"""Pairs of images with a statement each, which is what an encoder with a text tower is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.folder import read_folder
from evaluation.items import Item, QuestionSet
from evaluation.labels import UNLABELLED
from evaluation.statements import PREFIX, statements


@dataclass(frozen=True, kw_only=True)
class StatementPair:
    """Two images and two texts: the first text is about the first image.

    ``texts`` begin with "a photo of "; ``images`` are what the set's ``read_image`` takes;
    ``pattern`` is a slug, None where the benchmark has no patterns.
    """

    pair_id: int
    pattern: str | None
    texts: tuple[str, str]
    images: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class StatementSet:
    """All pairs of a benchmark; ``patterns`` leads from slugs to names, in order.

    ``n_written`` counts the pairs whose statements stand in the benchmark; those of the others
    are made of their question and options.
    """

    name: str
    pairs: Sequence[StatementPair]
    patterns: Mapping[str, str] = field(hash=False)
    n_written: int
    read_image: Callable[[str], bytes]
    """From one of a pair's ``images`` to the bytes of an image file."""


def read_statements(path: Path) -> StatementSet:
    """The pairs of a benchmark on disk: MMVP-VLM's layout, or any other that is read.

    Raises:
        UnreadableBenchmark: names the file and row.
    """
    return from_questions(read_folder(path))


def from_questions(questions: QuestionSet) -> StatementSet:
    """The pairs of a benchmark of questions, with the statements that it has or that fit them."""
    sides: dict[int, dict[str, Item]] = {}
    for item in questions.items:
        sides.setdefault(item.pair_id, {})[item.side] = item
    pairs = [
        StatementPair(
            pair_id=pair_id,
            pattern=_pattern(both["first"]),
            texts=_texts(both["first"], both["second"]),
            images=(both["first"].image, both["second"].image),
        )
        for pair_id, both in sides.items()
    ]
    return StatementSet(
        name=questions.name,
        pairs=tuple(pairs),
        patterns=questions.patterns,
        n_written=sum(both["first"].statement is not None for both in sides.values()),
        read_image=questions.read_image,
    )


def _pattern(item: Item) -> str | None:
    return None if item.pattern == UNLABELLED.slug else item.pattern


def _texts(first: Item, second: Item) -> tuple[str, str]:
    if first.statement is not None and second.statement is not None:
        return PREFIX + first.statement, PREFIX + second.statement
    a, b = statements(first.question, first.option_a, first.option_b)
    return (a, b) if first.gold == "a" else (b, a)
