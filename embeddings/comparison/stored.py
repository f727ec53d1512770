"""A comparison as one .npz file: whole or absent, and the same bytes for the same comparison."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embeddings.atomic import write_bytes
from embeddings.comparison.grid import BLIND_GRID, REFERENCE_GRID
from embeddings.comparison.histogram import JointHistogram
from embeddings.comparison.options import ComparisonError
from embeddings.comparison.regions import Region
from embeddings.comparison.scan import Comparison

FORMAT_VERSION: Final = 1
_UNREADABLE: Final = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
_HISTOGRAM_NUMBERS: Final = ("floor_bin", "n_exact", "n_sampled", "sample_scale")
_REGION_NUMBERS: Final = ("collapse", "mean_blind_cosine", "mean_reference_cosine")

Stored = Mapping[str, NDArray[Any]]


def save_comparison(
    path: Path, keys: Sequence[str], comparison: Comparison, manifest: Mapping[str, Any]
) -> None:
    """Write the comparison, atomically.

    Args:
        keys: SHA-256 of the image of each row.
        manifest: JSON values that say what was compared, and how.

    Raises:
        ComparisonError: there are not as many keys as rows.
    """
    if len(keys) != len(comparison.overlap):
        raise ComparisonError(
            f"{len(keys):,} keys do not match {len(comparison.overlap):,} images."
        )
    histogram, regions = comparison.histogram, comparison.regions
    cells = np.flatnonzero(histogram.counts)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        manifest=np.array(
            json.dumps({"format_version": FORMAT_VERSION, **manifest}, sort_keys=True)
        ),
        keys=np.array([list(bytes.fromhex(key)) for key in keys], np.uint8).reshape(-1, 32),
        overlap=comparison.overlap,
        collapse=comparison.collapse,
        cells=cells.astype(np.int32),
        counts=histogram.counts.ravel()[cells],
        first=histogram.first.ravel()[cells],
        second=histogram.second.ravel()[cells],
        histogram=np.array([float(getattr(histogram, name)) for name in _HISTOGRAM_NUMBERS]),
        region_numbers=np.array(
            [[getattr(region, name) for name in _REGION_NUMBERS] for region in regions]
        ).reshape(-1, len(_REGION_NUMBERS)),
        **_packed("region_rows", [region.rows for region in regions]),
        **_packed("region_shown", [region.shown for region in regions]),
    )
    write_bytes(path, buffer.getvalue())


def load_comparison(path: Path) -> tuple[list[str], Comparison]:
    """The keys of the rows and the comparison that `save_comparison` wrote.

    Raises:
        ComparisonError: the file is missing or is no comparison.
    """
    with _reading(path) as stored:
        _manifest(stored, path)
        keys = [bytes(row).hex() for row in stored["keys"]]
        return keys, Comparison(
            overlap=stored["overlap"],
            collapse=stored["collapse"],
            histogram=_histogram(stored),
            regions=_regions(stored),
        )


def load_histogram(path: Path) -> JointHistogram:
    """Only the histogram.

    Raises:
        ComparisonError: the file is missing or is no comparison.
    """
    with _reading(path) as stored:
        _manifest(stored, path)
        return _histogram(stored)


def read_manifest(path: Path) -> dict[str, Any]:
    """Only what was compared, and how: quick.

    Raises:
        ComparisonError: the file is missing, or another version of this program wrote it.
    """
    with _reading(path) as stored:
        return _manifest(stored, path)


def _manifest(stored: Stored, path: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(str(stored["manifest"]))
    if manifest.pop("format_version") != FORMAT_VERSION:
        raise ComparisonError(
            "written by another version of this program.", where=str(path), hint=_ANEW
        )
    return manifest


def _histogram(stored: Stored) -> JointHistogram:
    shape = (BLIND_GRID.n, REFERENCE_GRID.n)
    counts = np.zeros(shape)
    first, second = (np.full(shape, -1, dtype=np.int32) for _ in range(2))
    cells = stored["cells"]
    for array, name in ((counts, "counts"), (first, "first"), (second, "second")):
        array.ravel()[cells] = stored[name]
    lowest, n_exact, n_sampled, scale = stored["histogram"].tolist()
    return JointHistogram(counts, first, second, int(lowest), int(n_exact), int(n_sampled), scale)


def _regions(stored: Stored) -> list[Region]:
    parts = zip(
        _unpacked(stored, "region_rows"),
        _unpacked(stored, "region_shown"),
        stored["region_numbers"].tolist(),
        strict=True,
    )
    return [Region(rows, shown, *numbers) for rows, shown, numbers in parts]


def _packed(name: str, parts: Sequence[NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
    joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    return {name: joined, f"{name}_lengths": np.array([len(part) for part in parts], np.int64)}


def _unpacked(stored: Stored, name: str) -> list[NDArray[np.int64]]:
    ends = stored[f"{name}_lengths"].cumsum()
    return np.split(stored[name], ends[:-1]) if len(ends) else []


@contextmanager
def _reading(path: Path) -> Iterator[Stored]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            yield stored
    except FileNotFoundError as error:
        raise ComparisonError("There is no comparison.", where=str(path), hint=_ANEW) from error
    except _UNREADABLE as error:
        raise ComparisonError(
            "The file is not a stored comparison.", where=str(path), hint=_ANEW
        ) from error


_ANEW: Final = "Run `mmvp compare` again."
