"""Which image of a pair comes first in the tables: shuffled, always the one of (a), or as it is."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from evaluation.benchmark import Benchmark, BenchmarkPair, Choice, KeyOrderEntry
from evaluation.errata import Erratum
from evaluation.question import Question

KeyOrder = Literal["shuffled", "original", "kept"]

KEY_ORDERS: Mapping[KeyOrder, str] = {
    "shuffled": "as often (a) as (b) comes first, by a seed",
    "original": "the image of (a) comes first, as in MMVP",
    "kept": "as the pairs stand",
}
"""Every key order, with what it means."""


def default_key_order(benchmark: Benchmark) -> KeyOrder:
    """``kept`` where the order was settled by whoever made the file, else ``shuffled``."""
    settled = benchmark.source is not None or benchmark.key_order is not None
    return "kept" if settled else "shuffled"


def in_key_order(benchmark: Benchmark, order: KeyOrder | None = None, seed: int = 0) -> Benchmark:
    """The benchmark with first and second image exchanged where the order asks for it.

    ``shuffled`` and ``original`` do not depend on which image came first before. Only the images
    change places, with what is said of each; the texts of questions and options stay.

    Args:
        benchmark: what is put in order.
        order: None for the default of this benchmark.
        seed: of ``shuffled``; the same seed gives the same order.
    """
    order = order or default_key_order(benchmark)
    if order == "kept":
        return benchmark
    letters = _shuffled(benchmark, seed) if order == "shuffled" else {}
    exchanged = {
        pair.pair_id
        for pair in benchmark.pairs
        if pair.question.answer_first != letters.get(pair.pair_id, "a")
    }
    if order == "shuffled":
        entry = KeyOrderEntry(order="shuffled", seed=seed)
    else:
        entry = KeyOrderEntry(order="original")
    return replace(
        benchmark,
        pairs=[_exchanged(one) if one.pair_id in exchanged else one for one in benchmark.pairs],
        errata=[
            _exchanged_erratum(one) if one.pair_id in exchanged else one for one in benchmark.errata
        ],
        key_order=entry,
    )


def _shuffled(benchmark: Benchmark, seed: int) -> dict[int, Choice]:
    """The right answer of every pair's first image.

    The pairs of a pattern, by number, go in blocks of two: one of a block gets (a), the other
    (b), and a hash says which. So pairs that come later change nothing about those before.
    """
    of_pattern: dict[str, list[int]] = defaultdict(list)
    for pair in benchmark.pairs:
        of_pattern[pair.pattern].append(pair.pair_id)
    letters: dict[int, Choice] = {}
    for pattern, numbers in of_pattern.items():
        for at, number in enumerate(numbers):
            a_first = _toss(seed, pattern, at // 2)
            letters[number] = "a" if a_first == (at % 2 == 0) else "b"
    return letters


def _toss(seed: int, pattern: str, block: int) -> bool:
    digest = hashlib.sha256(f"{seed}\n{pattern}\n{block}".encode()).digest()
    return digest[0] % 2 == 0


def _exchanged(pair: BenchmarkPair) -> BenchmarkPair:
    return replace(
        pair,
        first=pair.second,
        second=pair.first,
        question=_answers_exchanged(pair.question),
        statement_first=pair.statement_second,
        statement_second=pair.statement_first,
    )


def _exchanged_erratum(erratum: Erratum) -> Erratum:
    before, after = _answers_exchanged(erratum.before), _answers_exchanged(erratum.after)
    return replace(erratum, before=before, after=after)


def _answers_exchanged(question: Question) -> Question:
    first, second = question.answer_second, question.answer_first
    return replace(question, answer_first=first, answer_second=second)
