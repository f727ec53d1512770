"""A folder that appears complete or not at all: staged beside its place, then renamed."""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path

from evaluation.errors import ExportExists, ExportFailed, NotAnExport

DOCUMENT = "benchmark.json"
# Left behind by file managers, not by people.
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}


@contextmanager
def staged(out: Path, *, force: bool, written_by_us: Collection[Collection[str]]) -> Iterator[Path]:
    """An empty folder to fill; it becomes ``out`` when the block ends without an error.

    What a killed export left beside ``out`` is tidied first. A second export to the same place
    waits for the first.

    Args:
        out: absolute path of the folder to write.
        force: replace an older export at ``out``.
        written_by_us: of each format the patterns of the relative paths that an export may
            consist of.

    Raises:
        ExportExists: ``out`` exists and ``force`` is not set.
        NotAnExport: ``out`` holds files that no export wrote.
        ExportFailed: the operating system refused.
    """
    if not out.name:
        raise NotAnExport("An export needs a folder of its own.", where=str(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _locked(_beside(out, "lock")):
            _recover(out)
            replace = out.exists()
            if replace:
                _refuse_to_destroy(out, force=force, written_by_us=written_by_us)
            stage = _beside(out, "stage")
            stage.mkdir()
            try:
                yield stage
                _flush(stage)
                _rename_into_place(stage, out, replace=replace)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise ExportFailed(
            f"The export could not be written: {error}.",
            where=str(out),
            hint="Check the free space and your rights there, or choose another folder.",
        ) from error


def foreign_files(folder: Path, written_by_us: Collection[Collection[str]]) -> list[str]:
    """Relative paths of what no export has written; a folder without our document is all that.

    An export is of one format: a file that only another format writes is foreign too.
    """
    files = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )
    if DOCUMENT not in files:
        return files
    of_each = [
        [
            name
            for name in files
            if Path(name).name not in _LITTER
            and not any(_fits(name, pattern) for pattern in patterns)
        ]
        for patterns in written_by_us
    ]
    return min(of_each, key=len)


def _fits(name: str, pattern: str) -> bool:
    return name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)


def _refuse_to_destroy(
    out: Path, *, force: bool, written_by_us: Collection[Collection[str]]
) -> None:
    if not out.is_dir():
        raise NotAnExport(
            "There is a file of that name.", where=str(out), hint="Choose another folder."
        )
    if not force:
        raise ExportExists(
            "The folder exists already and was left as it is.",
            where=str(out),
            hint="Choose another folder, or ask to replace it (--force).",
        )
    foreign = foreign_files(out, written_by_us)
    if foreign:
        shown = ", ".join(foreign[:3]) + (" and more" if len(foreign) > 3 else "")
        raise NotAnExport(
            f"The folder holds files that no export wrote ({shown}) and was left as it is.",
            where=str(out),
            hint="Move them elsewhere, or choose another folder.",
        )


def _beside(out: Path, role: str) -> Path:
    return out.with_name(f".{out.name}.mmvp-export-{role}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        with suppress(OSError):  # a file system without locks: go on without
            fcntl.flock(handle, fcntl.LOCK_EX)
        # Whoever held the lock before has removed the file: then this handle locks nothing.
        with suppress(FileNotFoundError):
            if os.fstat(handle).st_ino == path.stat().st_ino:
                break
        os.close(handle)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _recover(out: Path) -> None:
    stage, replaced = _beside(out, "stage"), _beside(out, "replaced")
    if stage.exists():
        shutil.rmtree(stage)
    if replaced.exists() and not out.exists():
        replaced.rename(out)  # killed between the two renames: the old export is still whole
    elif replaced.exists():
        shutil.rmtree(replaced)


def _rename_into_place(stage: Path, out: Path, *, replace: bool) -> None:
    replaced = _beside(out, "replaced")
    if replace:
        out.rename(replaced)
    try:
        stage.rename(out)
    except BaseException:
        if replace:
            replaced.rename(out)
        raise
    _flush_one(out.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        _flush_one(path)
    _flush_one(folder)


def _flush_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
