"""The vectors of one encoder on disk: a manifest and shards that are whole or absent."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from embeddings.atomic import remove_leftovers, write_bytes
from embeddings.errors import EmbeddingsError

_MANIFEST: Final = "manifest.json"
_LOCK: Final = ".lock"
_SHARD: Final = "shard-{:06d}.npz"
_FORMAT_VERSION: Final = 1
_BROKEN_SHARD: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
_UNIT_TOLERANCE: Final = 1e-3


class StoreError(EmbeddingsError):
    """A store that is missing, damaged or was made by another encoder."""


class StoreMismatch(StoreError):
    """The store holds vectors of other weights or another preprocessing."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""


class MissingEmbedding(StoreError):
    """A vector was asked for that the store does not hold; `keys` names all of those."""

    def __init__(self, folder: Path, keys: Sequence[str], skipped: Mapping[str, str]) -> None:
        self.keys = tuple(keys)
        what = f"{len(keys)} of the images have no embedding, the first is {keys[0]}"
        if keys[0] in skipped:
            what += f" ({skipped[keys[0]]})"
        super().__init__(f"{what}.", where=str(folder), hint="Run `mmvp embed` again.")


@dataclass(frozen=True)
class StoreManifest:
    """What made the vectors. `batch_size` is part of it: it can change their last bits.

    `draft_side` is the shorter side down to which JPEGs were decoded smaller; None: in full.
    """

    spec: str
    dimension: int
    preprocess: str
    weights_digest: str
    versions: dict[str, str]
    batch_size: int | None = None
    draft_side: int | None = None

    def differs_from(self, other: "StoreManifest") -> list[str]:
        """The fields that make vectors incomparable; versions and batch size do not."""
        names = ("dimension", "preprocess", "weights_digest", "draft_side")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class EmbeddingStore:
    """Unit float32 vectors keyed by the SHA-256 of the image file."""

    def __init__(self, folder: Path, manifest: StoreManifest) -> None:
        """Read the index of `folder`; use `open` or `create`."""
        self.folder, self.manifest = folder, manifest
        self._rows: dict[str, tuple[int, int]] = {}
        self._reasons: dict[str, str] = {}
        self._next_shard = 0
        for path in sorted(folder.glob("shard-*.npz")):
            number = int(path.stem.removeprefix("shard-"))
            with self._reading(path) as shard:
                self._index(
                    number, _hex_keys(shard["keys"]), json.loads(shard["skipped"].tobytes())
                )

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether a store was created in `folder`."""
        return (folder / _MANIFEST).is_file()

    @classmethod
    def open(cls, folder: Path) -> "EmbeddingStore":
        """Open an existing store.

        Raises:
            StoreError: there is none, or its manifest or a shard cannot be read.
        """
        manifest = cls.read_manifest(folder)
        return cls(folder, manifest)

    @staticmethod
    def read_manifest(folder: Path) -> StoreManifest:
        """What made the vectors in `folder`, without reading the vectors' index.

        Raises:
            StoreError: there is no store, or its manifest cannot be read.
        """
        path = folder / _MANIFEST
        try:
            content = json.loads(path.read_bytes())
            if content.pop("format_version") != _FORMAT_VERSION:
                raise StoreError(
                    "written by another version of this program.", where=str(path), hint=_ANEW
                )
            return StoreManifest(**content)
        except FileNotFoundError:
            raise StoreError(
                "there are no embeddings here.", where=str(folder), hint="Run `mmvp embed` first."
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreError("the manifest cannot be read.", where=str(path), hint=_ANEW) from error

    @classmethod
    def create(cls, folder: Path, manifest: StoreManifest) -> "EmbeddingStore":
        """Start an empty store in a new or empty folder.

        Raises:
            StoreError: the folder already holds one.
        """
        if cls.exists(folder):
            raise StoreError("there are embeddings here already.", where=str(folder))
        store = cls(folder, manifest)
        store._write_manifest()
        return store

    @property
    def keys(self) -> list[str]:
        """Hashes of all embedded images, in the order they were written."""
        return list(self._rows)

    @property
    def skipped(self) -> dict[str, str]:
        """Hash to reason of the images that could not be decoded when they were embedded."""
        return {key: why for key, why in self._reasons.items() if key not in self._rows}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sha256: object) -> bool:
        return sha256 in self._rows

    def load(self, keys: Sequence[str], *, file: Path | None = None) -> NDArray[np.float32]:
        """Vectors of `keys`: shape (len(keys), dimension), row i belongs to keys[i].

        They are mapped from a new `file`, if one is given, and else in memory.

        Raises:
            MissingEmbedding: at least one key is not in the store.
            StoreError: a shard cannot be read.
        """
        absent = [key for key in keys if key not in self._rows]
        if absent:
            raise MissingEmbedding(self.folder, absent, self._reasons)
        wanted: dict[int, list[tuple[int, int]]] = {}
        for position, key in enumerate(keys):
            number, row = self._rows[key]
            wanted.setdefault(number, []).append((position, row))
        shape = len(keys), self.manifest.dimension
        vectors: NDArray[np.float32] = (
            np.empty(shape, dtype=np.float32)
            if file is None
            else np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)
        )
        for number, places in wanted.items():
            positions, rows = zip(*places, strict=True)
            with self._reading(self._shard(number)) as shard:
                vectors[list(positions)] = shard["vectors"][list(rows)]
        return vectors

    def append(
        self, keys: Sequence[str], vectors: NDArray[np.float32], skipped: Mapping[str, str]
    ) -> None:
        """Write one more shard, durably; only call it while holding `writing`.

        Args:
            keys: hashes, one a row of `vectors`.
            vectors: shape (len(keys), dimension), rows of length 1.
            skipped: hash to reason of images that belong to this shard but have no vector.
        """
        if vectors.shape != (len(keys), self.manifest.dimension):
            raise ValueError(f"vectors of shape {vectors.shape} for {len(keys)} keys")
        if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < _UNIT_TOLERANCE):
            raise StoreError(
                "the encoder gave vectors that are not finite or not of length 1.",
                where=self.manifest.spec,
            )
        buffer = io.BytesIO()
        np.savez(
            buffer,
            keys=np.array([list(bytes.fromhex(key)) for key in keys], np.uint8).reshape(-1, 32),
            vectors=vectors.astype("<f4", copy=False),
            skipped=np.frombuffer(json.dumps(dict(skipped), sort_keys=True).encode(), np.uint8),
        )
        number = self._next_shard
        write_bytes(self._shard(number), buffer.getvalue())
        self._index(number, keys, skipped)

    def set_batch_size(self, batch_size: int) -> None:
        """Record the batch size that works here, so that a resumed run uses the same."""
        if batch_size != self.manifest.batch_size:
            self.manifest = replace(self.manifest, batch_size=batch_size)
            self._write_manifest()

    def _index(self, number: int, keys: Sequence[str], skipped: Mapping[str, str]) -> None:
        self._rows |= {key: (number, row) for row, key in enumerate(keys)}
        self._reasons |= skipped
        self._next_shard = number + 1

    def _write_manifest(self) -> None:
        content = {"format_version": _FORMAT_VERSION} | asdict(self.manifest)
        if self.manifest.draft_side is None:
            del content["draft_side"]  # as versions that do not know it wrote it
        text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        write_bytes(self.folder / _MANIFEST, text.encode("utf-8", "backslashreplace"))

    def _shard(self, number: int) -> Path:
        return self.folder / _SHARD.format(number)

    @contextmanager
    def _reading(self, path: Path) -> Iterator[Mapping[str, NDArray[np.generic]]]:
        try:
            with np.load(path, allow_pickle=False) as shard:
                yield shard
        except _BROKEN_SHARD as error:
            hint = "Delete this file and run `mmvp embed` again; only its images are embedded anew."
            raise StoreError("the file is damaged.", where=str(path), hint=hint) from error


_ANEW: Final = "Delete the folder and run `mmvp embed` again."


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only writer of the store in `folder`; clears up after a killed one.

    Raises:
        StoreBusy: another process is writing. A killed process does not keep its lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            remove_leftovers(folder)
            yield
    except Timeout as error:
        hint = "Wait for the other `mmvp embed`, or stop it."
        raise StoreBusy("another process is writing here.", where=str(folder), hint=hint) from error


def _hex_keys(rows: NDArray[np.generic]) -> list[str]:
    return [bytes(row).hex() for row in rows]
