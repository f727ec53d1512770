"""`mmvp restore`: a backup becomes a workspace again, after all of it was checked."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from annotator.archive import DATABASE, FOLDERS, Archive, BrokenArchive
from annotator.errors import AppError
from annotator.settings import Settings
from db.copies import check_copy, require_our_triggers, require_unused
from db.migrate import open_database
from db.server_copies import is_filled, load_copy
from db.workspace import Workspace, sqlite_url
from embeddings.progress import Progress

# Made of the images or of the database, so it is as good beside the restored one.
_TAKEN_OVER = ("backups", "exports", "reports", "thumbnails", "views", "why", *sorted(FOLDERS))
_SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Restored:
    """What a workspace is again, and where the one before it is; None and "" if there was none."""

    workspace: Path
    made_at: str
    n_annotations: int
    n_events: int
    kept_folder: Path | None
    kept_schema: str


def restore(path: Path, settings: Settings, *, force: bool, progress: Progress) -> Restored:
    """Make the workspace of the settings from an archive; what was there is kept aside.

    Nothing of the target is touched before the archive has passed every check.

    Args:
        force: also if there is a workspace or a database.

    Raises:
        BrokenArchive: not all of it is as it was written.
        BrokenCopy: the database in it is damaged or of a newer version.
        AppError: there is a workspace, and `force` is False.
        InUse: a server is running on it.
    """
    target = Workspace(settings.workspace)
    server = _server_url(settings, target)
    with Archive.open(path) as archive, _stage(target.root) as stage:
        _check_room(archive, stage)
        archive.extract(stage, progress)
        copy = stage / DATABASE
        _check_database(archive, copy)
        _check_target(target, server, force=force)
        Workspace(stage).create()
        kept_folder = _beside(target.root, "before-restore") if _is_filled(target.root) else None
        if kept_folder:
            _take_over(target.root, stage, archive)
        kept_schema = _swap(stage, target.root, kept_folder, server)
    return Restored(
        workspace=target.root,
        made_at=archive.manifest.made_at,
        n_annotations=archive.manifest.rows.get("annotation", 0),
        n_events=archive.manifest.rows.get("event", 0),
        kept_folder=kept_folder,
        kept_schema=kept_schema,
    )


def _server_url(settings: Settings, target: Workspace) -> str:
    """The PostgreSQL database to restore into; empty for the workspace's own file."""
    url = settings.database_url or ""
    if url.startswith("sqlite") and url != target.database_url:
        raise AppError(
            "a backup becomes a workspace with its own database file, or a PostgreSQL database.",
            where=url,
            hint="Leave --database-url and MMVP_DATABASE_URL out.",
        )
    return "" if url.startswith("sqlite") else url


@contextmanager
def _stage(root: Path) -> Iterator[Path]:
    """A folder beside the target, so that it can be renamed to it; gone if anything fails."""
    root.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{root.name}.restoring-"))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _check_room(archive: Archive, stage: Path) -> None:
    wanted = archive.total_bytes + _SPARE_BYTES
    free = shutil.disk_usage(stage).free
    if free < wanted:
        have, want = free >> 20, wanted >> 20
        raise AppError(
            f"there is too little room: {want:,} MB are needed and {have:,} MB are free.",
            where=str(stage.parent),
        )


def _check_database(archive: Archive, copy: Path) -> None:
    """It is whole, it is what was backed up, and this version can open it."""
    found, manifest = check_copy(copy), archive.manifest
    told = (manifest.revision, manifest.rows, manifest.events_digest)
    if (found.revision, found.rows, found.events_digest) != told:
        raise BrokenArchive(
            "the database in it does not have the rows and the history that its manifest names.",
            where=str(archive.path),
            hint="Use another backup.",
        )
    with tempfile.TemporaryDirectory() as unneeded:
        open_database(sqlite_url(copy), backups=Path(unneeded)).close()
    require_unused(copy)
    require_our_triggers(copy)


def _check_target(target: Workspace, server: str, *, force: bool) -> None:
    occupied = str(target.root) if _is_filled(target.root) else ""
    if not occupied and server and is_filled(server):
        occupied = "the PostgreSQL database"
    if occupied and not force:
        raise AppError(
            "there is something here already, and it was left as it is.",
            where=occupied,
            hint="Restore into another --workspace, or give --force: "
            "what is there is then kept under another name.",
        )
    if not server:
        require_unused(target.database_path)


def _is_filled(root: Path) -> bool:
    return root.exists() and (not root.is_dir() or any(root.iterdir()))


def _take_over(old: Path, stage: Path, archive: Archive) -> None:
    """Pictures, vectors, exports and older backups of the workspace before, where the archive has
    none; as further names of the same files where the disk can do that, and else as copies."""
    packed = {
        name.partition("/")[0]
        for name in archive.manifest.files
        if name.endswith(".npz") or name.startswith("results/")
    }
    for name in _TAKEN_OVER:
        if name not in packed and (old / name).is_dir() and not (old / name).is_symlink():
            shutil.copytree(
                old / name,
                stage / name,
                symlinks=True,
                dirs_exist_ok=True,
                copy_function=_link_or_copy,
            )


def _link_or_copy(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _swap(stage: Path, root: Path, kept: Path | None, server: str) -> str:
    """Put the new workspace in the place of the old one; if anything fails the old one is back."""
    if server:
        copy = Path(shutil.move(stage / DATABASE, _beside(root, "restoring-db")))
    stage.chmod(0o755)
    if kept:
        root.rename(kept)
    try:
        stage.rename(root)
        try:
            return load_copy(copy, server) if server else ""
        except BaseException:
            root.rename(stage)
            raise
    except BaseException:
        if kept:
            kept.rename(root)
        raise
    finally:
        if server:
            copy.unlink(missing_ok=True)


def _beside(root: Path, role: str) -> Path:
    return root.with_name(f"{root.name}.{role}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
