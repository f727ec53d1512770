"""The file that `mmvp backup` writes: a zip whose manifest has the SHA-256 of everything in it."""

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotator.errors import AppError
from embeddings.progress import Progress

MANIFEST = "manifest.json"
DATABASE = "mmvp.db"
# What else may be in an archive, below the workspace.
FILES = frozenset({"encoders.json"})
FOLDERS = frozenset({"embeddings", "layouts", "comparisons", "imported", "results"})
_MOST_MANIFEST_BYTES = 64 * 1024 * 1024
_AT_ONCE = 1024 * 1024
# What zipfile raises for files that are cut off, damaged, encrypted or packed in an unknown way.
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError)

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BrokenArchive(AppError):
    """The file is no backup, or not all of it is as it was written."""


class Member(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(extra="forbid")

    sha256: Digest
    size: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """What an archive holds and when it was so."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    product: str
    made_at: str
    revision: str
    rows: dict[str, int]
    events_digest: str
    files: dict[str, Member]


def may_hold(name: str) -> bool:
    """Whether a file of this name, relative to the workspace, belongs into an archive."""
    path = PurePosixPath(name)
    plain = name == path.as_posix() and name.isprintable() and not set(name) & set("\\:")
    if not plain or path.is_absolute() or any(part.startswith(".") for part in path.parts):
        return False
    if len(path.parts) == 1:
        return name in FILES or name == DATABASE
    return path.parts[0] in FOLDERS


def write_archive(
    out: Path,
    files: Iterable[tuple[str, Path]],
    describe: Callable[[dict[str, Member]], Manifest],
    *,
    force: bool,
    progress: Progress,
) -> Manifest:
    """Write an archive that is there whole or not at all, readable by its owner only.

    Args:
        files: name in the archive and the file to read.
        describe: makes the manifest of what was written.
        force: replace a file of that name.

    Raises:
        AppError: there is a file of that name.
    """
    wanted = list(files)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            members: dict[str, Member] = {}
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for done, (member, path) in enumerate(wanted):
                    progress(done, len(wanted))
                    members[member] = _pack(archive, member, path)
                manifest = describe(members)
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        _put(staged, out, force=force)
        progress(len(wanted), len(wanted))
    finally:
        staged.unlink(missing_ok=True)
    return manifest


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name)
    # vectors and pictures do not get smaller
    entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".npz" else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
        while chunk := source.read(_AT_ONCE):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Member(sha256=digest.hexdigest(), size=size)


def _put(staged: Path, out: Path, *, force: bool) -> None:
    if force:
        staged.replace(out)
        return
    try:
        os.link(staged, out)
    except FileExistsError as error:
        raise AppError(
            "there is a file of that name.",
            where=str(out),
            hint="Choose another name, or replace it with --force.",
        ) from error


class Archive:
    """An archive that is open for reading; its manifest is read, nothing else is believed yet."""

    def __init__(self, zipped: zipfile.ZipFile, path: Path) -> None:
        self._zip, self.path = zipped, path
        self.manifest = self._read_manifest()
        self._check_names()

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> "Iterator[Archive]":
        """Raises: BrokenArchive if this is no archive of ours or it is cut off."""
        if not path.is_file():
            raise AppError("there is no such file.", where=str(path))
        try:
            zipped = zipfile.ZipFile(path)
        except _BAD_ZIP as error:
            raise cls._broken(path, "this is not a backup, or it is cut off") from error
        with zipped:
            yield cls(zipped, path)

    @staticmethod
    def _broken(path: Path, what: str) -> BrokenArchive:
        return BrokenArchive(f"{what}.", where=str(path), hint="Use another backup.")

    def _read_manifest(self) -> Manifest:
        try:
            info = self._zip.getinfo(MANIFEST)
            if info.file_size > _MOST_MANIFEST_BYTES:
                raise self._broken(self.path, "its manifest is too long")
            return Manifest.model_validate_json(self._zip.read(info), strict=True)
        except KeyError as error:
            raise self._broken(self.path, "this is not a backup of MMVP Studio") from error
        except ValidationError as error:
            raise self._broken(self.path, "its manifest is not one that this version reads") from (
                error
            )
        except _BAD_ZIP as error:
            raise self._broken(self.path, "its manifest is damaged") from error

    def _check_names(self) -> None:
        """No name that the manifest lacks, none twice, and none that leads out of the folder."""
        names = [info.filename for info in self._zip.infolist()]
        files = self.manifest.files
        if bad := sorted(name for name in files if not may_hold(name)):
            raise self._broken(self.path, f"it holds a file that no backup has ({bad[0]!r})")
        if sorted(names) != sorted([MANIFEST, *files]) or DATABASE not in files:
            raise self._broken(self.path, "it does not hold the files that its manifest names")

    @property
    def total_bytes(self) -> int:
        """How much room the files take."""
        return sum(member.size for member in self.manifest.files.values())

    def extract(self, folder: Path, progress: Progress) -> None:
        """Write all files below `folder`, each only if it is what the manifest says.

        Raises:
            BrokenArchive: a file is damaged or has another length.
        """
        files = self.manifest.files
        for done, (name, member) in enumerate(files.items()):
            progress(done, len(files))
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                self._extract_one(name, member, file)
        progress(len(files), len(files))

    def _extract_one(self, name: str, member: Member, file: IO[bytes]) -> None:
        digest, left = hashlib.sha256(), member.size
        try:
            with self._zip.open(name) as source:
                while chunk := source.read(min(_AT_ONCE, left + 1)):
                    left -= len(chunk)
                    if left < 0:
                        break
                    digest.update(chunk)
                    file.write(chunk)
        except _BAD_ZIP as error:
            raise self._broken(self.path, f"{name} in it is damaged") from error
        if left != 0 or digest.hexdigest() != member.sha256:
            raise self._broken(self.path, f"{name} in it is not what was backed up")
