"""The image files of an import: staged beside their place, and there only if the import is."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath

from annotator.errors import AppError
from annotator.studio import Studio
from db.images import FoundFile, known_files
from db.imported import list_imports
from embeddings.progress import Progress
from embeddings.scan import ScannedImage, scan

_UNFINISHED = ".unfinished"
_LONGEST_NAME = 80
_SUFFIXES = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"GIF8": ".gif",
    b"RIFF": ".webp",
    b"BM": ".bmp",
    b"II*\0": ".tiff",
    b"MM\0*": ".tiff",
}

Bytes = Callable[[], bytes]


@dataclass(frozen=True)
class WantedImage:
    """An image that a benchmark needs: ``identity`` is its SHA-256 in the document.

    ``read`` gives the bytes that came with it, None if none did; ``where`` is for messages. In a
    list the identity may also be a path or name that the workspace knows a single image by.
    """

    identity: str
    name: str
    where: str
    read: Bytes | None


@dataclass(frozen=True)
class PlacedImages:
    """Where the images are: ``sha256`` of the workspace's file by identity, and the new files.

    ``folder`` holds the new files once they are ``kept``; None where there are none.
    """

    sha256: Mapping[str, str]
    files: tuple[FoundFile, ...]
    folder: Path | None = None
    keep: Callable[[], None] = field(default=lambda: None, compare=False)


@contextmanager
def placed_images(
    studio: Studio,
    wanted: Mapping[str, WantedImage],
    name: str,
    *,
    if_missing: Exception | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Iterator[PlacedImages]:
    """The images of a benchmark, those that the workspace lacks copied into a folder of theirs.

    The folder has its final name inside the block; it goes again if the block raises, or does not
    call ``keep``. What a killed import left is tidied first; a second import waits for the first.

    Args:
        if_missing: what to raise instead if an image is missing.

    Raises:
        AppError: an image is missing, or cannot be read.
    """
    root = studio.workspace.imported
    known, named = _known(studio)
    with ExitStack() as stack:
        if dry_run:
            stage = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        else:
            root.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_alone(root))
            _tidy(studio, root)
            folder = _free_folder(root, name)
            stage = root / f".{folder.name}{_UNFINISHED}"
            stage.mkdir()
            stack.callback(shutil.rmtree, stage, ignore_errors=True)
        pictures = stage / "images"
        pictures.mkdir()
        sha256, staged, missing = _stage(wanted, known, named, pictures, progress)
        if missing:
            raise if_missing or _missing(missing)
        found = _scanned(studio, pictures, staged, dry_run=dry_run)
        if dry_run or not found:
            yield PlacedImages(sha256, found)
            return
        kept = False

        def keep() -> None:
            nonlocal kept
            kept = True

        pictures.rename(folder)
        try:
            moved = tuple(replace(one, path=folder / one.path.name) for one in found)
            yield PlacedImages(sha256, moved, folder, keep)
        finally:
            if not kept:
                shutil.rmtree(folder, ignore_errors=True)


def _known(studio: Studio) -> tuple[dict[str, Path], dict[str, str]]:
    """The workspace's files by SHA-256, looked at when asked for; its images by path and name.

    A name that several images have leads to none.
    """
    files = [file for file in known_files(studio.database) if file.path.is_file()]
    named: dict[str, str] = {}
    for file in files:
        for name in {file.path.name, file.path.stem, str(file.path)}:
            same = named.setdefault(name, file.sha256) == file.sha256
            named[name] = file.sha256 if same else ""
    return {file.sha256: file.path for file in files}, named


def _stage(
    wanted: Mapping[str, WantedImage],
    known: Mapping[str, Path],
    named: Mapping[str, str],
    pictures: Path,
    progress: Progress | None,
) -> tuple[dict[str, str], dict[str, WantedImage], list[WantedImage]]:
    """Write what is new; SHA-256 by identity, what each new file is for, and what is missing."""
    sha256: dict[str, str] = {}
    staged: dict[str, WantedImage] = {}
    written: set[str] = set()
    missing: list[WantedImage] = []
    for done, image in enumerate(wanted.values(), start=1):
        if _is_whole(known, image.identity):
            sha256[image.identity] = image.identity
        elif image.read is None:
            sha256[image.identity] = named.get(image.identity) or named.get(image.name, "")
            if not _is_whole(known, sha256[image.identity]):
                missing.append(image)
        else:
            data = image.read()
            digest = hashlib.sha256(data).hexdigest()
            sha256[image.identity] = digest
            if digest not in written and not _is_whole(known, digest):
                path = pictures / _file_name(image.name, data, staged)
                _write(path, data)
                staged[path.name] = image
                written.add(digest)
        if progress is not None:
            progress(done, len(wanted))
    return sha256, staged, missing


def _missing(images: list[WantedImage]) -> AppError:
    more = f" and {len(images) - 1:,} more" if len(images) > 1 else ""
    return AppError(
        f"the image {images[0].name!r}{more} did not come along, and the workspace does not have "
        "it.",
        where=images[0].where,
        hint="Say where the images are: --images FOLDER.",
    )


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _is_whole(known: Mapping[str, Path], sha256: str) -> bool:
    path = known.get(sha256)
    if path is None:
        return False
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _file_name(name: str, data: bytes, taken: Mapping[str, object]) -> str:
    """The image's own name where a file can have it, with the ending that fits its bytes."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    plain = re.sub(r"[^\w .()+=,@-]", "_", plain).strip(" .") or "image"
    suffix = next((end for start, end in _SUFFIXES.items() if data.startswith(start)), "")
    stem, dot, ending = plain.rpartition(".")
    if not dot or (suffix and f".{ending.lower()}" not in {suffix, ".jpeg", ".tif"}):
        stem, ending = plain, suffix.removeprefix(".")
    while len(stem.encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    found, n = f"{stem}.{ending}".rstrip("."), 1
    lower = {one.lower() for one in taken}  # some file systems take a and A for the same
    while found.lower() in lower:
        n += 1
        found = f"{stem}-{n}.{ending}".rstrip(".")
    return found


def _scanned(
    studio: Studio, pictures: Path, staged: Mapping[str, WantedImage], *, dry_run: bool
) -> tuple[FoundFile, ...]:
    """The staged files as images, in the order of the pairs: so the first image stays the first."""
    found: dict[str, FoundFile] = {}
    for item in scan(
        pictures,
        max_pixels=studio.settings.max_pixels,
        thumbnails=None if dry_run else studio.workspace.thumbnail,
    ):
        image = staged[item.path.name]
        if not isinstance(item, ScannedImage):
            raise AppError(
                f"the image {image.name!r} cannot be used: {item.reason} ({item.detail}).",
                where=image.where,
                hint="Replace it. Nothing was imported.",
            )
        values = {one.name: getattr(item, one.name) for one in fields(FoundFile)}
        found[item.path.name] = FoundFile(**values | {"metadata": dict(item.metadata)})
    if len(found) != len(staged):
        raise AppError("not every image could be copied.", where=str(pictures))
    return tuple(found[name] for name in staged)


def _free_folder(root: Path, name: str) -> Path:
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:_LONGEST_NAME] or "benchmark"
    taken = {path.name.lower() for path in root.iterdir()}
    found, n = plain, 1
    while found.lower() in taken:
        n += 1
        found = f"{plain}-{n}"
    return root / found


def _tidy(studio: Studio, root: Path) -> None:
    """Remove what an import left that was killed: its folder, if the database knows nothing of it.

    The folder that is being staged stays beside its final one until the import is done.
    """
    finished = {view.folder for view in list_imports(studio.database)}
    for left in root.glob(f".*{_UNFINISHED}"):
        name = left.name.removeprefix(".").removesuffix(_UNFINISHED)
        if name and name not in finished:
            shutil.rmtree(root / name, ignore_errors=True)
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    handle = os.open(root / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        with suppress(OSError):  # a file system without locks: go on without
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
