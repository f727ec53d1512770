"""Arrays for the browser: one after another, little-endian, with a header that says where."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEPS = 65535


@dataclass(frozen=True)
class Problem:
    """Why there is nothing to show, and the command that helps.

    `job` is the kind of job by which the server can run that command itself, if it can.
    """

    what: str
    hint: str
    command: str
    job: str = ""


@dataclass(frozen=True)
class Payload:
    """Arrays and what they are.

    Attributes:
        digest: hex SHA-256 of `content`.
        header: JSON values; `header["arrays"]` says where each array lies.
        content: the arrays one after another.
        compressed: the same with gzip.
    """

    digest: str
    header: dict[str, Any]
    content: bytes
    compressed: bytes


def pack(
    arrays: Mapping[str, NDArray[Any]],
    header: Mapping[str, Any],
    ranges: Mapping[str, Mapping[str, float]] | None = None,
) -> Payload:
    """The arrays as a payload; `ranges` are added to what is said of an array, by its name.

    Arrays of wider types come first, so that every offset is aligned.
    """
    content = b"".join(array.tobytes() for array in arrays.values())
    digest = hashlib.sha256(content).hexdigest()
    places = [place | dict((ranges or {}).get(place["name"], {})) for place in described(arrays)]
    whole = {"digest": digest, **header, "arrays": places}
    return Payload(digest, whole, content, gzip.compress(content, 1, mtime=0))


def described(arrays: Mapping[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Where each array lies; wider types come first, so every offset is aligned."""
    places, offset = [], 0
    for name, array in arrays.items():
        places.append(
            {"name": name, "dtype": array.dtype.name, "offset": offset, "length": array.size}
        )
        offset += array.nbytes
    return places


def in_steps(values: NDArray[np.float64]) -> tuple[NDArray[np.uint16], dict[str, float]]:
    """Numbers as 65,535 steps, and their range: value = min + code * (max - min) / 65535.

    Code 0 is kept for NaN (`none` in the range), so `min` lies one step below the lowest value.
    """
    codes = np.zeros(len(values), dtype="<u2")
    known = ~np.isnan(values)
    if not known.any():
        return codes, {"min": 0.0, "max": 0.0, "none": 0}
    low, high = float(values[known].min()), float(values[known].max())
    step = (high - low) / (_STEPS - 1) or 1 / _STEPS
    codes[known] = 1 + np.round((values[known] - low) / step).astype("<u2")
    return codes, {"min": low - step, "max": low + (_STEPS - 1) * step, "none": 0}
