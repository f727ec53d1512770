"""Between the database and the benchmark document: complete pairs out, images verified."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from annotator.errors import AppError
from annotator.imported_export import imported_benchmark, imported_benchmarks
from annotator.keys import CURRENT, under_key
from annotator.own_benchmark import exported_states as exported_states
from annotator.own_benchmark import nothing_to_export, own_cards
from annotator.own_benchmark import to_benchmark as to_benchmark
from annotator.studio import Studio
from db.history import EventKind, record
from db.images import FoundFile, known_files
from embeddings.images import export_jpeg
from embeddings.progress import Progress
from evaluation.benchmark import Benchmark
from evaluation.formats import ExportOptions, ExportReport, export
from evaluation.items import QuestionSet, from_benchmark
from evaluation.key_order import KeyOrder

_DEFAULT_OPTIONS = ExportOptions()


@dataclass(frozen=True)
class Choice:
    """What of the workspace an export is of: its own pairs, or a benchmark that was imported.

    ``imported`` is the name of an import, empty for the workspace's own pairs; None for those too,
    but where none is finished for the only benchmark that was imported. ``key`` is `current` for
    the answers as they are now, `original` for those that were imported, or a layer's name or file.
    """

    imported: str | None = None
    key: str = CURRENT
    unverified: bool = False


@dataclass(frozen=True)
class Prepared:
    """A benchmark to write, the workspace's image for each of its own by SHA-256, and notes."""

    benchmark: Benchmark
    image_of: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    order: KeyOrder | None = None
    """The key order unless another is asked for; None: what `evaluation.key_order` says."""
    pair_of: Mapping[int, int] = field(default_factory=dict)
    """The workspace's number of each pair that has another one in the benchmark."""


def exported_import(studio: Studio, choice: Choice) -> str | None:
    """The import that is exported; None where it is the workspace's own pairs.

    Raises:
        AppError: there are several to choose from.
    """
    if choice.imported is not None:
        return choice.imported or None
    imports = imported_benchmarks(studio)
    if not imports or own_cards(studio, exported_states(studio, unverified=choice.unverified)):
        return None
    if len(imports) > 1:
        names = ", ".join(repr(view.name) for view in imports)
        raise AppError(
            "several benchmarks were imported, and no pair of this workspace's own is finished.",
            where=str(studio.workspace.root),
            hint=f"Name one with --imported: {names}.",
        )
    return imports[0].name


def prepare(studio: Studio, choice: Choice, *, name: str | None, own_name: str) -> Prepared:
    """The benchmark that a choice means.

    Args:
        name: what to call it; by default `own_name`, or what an imported one is called.

    Raises:
        EmptyBenchmark: there is no pair to export.
        AppError: nothing of that name was imported, or there is no such key.
    """
    imported = exported_import(studio, choice)
    if imported is None:
        if choice.key != CURRENT:
            raise AppError(
                "only an imported benchmark has another key than the current one.",
                where=f"--key {choice.key}",
            )
        return Prepared(
            to_benchmark(studio, name=name or own_name, unverified=choice.unverified),
        )
    states = exported_states(studio, unverified=choice.unverified)
    found = imported_benchmark(studio, imported, states)
    keyed = under_key(found, choice.key)
    benchmark = keyed.benchmark
    if not benchmark.pairs:
        raise nothing_to_export(studio, states)
    benchmark = replace(benchmark, name=name) if name else benchmark
    return Prepared(benchmark, found.image_of, tuple(keyed.notes), "kept", found.pair_of)


def image_bytes(studio: Studio, sha256: str) -> bytes:
    """The image as JPEG for an export, from a file that still has the hash it was indexed with.

    Raises:
        AppError: every file of the image changed or vanished.
    """
    return _image_reader(studio)(sha256)


def to_questions(studio: Studio, *, name: str) -> QuestionSet:
    """The pairs that an export would hold as questions to ask a model, with their images.

    Raises:
        EmptyBenchmark: there is no such pair.
    """
    prepared = prepare(studio, Choice(), name=name, own_name=name)
    benchmark = prepared.benchmark
    images = {
        image.sha256: image.sha256
        for pair in benchmark.pairs
        for image in (pair.first, pair.second)
    }
    return from_benchmark(benchmark, images, _image_reader(studio, prepared.image_of))


def pairs_here(studio: Studio) -> Mapping[int, int]:
    """The workspace's number of each pair of `to_questions` that has another one there."""
    return prepare(studio, Choice(), name=None, own_name=studio.workspace.root.name).pair_of


_OWN = Choice()


def export_benchmark(
    studio: Studio,
    format_name: str,
    out: Path,
    *,
    force: bool = False,
    name: str | None = None,
    choice: Choice = _OWN,
    options: ExportOptions = _DEFAULT_OPTIONS,
    by: int | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Writes the finished pairs in one of `evaluation.formats.FORMATS`.

    Args:
        out: folder to write; it must not exist unless `force`.
        name: of the benchmark; default: the folder's, or what an imported one is called.
        choice: of which pairs, with which answers.
        options: the order of the key, and what else there is to choose.
        by: the person who exports; None for the command line. It leaves an event.

    Raises:
        AppError: an image changed or vanished.
        ExportExists, EmptyBenchmark: nothing is written.
    """
    out = out.absolute()
    prepared = prepare(studio, choice, name=name, own_name=out.name)
    benchmark = prepared.benchmark
    report = export(
        benchmark,
        format_name,
        out,
        image_bytes=_image_reader(studio, prepared.image_of),
        options=replace(options, key_order=options.key_order or prepared.order),
        force=force,
        progress=progress,
    )
    data = {
        "format": format_name,
        "folder": str(report.folder),
        "name": benchmark.name,
        "n_pairs": report.n_pairs,
        "unverified": choice.unverified,
        "key": choice.key,
        "document_sha256": hashlib.sha256(benchmark.to_json().encode()).hexdigest(),
    }
    record(studio.database, EventKind.export, data, annotator_id=by)
    return replace(report, notes=(*prepared.notes, *report.notes))


def _image_reader(
    studio: Studio, image_of: Mapping[str, str] = MappingProxyType({})
) -> Callable[[str], bytes]:
    files: dict[str, list[FoundFile]] = {}
    for file in known_files(studio.database):
        files.setdefault(file.sha256, []).append(file)

    def read(wanted: str) -> bytes:
        sha256 = image_of.get(wanted, wanted)
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
