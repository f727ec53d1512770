"""Looks for images in a folder that a person names, where the files of a benchmark lack them."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from evaluation.errors import UnreadableBenchmark
from evaluation.raw import RawImage, RawRow
from evaluation.readers.columns import whole_number
from evaluation.readers.pictures import SUFFIXES, file_image, inside


class Finder:
    """Finds images by the path, the name or the number that a benchmark gives them.

    Args:
        folder: where to look; None finds nothing.

    Raises:
        UnreadableBenchmark: there is no such folder.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.expanduser() if folder is not None else None
        self._by_name: dict[str, Path] | None = None
        if self._folder is not None and not self._folder.is_dir():
            raise UnreadableBenchmark("there is no such folder of images.", where=str(folder))

    def image_of(self, row: RawRow) -> RawImage | None:
        """The image of a row: its own, else one of the folder."""
        if row.image is not None:
            return row.image
        number = whole_number(row.number)
        return self.named([row.image_name, str(row.place.row if number is None else number)])

    def named(self, names: Iterable[str | None]) -> RawImage | None:
        """The first image of the folder that has one of these paths, names or numbers."""
        if self._folder is None:
            return None
        for name in filter(None, names):
            path = inside(self._folder, name) or self._known().get(_last(name))
            if path is not None:
                return file_image(path, path.name)
        return None

    def _known(self) -> dict[str, Path]:
        """Every image file under the folder by its name, and by its name without the ending."""
        if self._by_name is None:
            self._by_name = {}
            for parent, folders, names in os.walk(str(self._folder)):
                folders.sort()
                for name in sorted(names):
                    path = Path(parent, name)
                    if path.suffix.lower() in SUFFIXES:
                        self._by_name.setdefault(name, path)
                        self._by_name.setdefault(path.stem, path)
        return self._by_name


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
