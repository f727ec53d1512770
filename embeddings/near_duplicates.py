"""Near-duplicate images: 64-bit perceptual hashes and their Hamming distance."""

from typing import Final

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEAR_DUPLICATE_DISTANCE: Final = 4
"""At most this many differing bits: the same picture, resized or compressed again."""


def perceptual_hash(image: Image.Image) -> int:
    """The pHash of an upright image, as an unsigned 64-bit number."""
    bits = imagehash.phash(image).hash
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def hamming_distances(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Number of differing bits (0 to 64) of each hash in `first` from its partner in `second`."""
    return np.bitwise_count(np.bitwise_xor(first, second))


def near_duplicates(
    hashes: NDArray[np.uint64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    max_distance: int,
) -> NDArray[np.bool_]:
    """Which of the pairs (first[k], second[k]) of rows of `hashes` lie within `max_distance`."""
    return hamming_distances(hashes[first], hashes[second]) <= max_distance
