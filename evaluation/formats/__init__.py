"""The export formats, and the one way to export: whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmark import Benchmark
from evaluation.errors import EmptyBenchmark, UnknownFormat
from evaluation.formats import mmvp
from evaluation.formats.format import Format, ImageBytes, Progress
from evaluation.formats.staging import staged

__all__ = ["FORMATS", "ExportReport", "Format", "ImageBytes", "Progress", "export"]

FORMATS: dict[str, Format] = {form.name: form for form in (mmvp.FORMAT,)}


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote: the folder, and its files as full paths in sorted order."""

    folder: Path
    n_pairs: int
    files: list[Path]


def export(
    benchmark: Benchmark,
    name: str,
    out: Path,
    *,
    image_bytes: ImageBytes,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write the benchmark into the folder ``out`` in the format of that name.

    The folder appears complete or not at all. The same benchmark and image bytes give the same
    files, byte for byte. With ``force`` an older export at ``out`` is replaced.

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
    written_by_us = {pattern for form in FORMATS.values() for pattern in form.files}
    with staged(out, force=force, written_by_us=written_by_us) as folder:
        form.write(benchmark, folder, image_bytes, progress or _no_progress)
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return ExportReport(folder=out, n_pairs=len(benchmark.pairs), files=files)


def _no_progress(done: int, total: int) -> None:
    """Nobody is watching."""
