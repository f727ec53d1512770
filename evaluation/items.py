"""A benchmark as a list of questions, each about one image, ready to be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.benchmark import Benchmark, ImageEntry
from evaluation.question import Choice
from evaluation.scores import Side


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question about one image of a pair.

    ``row`` counts from 1 in the order of the benchmark's table; ``image`` is what the set's
    ``read_image`` takes; ``pattern`` is a slug, None where the benchmark has no patterns.
    """

    pair_id: int
    side: Side
    row: int
    question: str
    option_a: str
    option_b: str
    gold: Choice
    pattern: str | None
    image: str
    statement: str | None = None
    """What MMVP-VLM says of the image, without "a photo of"; None where nobody wrote it."""


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """All items of a benchmark, two a pair; ``patterns`` leads from slugs to names, in order."""

    name: str
    items: Sequence[Item]
    patterns: Mapping[str, str] = field(hash=False)
    read_image: Callable[[str], bytes]
    """From an item's ``image`` to the bytes of an upright JPEG."""

    @property
    def pair_ids(self) -> list[int]:
        """The pairs, each once, in order."""
        return list(dict.fromkeys(item.pair_id for item in self.items))


def from_benchmark(
    benchmark: Benchmark, images: Mapping[str, str], read_image: Callable[[str], bytes]
) -> QuestionSet:
    """The questions of a benchmark document, with the rows of its export where it has been one.

    Args:
        benchmark: the document.
        images: from the SHA-256 of an image's original file to what ``read_image`` takes.
        read_image: gives the bytes of an upright JPEG.
    """
    items: list[Item] = []
    for pair in benchmark.pairs:
        asked = pair.question
        sides: list[tuple[Side, Choice, ImageEntry, str | None]] = [
            ("first", asked.answer_first, pair.first, pair.statement_first),
            ("second", asked.answer_second, pair.second, pair.statement_second),
        ]
        for side, gold, image, statement in sides:
            items.append(
                Item(
                    pair_id=pair.pair_id,
                    side=side,
                    row=len(items) + 1 if image.exported is None else image.exported.row,
                    question=asked.text,
                    option_a=asked.option_a,
                    option_b=asked.option_b,
                    gold=gold,
                    pattern=pair.pattern,
                    image=images[image.sha256],
                    statement=statement,
                )
            )
    return QuestionSet(
        name=benchmark.name,
        items=tuple(items),
        patterns={pattern.slug: pattern.name for pattern in benchmark.patterns},
        read_image=read_image,
    )
