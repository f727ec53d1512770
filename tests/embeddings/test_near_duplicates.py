"""Hamming distances of 64-bit hashes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings.near_duplicates import hamming_distances, near_duplicates

HASHES = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)


@given(HASHES, st.data())
def test_counts_differing_bits(hashes: list[int], data: st.DataObject) -> None:
    rows = st.integers(0, len(hashes) - 1)
    pairs = data.draw(st.lists(st.tuples(rows, rows), max_size=20))
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    values = np.array(hashes, dtype=np.uint64)
    distances = [(hashes[i] ^ hashes[j]).bit_count() for i, j in pairs]
    assert hamming_distances(values[first], values[second]).tolist() == distances
    for limit in (0, 4, 64):
        near = near_duplicates(values, first, second, limit)
        assert near.tolist() == [distance <= limit for distance in distances]
