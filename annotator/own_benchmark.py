"""The workspace's own finished pairs as a benchmark document."""

from collections import Counter
from collections.abc import Iterable, Sequence

from annotator.card import card_facts
from annotator.corrections import corrections
from annotator.errors import AppError
from annotator.imported_export import question_of
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from annotator.version import PRODUCT, product_version
from db.active_time import active_seconds
from db.encoders import list_encoders
from db.lifecycle import DONE_STATES, PairState, RunKind
from db.pairs import list_cards, list_runs
from db.verdicts import get_verification_policy
from db.views import EncoderView, ImageView, PairCard, RunView
from embeddings.encoder import without_local_folders
from evaluation.benchmark import (
    Benchmark,
    BenchmarkPair,
    EncoderEntry,
    ImageEntry,
    MiningRunEntry,
    pattern_entries,
)
from evaluation.errors import EmptyBenchmark


def exported_states(studio: Studio, *, unverified: bool = False) -> frozenset[PairState]:
    """The states whose pairs an export holds.

    While verification is on only final ones, those that enough people confirmed who did not see
    the key; `unverified` adds the others. Off, as it is at first, so that one person alone gets a
    benchmark out: all complete ones. A pair that blind answers contest is never exported.
    """
    only_final = get_verification_policy(studio.database).enabled and not unverified
    return frozenset({PairState.final}) if only_final else DONE_STATES


def to_benchmark(studio: Studio, *, name: str, unverified: bool = False) -> Benchmark:
    """The workspace's own pairs in `exported_states` as a document, ordered by pair id.

    Pairs mined at several thresholds share the loosest of them, which holds for all; of several
    pairs of encoders the document names the one that found most. What is not known of pairs that
    came from a list is null.

    Raises:
        EmptyBenchmark: there is no such pair.
    """
    states = exported_states(studio, unverified=unverified)
    complete = sorted(own_cards(studio, states), key=lambda card: card.id)
    if not complete:
        raise nothing_to_export(studio, states)
    runs = _runs_of(studio, complete)
    seconds = active_seconds(studio.database, [card.id for card in complete])
    of_each = [runs[card.run_id] for card in complete if card.run_id in runs]
    blind, reference = _most_used_encoders(studio, of_each)
    blind_min = [card.blind_min for card in complete if card.blind_min is not None]
    reference_max = [card.reference_max for card in complete if card.reference_max is not None]
    measured = len(of_each) == len(complete)
    pairs = tuple(_pair(card, seconds.get(card.id)) for card in complete)
    exported = {pair.pair_id for pair in pairs}
    patterns = workspace_patterns(studio).with_used({pair.pattern for pair in pairs})
    return Benchmark(
        name=name,
        created_by=f"{PRODUCT} {product_version()}",
        blind_encoder=blind,
        reference_encoder=reference,
        blind_min=min(blind_min) if measured else None,
        reference_max=max(reference_max) if measured else None,
        patterns=pattern_entries(patterns),
        mining_runs=tuple(_mining_run(run) for run in runs.values()),
        versions=_versions(runs.values()),
        pairs=pairs,
        errata=corrections(studio, exported),
        card=card_facts(studio, exported),
    )


def own_cards(studio: Studio, states: frozenset[PairState]) -> list[PairCard]:
    """The pairs in these states that are of no imported benchmark, by rank."""
    cards = list_cards(studio.database, states=states)
    return [card for card in cards if card.run_kind is not RunKind.benchmark]


def nothing_to_export(studio: Studio, states: frozenset[PairState]) -> EmptyBenchmark:
    """The refusal to export nothing, with what to do about it."""
    where = str(studio.workspace.root)
    if states == DONE_STATES:
        hint = "Accept pairs and write their questions with `mmvp serve`."
        return EmptyBenchmark("no pair is complete yet.", where=where, hint=hint)
    hint = "Have people answer on the Verify page, or export with `--unverified`."
    return EmptyBenchmark("no pair is verified yet.", where=where, hint=hint)


def _runs_of(studio: Studio, complete: Sequence[PairCard]) -> dict[int, RunView]:
    """The runs that found these pairs, by id, oldest first."""
    wanted = {card.run_id for card in complete}
    return {run.id: run for run in list_runs(studio.database) if run.id in wanted}


def _most_used_encoders(
    studio: Studio, run_of_each_pair: Sequence[RunView]
) -> tuple[EncoderEntry | None, EncoderEntry | None]:
    if not run_of_each_pair:
        return None, None
    used = Counter((run.blind_encoder_id, run.reference_encoder_id) for run in run_of_each_pair)
    blind, reference = min(used, key=lambda ids: (-used[ids], ids))
    entries = {encoder.id: _encoder(encoder) for encoder in list_encoders(studio.database)}
    return entries[blind], entries[reference]


def _encoder(view: EncoderView) -> EncoderEntry:
    return EncoderEntry(
        spec=without_local_folders(view.spec),
        name=without_local_folders(view.name),
        dimension=view.dimension,
        weights_digest=view.weights_digest,
    )


def _mining_run(run: RunView) -> MiningRunEntry:
    return MiningRunEntry(
        run_id=run.id,
        blind_encoder=without_local_folders(run.blind_encoder),
        reference_encoder=without_local_folders(run.reference_encoder),
        blind_min=run.blind_min,
        reference_max=run.reference_max,
        n_images=run.n_images,
        n_compared=run.n_compared,
        n_over_thresholds=run.n_over_thresholds,
        options={key: value for key, value in run.options.items() if key not in _NOT_OPTIONS},
    )


_NOT_OPTIONS = ("fingerprint", "versions")


def _versions(runs: Iterable[RunView]) -> dict[str, str]:
    """Of the libraries that made the vectors, as the newest run noted them, and of this program."""
    noted = [run.options.get("versions", {}) for run in runs]
    return {name: text for each in noted for name, text in each.items()} | {
        PRODUCT: product_version()
    }


def _pair(card: PairCard, seconds: float | None) -> BenchmarkPair:
    annotation = card.annotation
    if annotation is None or annotation.question is None:  # a complete pair has both
        raise AppError(f"pair {card.id} is marked complete but has no question.")
    return BenchmarkPair(
        pair_id=card.id,
        first=_image(card.first),
        second=_image(card.second),
        blind_cosine=card.blind_cosine,
        reference_cosine=card.reference_cosine,
        question=question_of(annotation.question),
        pattern=annotation.question.pattern or "",
        annotators=(annotation.annotator,),
        mining_run=card.run_id if card.run_kind is RunKind.mined else None,
        annotated_at=annotation.updated_at.isoformat(),
        note=annotation.note,
        active_seconds=seconds,
        statement_first=annotation.question.statement_first,
        statement_second=annotation.question.statement_second,
    )


def _image(view: ImageView) -> ImageEntry:
    return ImageEntry(
        sha256=view.sha256, file_name=view.file_name, width=view.width, height=view.height
    )
