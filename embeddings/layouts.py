"""Stored maps: numbered versions of the layout of two spaces, one .npz file each."""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embeddings.atomic import write_bytes
from embeddings.projection import LayoutError

# The number of the two single files that older versions of this product wrote.
UNNUMBERED: Final = 0
_NAME: Final = re.compile(r"(\d{4,})\.npz")


class LayoutKind(StrEnum):
    """How two maps belong together."""

    umap = "umap"  # each on its own, the second turned to resemble the first
    aligned = "aligned"  # laid out together: an image moves where its neighbours changed


@dataclass(frozen=True)
class LayoutVersion:
    """What is known of a stored layout without reading its points.

    Attributes:
        number: from 1 on, the newest highest; `UNNUMBERED` for one of an older version.
        name: given by a person; may be empty.
        parameters: n_neighbors, min_dist and seed.
        weights: digest of each encoder's weights, by role.
        created_at: ISO 8601, UTC.
        keys_digest: of the images' hashes in order; tells whether the images are the same.
    """

    number: int
    kind: LayoutKind
    name: str
    parameters: dict[str, Any]
    weights: dict[str, str]
    created_at: str
    n_images: int
    keys_digest: str


@dataclass(frozen=True)
class Layout:
    """A stored pair of maps: row i of each belongs to keys[i], an image's SHA-256.

    `blind` and `reference` are (n, 2) float32, usually in [-1, 1].
    """

    version: LayoutVersion
    keys: list[str]
    blind: NDArray[np.float32]
    reference: NDArray[np.float32]


def list_versions(folder: Path) -> list[LayoutVersion]:
    """The readable versions in the folder, newest first; what is damaged is left out."""
    found = []
    for number in _numbers(folder):
        try:
            found.append(_read_version(_path(folder, number)))
        except LayoutError:
            continue
    return sorted(found, key=lambda version: version.number, reverse=True)


def load_layout(folder: Path, number: int) -> Layout:
    """Read one version.

    Raises:
        LayoutError: there is no such version, or its file is damaged.
    """
    path = _path(folder, number)
    with _Reading(path) as stored:
        version = _parsed(str(stored["version"]))
        keys = [key.decode() for key in stored["keys"].tolist()]
        return Layout(version, keys, stored["blind"], stored["reference"])


def save_layout(
    folder: Path,
    keys: Sequence[str],
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
    version: LayoutVersion,
) -> LayoutVersion:
    """Store a new version, atomically; returns it with its number, time and counts filled in.

    Raises:
        LayoutError: keys and points do not match.
    """
    for points in (blind, reference):
        if points.shape != (len(keys), 2):
            raise LayoutError(f"{len(keys):,} keys do not match points of shape {points.shape}.")
    folder.mkdir(parents=True, exist_ok=True)
    number = _claim(folder)
    stamped = replace(
        version,
        number=number,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        n_images=len(keys),
        keys_digest=digest_of_keys(keys),
    )
    try:
        write_bytes(_path(folder, number), _packed(stamped, keys, blind, reference))
    except BaseException:
        _path(folder, number).unlink(missing_ok=True)
        raise
    return stamped


def _packed(
    version: LayoutVersion,
    keys: Sequence[str],
    blind: NDArray[np.float32],
    reference: NDArray[np.float32],
) -> bytes:
    content = io.BytesIO()
    np.savez(
        content,
        version=np.array(json.dumps(asdict(version), sort_keys=True)),
        keys=np.array([key.encode() for key in keys], dtype=np.bytes_),
        blind=blind.astype(np.float32),
        reference=reference.astype(np.float32),
    )
    return content.getvalue()


def delete_layout(folder: Path, number: int) -> None:
    """Delete one version.

    Raises:
        LayoutError: there is no such version.
    """
    path = _path(folder, number)
    try:
        path.unlink()
    except FileNotFoundError as error:
        raise LayoutError("There is no such map.", where=str(path)) from error


def load_unnumbered(blind: Path, reference: Path) -> Layout:
    """The maps as older versions of this product stored them, a file for each encoder.

    Only the images that are in both files are returned.

    Raises:
        LayoutError: a file is missing or damaged.
    """
    points: list[dict[str, NDArray[np.float32]]] = []
    parameters: dict[str, Any] = {}
    for path in (blind, reference):
        with _Reading(path) as stored:
            keys = [str(key) for key in stored["keys"]]
            points.append(dict(zip(keys, stored["points"], strict=True)))
            parameters = json.loads(str(stored["parameters"]))
    parameters.pop("weights_digest", None)
    both = [key for key in points[0] if key in points[1]]
    first, second = (
        np.array([of[key] for key in both], dtype=np.float32).reshape(-1, 2) for of in points
    )
    changed = datetime.fromtimestamp(max(blind.stat().st_mtime, reference.stat().st_mtime), UTC)
    version = LayoutVersion(
        number=UNNUMBERED,
        kind=LayoutKind.umap,
        name="",
        parameters=parameters,
        weights={},
        created_at=changed.isoformat(timespec="seconds"),
        n_images=len(both),
        keys_digest=digest_of_keys(both),
    )
    return Layout(version, both, first, second)


def digest_of_keys(keys: Sequence[str]) -> str:
    """Short hash of the images of a layout, in their order."""
    return sha256("\n".join(keys).encode()).hexdigest()[:16]


def _numbers(folder: Path) -> list[int]:
    found = (_NAME.fullmatch(path.name) for path in folder.glob("*.npz"))
    return [int(match[1]) for match in found if match]


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.npz"


def _read_version(path: Path) -> LayoutVersion:
    with _Reading(path) as stored:
        return _parsed(str(stored["version"]))


def _parsed(text: str) -> LayoutVersion:
    fields = json.loads(text)
    return LayoutVersion(**fields | {"kind": LayoutKind(fields["kind"])})


def _claim(folder: Path) -> int:
    """The next number; an empty file holds it against another writer."""
    while True:
        number = max(_numbers(folder), default=0) + 1
        try:
            _path(folder, number).touch(exist_ok=False)
        except FileExistsError:
            continue
        return number


class _Reading:
    """An open .npz file; whatever is wrong with it becomes a LayoutError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:  # noqa: ANN401 - numpy's own type has none
        try:
            self._file = np.load(self._path, allow_pickle=False)
        except FileNotFoundError as error:
            raise self._error("There is no such map.") from error
        except Exception as error:  # zipfile, zlib and numpy raise many kinds for a broken file
            raise self._error("The file is not a stored map.") from error
        return self._file

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        if hasattr(self._file, "close"):
            self._file.close()
        if isinstance(error, Exception) and not isinstance(error, LayoutError):
            raise self._error("The file is not a stored map.") from error

    def _error(self, what: str) -> LayoutError:
        return LayoutError(what, where=str(self._path), hint="Compute the map again.")
