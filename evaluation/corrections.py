"""Lays named corrections over the key of a benchmark, which itself stays as it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.benchmark import Benchmark, BenchmarkPair
from evaluation.errors import InvalidBenchmark
from evaluation.key_layer import (
    ORIGINAL,
    SHIPPED,
    Correction,
    InvalidLayer,
    KeyLayer,
    UnfitLayer,
    dump_layer,
    load_layer,
    parse_layer,
    shipped_layer,
)
from evaluation.question import Question

__all__ = [
    "ORIGINAL",
    "SHIPPED",
    "AppliedLayer",
    "Correction",
    "InvalidLayer",
    "KeyLayer",
    "UnfitLayer",
    "apply",
    "contested_rows",
    "difference",
    "dump_layer",
    "load_layer",
    "parse_layer",
    "same_question",
    "shipped_layer",
]


@dataclass(frozen=True, kw_only=True)
class AppliedLayer:
    """A benchmark under a layer: what changed, what had these answers already, what was not found.

    ``unmatched`` has a sentence for every correction that belongs to no pair; ``notes`` for every
    one that was known by its question alone.
    """

    benchmark: Benchmark
    changed: tuple[int, ...]
    unchanged: tuple[int, ...]
    unmatched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def contested_rows() -> tuple[Correction, ...]:
    """The pairs of MMVP whose key has been called wrong, with reasons and sources."""
    return tuple(one for name in SHIPPED for one in shipped_layer(name).corrections)


def apply(benchmark: Benchmark, layer: KeyLayer) -> AppliedLayer:
    """The benchmark with the answers of a layer, which it names; the given one stays as it is.

    A correction belongs to the pair with its question and options; where several pairs ask the
    same, to the one with its number.

    Raises:
        UnfitLayer: another layer lies over the benchmark already, or no correction fits.
    """
    if benchmark.key_layer is not None:
        raise UnfitLayer(
            f"the corrections {benchmark.key_layer!r} lie over this key already.",
            where=benchmark.name,
            hint="Lay corrections over the original key.",
        )
    pairs = {pair.pair_id: pair for pair in benchmark.pairs}
    changed: list[int] = []
    unchanged: list[int] = []
    unmatched: list[str] = []
    notes: list[str] = []
    for correction in layer.corrections:
        pair = _match(benchmark.pairs, correction)
        if isinstance(pair, str):
            unmatched.append(f"{_name(correction)}: {pair}.")
            continue
        if not _numbered(pair, correction):
            notes.append(f"{_name(correction)} is pair {pair.pair_id} here, known by its question.")
        question = _corrected(pair, correction)
        (unchanged if question == pair.question else changed).append(pair.pair_id)
        pairs[pair.pair_id] = replace(pair, question=question)
    if layer.corrections and not changed and not unchanged:
        raise UnfitLayer(
            f"none of the corrections {layer.name!r} belongs to this benchmark: {unmatched[0]}",
            where=benchmark.name,
            hint="Choose the layer that was made for it.",
        )
    return AppliedLayer(
        benchmark=replace(benchmark, pairs=tuple(pairs.values()), key_layer=layer.name),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        unmatched=tuple(unmatched),
        notes=tuple(notes),
    )


def difference(
    original: Benchmark, current: Benchmark, name: str, *, about: str = "", source: str = ""
) -> KeyLayer:
    """The layer that leads from the answers of one benchmark to those of another.

    Pairs are the same where their number is. A pair that asks something else now is no correction
    of a key and is left out.

    Raises:
        InvalidLayer: the name cannot be used.
    """
    before = {pair.pair_id: pair for pair in original.pairs}
    reasons = {erratum.pair_id: erratum.reason for erratum in current.errata}
    corrections = []
    for now in current.pairs:
        pair = before.get(now.pair_id)
        if pair is None or now.question == pair.question:
            continue
        correction = Correction(
            pair_id=now.pair_id,
            first_image=now.first.sha256,
            question=now.question.text,
            option_a=now.question.option_a,
            option_b=now.question.option_b,
            answer_first=now.question.answer_first,
            answer_second=now.question.answer_second,
            reason=reasons.get(now.pair_id, ""),
        )
        if _asks(pair.question, correction) and _corrected(pair, correction) != pair.question:
            corrections.append(correction)
    try:
        return KeyLayer(
            name=name,
            about=about or f"What was corrected in {original.name}.",
            source=source,
            corrections=corrections,
        )
    except InvalidBenchmark as error:
        raise InvalidLayer(error.problems) from error


def same_question(one: str, other: str) -> bool:
    """Whether two texts have the same words, whatever their case and punctuation."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _name(correction: Correction) -> str:
    if correction.rows is not None:
        return f"rows {correction.rows[0]} and {correction.rows[1]}"
    return f"pair {correction.pair_id}"


def _match(pairs: Sequence[BenchmarkPair], correction: Correction) -> BenchmarkPair | str:
    """The pair that a correction belongs to, or why there is none."""
    asking = [pair for pair in pairs if same_question(pair.question.text, correction.question)]
    numbered = [pair for pair in pairs if _numbered(pair, correction)]
    if not asking:  # some copies have a shorter or longer form of a question
        asking = [pair for pair in numbered if _begins(pair.question.text, correction.question)]
    if not asking:
        return f"no pair asks {correction.question!r}"
    fitting = [pair for pair in asking if _asks(pair.question, correction)]
    if not fitting:
        return "the pair with this question has other options"
    if len(fitting) > 1:
        fitting = [pair for pair in fitting if pair in numbered]
    return fitting[0] if len(fitting) == 1 else "several pairs ask this, and none has the number"


def _begins(one: str, other: str) -> bool:
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    return len(shorter) > 2 and longer[: len(shorter)] == shorter


def _numbered(pair: BenchmarkPair, correction: Correction) -> bool:
    if correction.pair_id is not None:
        return pair.pair_id == correction.pair_id
    return correction.rows is not None and pair.pair_id == (correction.rows[0] + 1) // 2


def _asks(question: Question, correction: Correction) -> bool:
    """Whether the question has the options of the correction, in either order."""
    return sorted(map(_option, (question.option_a, question.option_b))) == sorted(
        map(_option, (correction.option_a, correction.option_b))
    ) and (
        same_question(question.text, correction.question)
        or _begins(question.text, correction.question)
    )


def _option(text: str) -> str:
    return " ".join(text.split()).rstrip(".").casefold()


def _corrected(pair: BenchmarkPair, correction: Correction) -> Question:
    """The question with the answers of the correction, in its own letters and for its images."""
    first, second = correction.answer_first, correction.answer_second
    options_swapped = _option(pair.question.option_a) != _option(correction.option_a)
    images_swapped = correction.first_image == pair.second.sha256
    if options_swapped != images_swapped:
        first, second = second, first
    return replace(pair.question, answer_first=first, answer_second=second)
