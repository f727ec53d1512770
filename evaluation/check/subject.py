"""A benchmark made ready for the rules: its rows with number and key, its pairs, its images."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from evaluation.check.finding import Remark, Severity
from evaluation.check.guessing import Baseline, baselines
from evaluation.check.pictures import Picture, picture_of
from evaluation.findings import Draft
from evaluation.pairing import pairs_of
from evaluation.question import Choice
from evaluation.raw import Place, RawBenchmark, RawImage, RawRow
from evaluation.readers.columns import letter_of, whole_number

# Decoding leaves the interpreter, so a few threads keep the processors busy.
_THREADS = 4

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Row:
    """A row with what could be read from it: ``position`` counts from 1 in the file."""

    position: int
    raw: RawRow
    number: int | None
    gold: Choice | None


@dataclass(frozen=True)
class Pair:
    """The rows that belong together, in the order of their numbers; a whole pair has two."""

    name: str
    rows: tuple[Row, ...]

    @property
    def golds(self) -> tuple[Choice, Choice] | None:
        """The keys of a whole pair; None where a row is missing or has no letter."""
        found = tuple(row.gold for row in self.rows if row.gold is not None)
        return (found[0], found[1]) if len(found) == len(self.rows) == 2 else None

    @property
    def pattern(self) -> str:
        """What the first row that names a pattern calls it; empty if none does."""
        return next((row.raw.pattern for row in self.rows if row.raw.pattern), "").strip()

    @property
    def draft(self) -> Draft:
        """The question as the write form would have it."""
        first, last = self.rows[0], self.rows[-1]
        raw = first.raw
        return Draft(
            raw.question or "",
            raw.option_a or "",
            raw.option_b or "",
            first.gold or "",
            last.gold or "",
        )


class Subject:
    """What the rules look at. Nothing of it raises, whatever stands in the files.

    Args:
        raw: the benchmark as its files say it.
        look: tells about an image; by default it is decoded.
        progress: told (images seen, images in all) while images are looked at.
    """

    def __init__(
        self,
        raw: RawBenchmark,
        *,
        look: Callable[[RawImage], Picture] = picture_of,
        progress: Progress | None = None,
    ) -> None:
        self.raw = raw
        self._look, self._progress = look, progress
        self.rows = tuple(
            Row(
                position,
                row,
                whole_number(row.number),
                letter_of(row.answer or "", row.option_a, row.option_b),
            )
            for position, row in enumerate(raw.rows, start=1)
        )
        self.pairs = _pairs(raw, self.rows)
        self.whole_pairs = tuple(pair for pair in self.pairs if len(pair.rows) == 2)
        self.top = Place(raw.path)

    @cached_property
    def has_statements(self) -> bool:
        """Whether it says something of each image, as MMVP-VLM does, instead of asking."""
        said = sum(row.raw.statement is not None for row in self.rows)
        asked = sum(row.raw.question is not None for row in self.rows)
        return said > asked

    @cached_property
    def first_number(self) -> int:
        """What the rows' numbers begin with: 0 where a row has that number, else 1."""
        return 0 if any(row.number == 0 for row in self.rows) else 1

    @cached_property
    def pictures(self) -> Mapping[int, Picture]:
        """What there is to know of the image of each row that has one, by the row's position."""
        given = [(row.position, row.raw.image) for row in self.rows if row.raw.image is not None]
        found: dict[int, Picture] = {}
        with ThreadPoolExecutor(_THREADS) as pool:
            looked = pool.map(self._look, [image for _, image in given])
            for (position, _), picture in zip(given, looked, strict=True):
                found[position] = picture
                if self._progress is not None:
                    self._progress(len(found), len(given))
        return found

    @cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """What can be answered without looking; empty where there are too few pairs to say."""
        return baselines(self.whole_pairs, self.has_statements)

    def pair_of(self, row: Row) -> Pair:
        """The pair that a row belongs to."""
        return self._pair_by_position[row.position]

    @cached_property
    def _pair_by_position(self) -> Mapping[int, Pair]:
        return {row.position: pair for pair in self.pairs for row in pair.rows}

    def at_rows(
        self,
        message: str,
        rows: Iterable[Row],
        *,
        column: str | None = None,
        hint: str = "",
        related: Iterable[Row] = (),
        severity: Severity | None = None,
    ) -> Remark:
        """A remark about these rows; ``related`` ones explain it."""
        rows, related = tuple(rows), tuple(related)
        names = dict.fromkeys(self.pair_of(row).name for row in (*rows, *related))
        return Remark(
            message=message,
            places=tuple(_place(row, column) for row in rows) or (self.top,),
            pairs=tuple(names),
            rows=tuple(row.position for row in rows),
            hint=hint,
            related=tuple(row.raw.place for row in related),
            severity=severity,
        )

    def at_top(self, message: str, *, hint: str = "", severity: Severity | None = None) -> Remark:
        """A remark about the whole benchmark."""
        return Remark(message=message, places=(self.top,), hint=hint, severity=severity)


def _place(row: Row, column: str | None) -> Place:
    place = row.raw.place
    return place if column is None else Place(place.file, place.line, place.row, column)


def _pairs(raw: RawBenchmark, rows: Sequence[Row]) -> tuple[Pair, ...]:
    """The pairs as importers see them, too."""
    waiting: dict[int, list[Row]] = {}
    for row in rows:
        waiting.setdefault(id(row.raw), []).append(row)
    return tuple(
        Pair(pair.name or str(pair.pair_id), tuple(waiting[id(one)].pop(0) for one in pair.rows))
        for pair in pairs_of(raw)
    )
