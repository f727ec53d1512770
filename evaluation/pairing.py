"""Which rows of a benchmark are a pair, as its file says or as its programs count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.raw import RawBenchmark, RawRow
from evaluation.readers.columns import whole_number

# Programs of these formats count pairs by the place of a row, whatever number it has.
_BY_PLACE = ("mmvp-vlm", "jsonl")


@dataclass(frozen=True)
class RawPair:
    """The rows of a pair, the first image's before the second's; two, if all is well.

    ``name`` is what the rows call the pair themselves, None where they do not.
    """

    pair_id: int
    rows: Sequence[RawRow]
    name: str | None = None


def pairs_of(raw: RawBenchmark) -> list[RawPair]:
    """All pairs of a benchmark in the order of their number.

    A pair that its rows name keeps that number, or gets the next one if it is no number. Else
    rows 1 and 2 are a pair, 3 and 4 the next, in whatever order they stand; where the numbers
    begin with 0, rows 0 and 1. Rows without a number go by their place.
    """
    numbers = _numbers(raw)
    start = _start(numbers)
    found: dict[int | str, list[tuple[int, RawRow]]] = {}
    for number, row in zip(numbers, raw.rows, strict=True):
        key = row.pair if row.pair is not None else (number - start) // 2
        found.setdefault(key, []).append((number, row))
    pairs: list[tuple[int | None, RawPair]] = []
    for key, members in found.items():
        rows = tuple(row for _, row in sorted(members, key=lambda member: member[0]))
        if isinstance(key, str):
            pairs.append((whole_number(key), RawPair(0, rows, key)))
        else:
            pairs.append((key + 1, RawPair(0, rows)))
    return _with_ids(pairs)


def _with_ids(pairs: Sequence[tuple[int | None, RawPair]]) -> list[RawPair]:
    """Every pair with a number of its own: what its rows say, if no pair before it has that."""
    taken: set[int] = set()
    kept, waiting = [], []
    for pair_id, pair in pairs:
        if pair_id is None or pair_id in taken:
            waiting.append(pair)
        else:
            taken.add(pair_id)
            kept.append(replace(pair, pair_id=pair_id))
    after = max(taken, default=0)
    kept += [replace(pair, pair_id=after + at) for at, pair in enumerate(waiting, 1)]
    return sorted(kept, key=lambda pair: pair.pair_id)


def _numbers(raw: RawBenchmark) -> list[int]:
    """The number of every row; by place where a row has none, or where all go by place."""
    written = [whole_number(row.number) for row in raw.rows]
    known = [number for number in written if number is not None]
    in_sequence = len(known) == len(written) and set(known) in (
        set(range(1, len(known) + 1)),
        set(range(len(known))),
    )
    if raw.format in _BY_PLACE and not in_sequence:
        return list(range(1, len(written) + 1))
    start = 0 if 0 in known else 1
    return [at + start if number is None else number for at, number in enumerate(written)]


def _start(numbers: Sequence[int]) -> int:
    """0 or 1: the number that pairs are counted from, by which more of them are complete."""
    if 0 in numbers:
        return 0
    known = set(numbers)
    odd = sum(1 for number in known if number % 2 and number + 1 in known)
    even = sum(1 for number in known if number % 2 == 0 and number + 1 in known)
    return 0 if even > odd else 1
