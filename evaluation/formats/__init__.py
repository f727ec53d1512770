"""The export formats, and the one way to export: whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmark import Benchmark
from evaluation.errors import EmptyBenchmark, UnknownFormat
from evaluation.formats import (
    coco,
    fiftyone,
    hugging_face,
    jsonl,
    label_studio,
    lmms_eval,
    mmvp,
    mmvp_json,
    mmvp_vlm,
    vlmevalkit,
)
from evaluation.formats.format import Export, ExportOptions, Format, ImageBytes, Progress
from evaluation.formats.staging import DOCUMENT, staged
from evaluation.key_order import in_key_order
from evaluation.patterns import custom_pattern_note

__all__ = [
    "FORMATS",
    "ExportOptions",
    "ExportReport",
    "Format",
    "ImageBytes",
    "Progress",
    "export",
]

_DEFAULT = ExportOptions()

FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        mmvp.FORMAT,
        mmvp_json.FORMAT,
        vlmevalkit.FORMAT,
        lmms_eval.FORMAT,
        hugging_face.FORMAT,
        mmvp_vlm.FORMAT,
        jsonl.FORMAT,
        coco.FORMAT,
        label_studio.FORMAT,
        fiftyone.FORMAT,
    )
}


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote: the folder, its files as full paths in sorted order, what to know."""

    folder: Path
    n_pairs: int
    files: list[Path]
    notes: tuple[str, ...] = ()


def export(
    benchmark: Benchmark,
    name: str,
    out: Path,
    *,
    image_bytes: ImageBytes,
    options: ExportOptions = _DEFAULT,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write the benchmark into the folder ``out`` in the format of that name.

    The folder appears complete or not at all. The same benchmark and image bytes give the same
    files, byte for byte, under the same options. With ``force`` an older export at ``out`` is
    replaced.

    Raises:
        UnknownFormat: there is no such format.
        EmptyBenchmark: there is no pair to export.
        UnfitForFormat: a question or image cannot be carried by this format.
        ExportExists: ``out`` exists and ``force`` is not set.
        NotAnExport: ``out`` holds files that no export wrote; ``force`` does not help.
        ExportFailed: the operating system refused to write.
    """
    if name not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise UnknownFormat(f"There is no export format {name!r}.", hint=f"Formats: {known}.")
    if not benchmark.pairs:
        raise EmptyBenchmark(
            "There is no complete pair to export.",
            hint="Accept a pair and write its question first.",
        )
    form = FORMATS[name]
    out = out.expanduser().resolve()
    if form.has_key_order:
        benchmark = in_key_order(benchmark, options.key_order, options.seed)
    written_by_us = [form.files for form in FORMATS.values()]
    with staged(out, force=force, written_by_us=written_by_us) as folder:
        job = Export(benchmark, folder, image_bytes, progress or _no_progress, options)
        said = form.write(job)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    notes = (custom_pattern_note(benchmark.patterns), *said)
    written = Benchmark.from_json((out / DOCUMENT).read_text(encoding="utf-8"))
    return ExportReport(out, len(written.pairs), files, tuple(filter(None, notes)))


def _no_progress(done: int, total: int) -> None:
    """Nobody is watching."""
