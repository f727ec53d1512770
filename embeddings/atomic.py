"""Writes a file so that a reader finds all of it or none of it."""

import os
import tempfile
from pathlib import Path

TEMPORARY_PREFIX = ".tmp-"


def write_bytes(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` in one step, through a temporary file in the same folder.

    Args:
        path: its folder is made when missing.
        content: the whole new content.
        durable: flush to disk before the rename; False for what can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files that a killed writer left in `folder`; only call it as sole writer."""
    for leftover in folder.glob(f"{TEMPORARY_PREFIX}*"):
        leftover.unlink(missing_ok=True)
