"""Between the database and the benchmark document: complete pairs out, images verified."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from annotator.errors import AppError
from annotator.studio import Studio
from annotator.version import PRODUCT, product_version
from db.encoders import list_encoders
from db.images import FoundFile, known_files
from db.lifecycle import PairState
from db.pairs import list_cards, list_runs
from db.views import EncoderView, ImageView, PairCard, QuestionView, RunView
from embeddings.encoder import without_local_folders
from embeddings.images import export_jpeg
from embeddings.progress import Progress
from evaluation.benchmark import (
    Benchmark,
    BenchmarkPair,
    EncoderEntry,
    ImageEntry,
    MiningRunEntry,
    Question,
    pattern_entries,
)
from evaluation.errors import EmptyBenchmark
from evaluation.formats import ExportReport, export
from evaluation.patterns import load_patterns


def to_benchmark(studio: Studio, *, name: str) -> Benchmark:
    """The complete pairs as a benchmark document, ordered by pair id.

    Pairs mined at several thresholds share the loosest of them, which holds for all; of several
    pairs of encoders the document names the one that found most.

    Raises:
        EmptyBenchmark: no pair is complete.
    """
    found = list_cards(studio.database, states={PairState.complete})
    complete = sorted(found, key=lambda card: card.id)
    if not complete:
        raise EmptyBenchmark(
            "no pair is complete yet.",
            where=str(studio.workspace.root),
            hint="Accept pairs and write their questions with `mmvp serve`.",
        )
    runs = _runs_of(studio, complete)
    blind, reference = _most_used_encoders(studio, [runs[card.run_id] for card in complete])
    return Benchmark(
        name=name,
        created_by=f"{PRODUCT} {product_version()}",
        blind_encoder=blind,
        reference_encoder=reference,
        blind_min=min(card.blind_min for card in complete),
        reference_max=max(card.reference_max for card in complete),
        patterns=pattern_entries(load_patterns("mmvp")),
        mining_runs=tuple(_mining_run(run) for run in runs.values()),
        versions=_versions(runs.values()),
        pairs=tuple(_pair(card) for card in complete),
    )


def image_bytes(studio: Studio, sha256: str) -> bytes:
    """The image as JPEG for an export, from a file that still has the hash it was indexed with.

    Raises:
        AppError: every file of the image changed or vanished.
    """
    return _image_reader(studio)(sha256)


def export_benchmark(
    studio: Studio,
    format_name: str,
    out: Path,
    *,
    force: bool = False,
    name: str | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Writes the complete pairs in one of `evaluation.formats.FORMATS`.

    Args:
        out: folder to write; it must not exist unless `force`.
        name: of the benchmark; default: the folder's.

    Raises:
        AppError: an image changed or vanished.
        ExportExists, EmptyBenchmark: nothing is written.
    """
    out = out.absolute()
    benchmark = to_benchmark(studio, name=name or out.name)
    return export(
        benchmark,
        format_name,
        out,
        image_bytes=_image_reader(studio),
        force=force,
        progress=progress,
    )


def _image_reader(studio: Studio) -> Callable[[str], bytes]:
    files: dict[str, list[FoundFile]] = {}
    for file in known_files(studio.database):
        files.setdefault(file.sha256, []).append(file)

    def read(sha256: str) -> bytes:
        for file in files.get(sha256, []):
            if _still_is(file.path, sha256):
                # It was let in when it was indexed, whatever the limit was then.
                return export_jpeg(file.path, max_pixels=file.width * file.height)
        paths = [file.path for file in files.get(sha256, [])]
        changed = [path for path in paths if path.exists()]
        raise AppError(
            f"this image {'changed' if changed else 'vanished'} since it was indexed.",
            where=str([*changed, *paths, sha256][0]),
            hint="Put the original file back, or run `mmvp index` where it is now.",
        )

    return read


def _still_is(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _runs_of(studio: Studio, complete: Sequence[PairCard]) -> dict[int, RunView]:
    """The runs that found these pairs, by id, oldest first."""
    wanted = {card.run_id for card in complete}
    return {run.id: run for run in list_runs(studio.database) if run.id in wanted}


def _most_used_encoders(
    studio: Studio, run_of_each_pair: Iterable[RunView]
) -> tuple[EncoderEntry, EncoderEntry]:
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


def _pair(card: PairCard) -> BenchmarkPair:
    annotation = card.annotation
    if annotation is None or annotation.question is None:  # a complete pair has both
        raise AppError(f"pair {card.id} is marked complete but has no question.")
    return BenchmarkPair(
        pair_id=card.id,
        first=_image(card.first),
        second=_image(card.second),
        blind_cosine=card.blind_cosine,
        reference_cosine=card.reference_cosine,
        question=_question(annotation.question),
        pattern=annotation.question.pattern or "",
        annotators=(annotation.annotator,),
        mining_run=card.run_id,
        annotated_at=annotation.updated_at.isoformat(),
        note=annotation.note,
    )


def _image(view: ImageView) -> ImageEntry:
    return ImageEntry(
        sha256=view.sha256, file_name=view.file_name, width=view.width, height=view.height
    )


def _question(view: QuestionView) -> Question:
    return Question(
        text=view.text,
        option_a=view.option_a,
        option_b=view.option_b,
        answer_first=view.answer_first,
        answer_second=view.answer_second,
    )
