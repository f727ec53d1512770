"""Finds the image files of a benchmark, and never any outside of its folder."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from evaluation.raw import Place, RawFault, RawImage
from evaluation.readers.texts import read_bytes

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


@dataclass
class Pictures:
    """The image files of one folder, found by the number or name that a table gives them."""

    folder: Path | None
    label: str
    """What the folder should be called, for messages."""
    faults: list[RawFault] = field(default_factory=list)
    _by_stem: dict[str, list[Path]] = field(default_factory=dict)
    _used: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        for path in _listed(self.folder):
            if path.suffix.lower() in SUFFIXES:
                self._by_stem.setdefault(path.stem, []).append(path)
        for paths in self._by_stem.values():
            paths.sort(key=lambda path: (SUFFIXES.index(path.suffix.lower()), path.name))

    def numbered(self, number: str, place: Place) -> tuple[RawImage | None, str]:
        """The image of a row's number, None where there is none; and what it is called."""
        stem = number.strip()
        paths = self._by_stem.get(stem, [])
        if not paths or self.folder is None:
            return None, f"{self.label}/{stem}.jpg"
        if len(paths) > 1:
            names = " and ".join(path.name for path in paths)
            self.faults.append(
                RawFault(
                    "image-twice",
                    f"there are two images of number {stem}: {names}; {paths[0].name} was taken.",
                    place,
                    "Remove the wrong one.",
                    stops=False,
                )
            )
        self._used.update(paths)
        name = f"{self.folder.name}/{paths[0].name}"
        return file_image(paths[0], name), name

    @property
    def unnamed(self) -> tuple[Path, ...]:
        """The image files that no row has asked for."""
        paths = [path for several in self._by_stem.values() for path in several]
        return tuple(sorted(path for path in paths if path not in self._used))


def find_folder(root: Path, names: Sequence[str]) -> Path | None:
    """The first of these folders that is there, in whatever case it is written."""
    there = {path.name.casefold(): path for path in folders_in(root)}
    return next((there[name.casefold()] for name in names if name.casefold() in there), None)


def folders_in(root: Path) -> list[Path]:
    """The folders of a folder, by name; none where it cannot be listed."""
    return [path for path in _listed(root) if path.is_dir()]


def file_image(path: Path, name: str) -> RawImage:
    """An image that is a file; its bytes are read each time they are asked for."""
    return RawImage(name, lambda: read_bytes(path), path)


def inside(root: Path, name: str) -> Path | None:
    """The file of that name under a folder; None if there is none or it lies outside."""
    if not name or "\0" in name or PureWindowsPath(name).drive:
        return None
    parts = PurePosixPath(name.replace("\\", "/"))
    try:
        path = (root / parts).resolve()
        return path if path.is_relative_to(root.resolve()) and path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        return None


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder / name for name in os.listdir(folder))  # noqa: PTH208 (one call)
    except OSError:
        return []


def named_image(
    root: Path, folders: Sequence[str], name: str, place: Place, faults: list[RawFault]
) -> RawImage | None:
    """The image file that a table names; None, and a fault if the name leads elsewhere."""
    path = _file_by_name(root, folders, name)
    if path is not None:
        return file_image(path, name)
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or PureWindowsPath(name).drive or ".." in parts.parts:
        faults.append(
            RawFault(
                "image-path",
                f"the path of the image leads out of the benchmark's folder: {name[:200]!r}.",
                place,
                "Put the image into the folder, and write its path from there.",
                stops=False,
            )
        )
    return None


def _file_by_name(root: Path, folders: Sequence[str], name: str) -> Path | None:
    """The file that a table names, under its folder or one of these folders in it.

    Tables are written on other machines: the beginning of a path may be theirs, its end is kept.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        for place in (root, *(root / folder for folder in folders)):
            found = inside(place, tail)
            if found is not None and found.is_relative_to(root.resolve()):
                return found
    return None
