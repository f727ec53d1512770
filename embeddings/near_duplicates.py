"""Near-duplicate images: Hamming distance of 64-bit perceptual hashes, for given pairs only."""

import numpy as np
from numpy.typing import NDArray


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
