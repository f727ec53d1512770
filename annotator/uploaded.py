"""A benchmark that an admin sends from the browser: unpacked where it can do no harm, then read."""

import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from annotator.errors import AppError
from annotator.importing import ImportReport, store
from annotator.incoming import read_incoming
from annotator.studio import Studio
from db.import_tables import KeptAs

MOST_FILES = 20_000
MOST_BYTES = 4 * 1024**3
_AT_ONCE = 1024 * 1024
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


def import_upload(
    studio: Studio,
    file: Path,
    file_name: str,
    *,
    kept_as: KeptAs,
    name: str | None = None,
    by: int | None = None,
) -> ImportReport:
    """Imports a table, document or zip that was sent.

    Only benchmarks: a list of pairs could name any file of the server.

    Args:
        file: where its bytes are, in a folder of its own that the caller deletes.
        file_name: what it is called where it comes from.

    Raises:
        AppError: the zip cannot be used, or an image.
        EvaluationError: it is no benchmark, or a faulty one; paths in the text are those sent.
        AlreadyImported: it is in the workspace already.
    """
    sent = PurePosixPath(file_name.replace("\\", "/")).name
    plain = re.sub(r"[^\w .()+=,@-]", "_", sent).strip(" .")[-100:] or "upload"
    folder = file.parent / "content"
    folder.mkdir()
    if zipfile.is_zipfile(file) and plain.lower().endswith(".zip"):
        path = _unpacked(file, folder / (plain[:-4].strip(" .") or "benchmark"))
    else:
        path = folder / plain
        file.rename(path)
    incoming = read_incoming(path, name=name, kept_as=kept_as)
    return store(studio, incoming, by=by)


def _unpacked(file: Path, folder: Path) -> Path:
    """The files of a zip below a folder; of a zip that is one folder, that folder.

    Raises:
        AppError: a name leads out of the folder, it is too much, or it is damaged.
    """
    folder.mkdir()
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not _is_litter(info)]
            if len(infos) > MOST_FILES:
                raise AppError(f"the zip has more than {MOST_FILES:,} files.")
            left = MOST_BYTES
            for info in infos:
                target = folder / _inside(info)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, target.open("xb") as sink:
                    while chunk := source.read(_AT_ONCE):
                        left -= len(chunk)
                        if left < 0:
                            raise AppError(f"the zip holds more than {MOST_BYTES >> 30} GB.")
                        sink.write(chunk)
    except _BAD_ZIP as error:
        raise AppError("the zip is damaged or encrypted.", hint="Pack it again.") from error
    except FileExistsError as error:
        raise AppError("the zip has a file twice.", hint="Pack it again.") from error
    except OSError as error:
        raise AppError(f"the zip cannot be unpacked: {error.strerror or error}.") from error
    inner = list(folder.iterdir())
    return inner[0] if len(inner) == 1 and inner[0].is_dir() else folder


def _is_litter(info: zipfile.ZipInfo) -> bool:
    """What file managers pack along, and folders, which files make by themselves."""
    parts = PurePosixPath(info.filename).parts
    return (
        info.is_dir()
        or any(part.startswith(".") and part != ".." for part in parts)
        or (bool(parts) and parts[0] == "__MACOSX")
    )


def _inside(info: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(info.filename)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    bad = path.is_absolute() or ".." in path.parts or not path.parts or is_link
    if bad or set(info.filename) & set("\\:\0"):
        raise AppError(
            f"the zip holds something that is no plain file in it: {info.filename[:80]!r}.",
            hint="Pack only the folder of the benchmark.",
        )
    return path


def without_folder(text: str, folder: Path) -> str:
    """A message without the folder of the server that only its own machine knows."""
    return text.replace(f"{folder / 'content'}/", "").replace(str(folder), "")
