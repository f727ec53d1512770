"""The index step: a folder or manifest becomes images in the database, with a skip report."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.files import write_json
from annotator.studio import Studio
from db.images import FoundFile, known_files, record_scan
from embeddings.progress import Progress
from embeddings.scan import KnownFile, ScannedImage, SkippedImage, scan


@dataclass(frozen=True)
class IndexReport:
    """What a scan found; `n_images` counts the whole workspace, the rest this source."""

    source: Path
    n_files: int
    n_new: int
    n_moved: int
    n_vanished: int
    n_unchanged: int
    n_duplicates: int
    n_images: int
    skipped: tuple[SkippedImage, ...]
    skipped_by_reason: dict[str, int]
    report: Path


def index(
    studio: Studio,
    source: Path,
    *,
    max_pixels: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> IndexReport:
    """Reads the source and records it in one transaction; unchanged files are not decoded again.

    Args:
        source: folder, or a CSV, JSONL or Parquet manifest.
        max_pixels: larger images are skipped; default: the setting.

    Raises:
        AppError: the workspace has no image afterwards.
    """
    source = Path(os.path.abspath(source))  # noqa: PTH100 - a link keeps the name it was given
    found: list[FoundFile] = []
    skipped: list[SkippedImage] = []
    for item in scan(
        source,
        known=_known(studio),
        max_pixels=max_pixels or studio.settings.max_pixels,
        thumbnails=studio.workspace.thumbnail,
        workers=workers,
        exclude=[studio.workspace.root],
        progress=progress,
    ):
        if isinstance(item, SkippedImage):
            skipped.append(item)
        else:
            found.append(_found(item))
    gone = _gone(studio, found)
    summary = record_scan(studio.database, source, found, complete=True, gone=gone)
    report = IndexReport(
        source=source,
        n_files=len(found) + len(skipped),
        n_new=summary.n_new,
        n_moved=summary.n_moved,
        n_vanished=summary.n_vanished,
        n_unchanged=summary.n_unchanged,
        n_duplicates=summary.n_duplicates,
        n_images=summary.n_images,
        skipped=tuple(skipped),
        skipped_by_reason=dict(Counter(item.reason for item in skipped).most_common()),
        report=_next_report(studio.workspace.reports),
    )
    write_json(report.report, asdict(report))
    if not report.n_images:
        raise AppError(
            "no image could be read from this source.",
            where=str(source),
            hint=f"{report.report} lists the {len(skipped)} skipped files with reasons."
            if skipped
            else "It names no file.",
        )
    return report


def _known(studio: Studio) -> dict[Path, KnownFile]:
    names = [field.name for field in fields(KnownFile)]
    return {
        file.path: KnownFile(**{name: getattr(file, name) for name in names})
        for file in known_files(studio.database)
    }


def _gone(studio: Studio, found: Sequence[FoundFile]) -> list[Path]:
    """Where these images were once and are no longer: their folder was moved."""
    here = {file.path for file in found}
    images = {file.sha256 for file in found}
    return [
        file.path
        for file in known_files(studio.database)
        if file.sha256 in images and file.path not in here and not file.path.exists()
    ]


def _found(image: ScannedImage) -> FoundFile:
    values = {field.name: getattr(image, field.name) for field in fields(FoundFile)}
    return FoundFile(**values | {"metadata": dict(image.metadata)})


def _next_report(folder: Path) -> Path:
    numbers = [
        int(path.stem.removeprefix("index-"))
        for path in folder.glob("index-*.json")
        if path.stem.removeprefix("index-").isdecimal()
    ]
    return folder / f"index-{max(numbers, default=0) + 1}.json"
