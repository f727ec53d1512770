"""`mmvp backup`: the database and what cannot be made again, in one file, while people work."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.archive import DATABASE, FILES, FOLDERS, Manifest, Member, may_hold, write_archive
from annotator.errors import AppError
from annotator.studio import Studio
from annotator.version import product_version
from db.copies import Contents, copy_database
from embeddings.progress import Progress

_MANIFESTS = "*/manifest.json"
# Images that may be nowhere else, and answers of models that nobody can make again.
_NOWHERE_ELSE = frozenset({"imported", "results"})


@dataclass(frozen=True)
class BackupReport:
    """What was backed up, and into which file."""

    path: Path
    n_files: int
    n_bytes: int
    n_annotations: int
    n_events: int


def back_up(
    studio: Studio,
    out: Path | None = None,
    *,
    embeddings: bool = False,
    force: bool = False,
    progress: Progress,
) -> BackupReport:
    """Back the workspace up into one file, which is there whole or not at all.

    Args:
        out: the file; None for one in the workspace's `backups`, named by the time.
        embeddings: also the vectors, maps and comparisons, and not only which encoders made them.
        force: replace a file of that name.

    Raises:
        AppError: there is a file of that name, or its folder does not exist.
        DatabaseError: the database cannot be read, or the copy of it is damaged.
    """
    at = datetime.now(UTC)
    out = out or studio.workspace.backups / f"mmvp-{at:%Y%m%dT%H%M%S%fZ}.zip"
    if not out.parent.is_dir():
        raise AppError("there is no such folder.", where=str(out.parent), hint="Make it first.")
    if out.exists() and not force:
        raise AppError(
            "there is a file of that name.",
            where=str(out),
            hint="Choose another name, or replace it with --force.",
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".mmvp-backup-") as folder:
        copy = Path(folder) / DATABASE
        contents = copy_database(studio.database, copy)
        files = [(DATABASE, copy), *_files(studio, everything=embeddings)]

        def describe(members: dict[str, Member]) -> Manifest:
            return _manifest(contents, at, members)

        manifest = write_archive(out, files, describe, force=force, progress=progress)
    return BackupReport(
        path=out,
        n_files=len(manifest.files),
        n_bytes=out.stat().st_size,
        n_annotations=contents.rows.get("annotation", 0),
        n_events=contents.rows["event"],
    )


def _manifest(contents: Contents, at: datetime, members: dict[str, Member]) -> Manifest:
    return Manifest(
        product=product_version(),
        made_at=at.isoformat(),
        revision=contents.revision,
        rows=contents.rows,
        events_digest=contents.events_digest,
        files=members,
    )


def _files(studio: Studio, *, everything: bool) -> Iterator[tuple[str, Path]]:
    """What belongs into the archive beside the database; hidden files never do."""
    root = studio.workspace.root
    found = [root / name for name in FILES]
    for name in FOLDERS:
        if everything or name in _NOWHERE_ELSE:
            found += (root / name).rglob("*")
        elif name == "embeddings":
            found += (root / name).glob(_MANIFESTS)
    for path in sorted(found):
        name = path.relative_to(root).as_posix()
        if may_hold(name) and path.is_file() and not path.is_symlink():
            yield name, path
