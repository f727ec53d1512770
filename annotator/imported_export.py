"""An imported benchmark as a document again: as it came, or with what people made of it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from annotator.corrections import corrections
from annotator.errors import AppError
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.version import PRODUCT, product_version
from db.active_time import active_seconds
from db.imported import ImportedDocument, ImportedPair, ImportView, get_import, list_imports
from db.lifecycle import PairState, RunKind
from db.pairs import list_cards
from db.views import PairCard, QuestionView
from evaluation.benchmark import Benchmark, BenchmarkPair, PatternEntry
from evaluation.corrections import difference
from evaluation.errata import Erratum
from evaluation.question import Question

_HERE = "here"


@dataclass(frozen=True)
class ImportedBenchmark:
    """An imported benchmark: ``original`` as it came, ``current`` as the workspace has it now.

    ``image_of`` leads from the images of the document to the workspace's, by SHA-256. ``pair_of``
    from the document's pairs to the workspace's.
    """

    view: ImportView
    original: Benchmark
    current: Benchmark
    image_of: Mapping[str, str]
    pair_of: Mapping[int, int]


def imported_benchmarks(studio: Studio) -> list[ImportView]:
    """The benchmarks that were imported, oldest first; lists of pairs to review are none."""
    return [one for one in list_imports(studio.database) if one.kind is RunKind.benchmark]


def imported_benchmark(
    studio: Studio, name: str, states: Collection[PairState] | None = None
) -> ImportedBenchmark:
    """A benchmark that was imported under this name.

    Args:
        states: of the pairs in ``current``; by default all that have a question.

    Raises:
        AppError: nothing was imported under this name.
    """
    found = get_import(studio.database, name)
    if found is None:
        known = ", ".join(repr(view.name) for view in list_imports(studio.database))
        raise AppError(
            "nothing was imported under this name.",
            where=name,
            hint=f"Imported: {known}." if known else "Nothing was imported at all.",
        )
    cards = {card.id: card for card in list_cards(studio.database, states=states)}
    original = _document(found, [one.entry for one in found.pairs])
    entries = {pair.pair_id: pair for pair in original.pairs}
    current = []
    for one in found.pairs:
        card = cards.get(one.pair_id)
        if card is not None and card.annotation is not None and card.annotation.question:
            current.append(_as_it_is(studio, entries[one.number], card, one.is_flipped))
    return ImportedBenchmark(
        view=found.view,
        original=original,
        current=_current(studio, found, original, current),
        image_of=_images(found, entries, list_cards(studio.database)),
        pair_of={one.number: one.pair_id for one in found.pairs},
    )


def _document(found: ImportedDocument, entries: list[Mapping[str, Any]]) -> Benchmark:
    return Benchmark.from_json(json.dumps({**found.document, "pairs": entries}))


def _current(
    studio: Studio, found: ImportedDocument, original: Benchmark, pairs: list[BenchmarkPair]
) -> Benchmark:
    """The same document where nothing changed, else one that says who wrote it."""
    here = {one.number: one for one in found.pairs}
    errata = corrections(studio, {one.pair_id for one in found.pairs})
    number_of = {one.pair_id: one for one in found.pairs}
    exported = {pair.pair_id for pair in pairs}
    added = [_renumbered(one, number_of[one.pair_id]) for one in errata]
    added = [one for one in added if one.pair_id in exported]
    if tuple(pairs) == original.pairs and not added and here:
        return original
    known = {entry.slug for entry in original.patterns}
    own = workspace_patterns(studio)
    more = [
        PatternEntry(slug=one.slug, name=one.name, definition=one.definition)
        for one in (*own.patterns, *own.former)
        if one.slug in {pair.pattern for pair in pairs} - known
    ]
    changed = replace(
        original,
        created_by=f"{PRODUCT} {product_version()}",
        patterns=(*original.patterns, *more),
        pairs=pairs,
        errata=(*(one for one in original.errata if one.pair_id in exported), *added),
    )
    if original.key_layer is None and difference(original, changed, _HERE).corrections:
        return replace(changed, key_layer="current")
    return changed


def _renumbered(erratum: Erratum, pair: ImportedPair) -> Erratum:
    if not pair.is_flipped:
        return replace(erratum, pair_id=pair.number)
    return replace(
        erratum,
        pair_id=pair.number,
        before=_flipped(erratum.before),
        after=_flipped(erratum.after),
    )


def _flipped(question: Question) -> Question:
    return replace(
        question, answer_first=question.answer_second, answer_second=question.answer_first
    )


def _as_it_is(
    studio: Studio, entry: BenchmarkPair, card: PairCard, is_flipped: bool
) -> BenchmarkPair:
    """The entry with the question that stands now; the entry itself where it is the same."""
    note = card.annotation
    if note is None or note.question is None:
        return entry
    asked = question_of(note.question)
    asked = _flipped(asked) if is_flipped else asked
    pattern = note.question.pattern or entry.pattern
    said = [note.question.statement_first, note.question.statement_second]
    first, second = reversed(said) if is_flipped else said
    came = entry.question, entry.pattern, entry.note, entry.statement_first, entry.statement_second
    if (asked, pattern, note.note, first, second) == came:
        return entry
    seconds = active_seconds(studio.database, [card.id])
    return replace(
        entry,
        question=asked,
        pattern=pattern,
        note=note.note,
        annotators=(note.annotator,),
        annotated_at=note.updated_at.isoformat(),
        active_seconds=seconds.get(card.id),
        statement_first=first,
        statement_second=second,
    )


def question_of(view: QuestionView) -> Question:
    """A stored question as a document has it."""
    return Question(
        text=view.text,
        option_a=view.option_a,
        option_b=view.option_b,
        answer_first=view.answer_first,
        answer_second=view.answer_second,
    )


def _images(
    found: ImportedDocument, entries: Mapping[int, BenchmarkPair], cards: list[PairCard]
) -> dict[str, str]:
    by_id = {card.id: card for card in cards}
    image_of = {}
    for one in found.pairs:
        card, entry = by_id.get(one.pair_id), entries[one.number]
        if card is None:
            continue
        here = (card.second, card.first) if one.is_flipped else (card.first, card.second)
        image_of[entry.first.sha256] = here[0].sha256
        image_of[entry.second.sha256] = here[1].sha256
    return image_of
