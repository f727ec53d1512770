"""Times the exact miner against plain numpy and the bare block product, and compares the pairs.

Run it from the project's root: python -m benchmarks.mining [--images 10000 30000] [--repeats 5].
The vectors are synthetic: a large common mean, classes, and clusters of near-duplicates.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from embeddings.mining import Thresholds, mine

BLOCK = 2048
PAPER = Thresholds()
Vectors = NDArray[np.float32]
PairSet = set[tuple[int, int]]


def synthetic_space(
    n_images: int, dimension: int, *, common: float, noise: float, seed: int, layout_seed: int
) -> Vectors:
    """Unit rows around a common mean; those of one cluster (about 4 images) lie close together.

    `common` is the share of the mean in a row's squared length; `noise` spreads a cluster.
    Spaces of one `layout_seed` have the same clusters.
    """
    cluster = np.random.default_rng(layout_seed).integers(0, max(1, n_images // 4), n_images)
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=dimension)
    mean /= np.linalg.norm(mean)
    # A falling spectrum, as trained encoders have.
    spectrum = np.arange(1, dimension + 1) ** -0.5
    centres = rng.normal(size=(cluster.max(initial=0) + 1, dimension)) * spectrum
    own = centres[cluster] + noise * rng.normal(size=(n_images, dimension)) * spectrum
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    rows = np.sqrt(common) * mean + np.sqrt(1 - common) * own
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def floor(blind: Vectors, _reference: Vectors) -> PairSet:
    """Only the float32 products of the upper triangle of blocks; finds nothing."""
    for start in range(0, len(blind), BLOCK):
        rows = blind[start : start + BLOCK].copy()
        for other in range(start, len(blind), BLOCK):
            np.matmul(rows, blind[other : other + BLOCK].T)
    return set()


def numpy_blockwise(blind: Vectors, reference: Vectors) -> PairSet:
    """What one writes first: both products of each row of blocks, compared with the thresholds."""
    found: PairSet = set()
    for start in range(0, len(blind), BLOCK):
        rows = slice(start, start + BLOCK)
        over = blind[rows].copy() @ blind[start:].T > PAPER.blind_min
        over &= reference[rows].copy() @ reference[start:].T < PAPER.reference_max
        first, second = np.nonzero(np.triu(over, 1))
        found.update(zip((first + start).tolist(), (second + start).tolist(), strict=True))
    return found


def ours(blind: Vectors, reference: Vectors) -> PairSet:
    """The miner, at the paper's thresholds."""
    mined = mine(blind, reference, PAPER, block_size=BLOCK)
    return set(zip(mined.first.tolist(), mined.second.tolist(), strict=True))


METHODS: dict[str, Callable[[Vectors, Vectors], PairSet]] = {
    "block product only (floor)": floor,
    "numpy blockwise": numpy_blockwise,
    "mine()": ours,
}


def measure(n_images: int, dimension: int, repeats: int) -> list[str]:
    """Table rows for one size; the methods take turns so that all meet the same machine."""
    blind = synthetic_space(n_images, dimension, common=0.55, noise=0.35, seed=1, layout_seed=0)
    reference = synthetic_space(n_images, dimension, common=0.05, noise=0.9, seed=2, layout_seed=0)
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    found: dict[str, PairSet] = {}
    for repeat in range(repeats + 1):
        for name, method in METHODS.items():
            start = time.perf_counter()
            found[name] = method(blind, reference)
            if repeat:  # the first turn warms up
                seconds[name].append(time.perf_counter() - start)
    least = statistics.median(seconds["block product only (floor)"])
    rows = []
    for name, times in seconds.items():
        median = statistics.median(times)
        differing = len(found[name] ^ found["mine()"])
        note = "" if name.endswith("(floor)") else f"{len(found[name]):,} pairs"
        note += f", {differing} differ from mine()" if note and name != "mine()" else ""
        rows.append(
            f"| {n_images:,} | {name} | {median:.2f} ({min(times):.2f}-{max(times):.2f}) "
            f"| {median / least:.2f} | {note} |"
        )
    return rows


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000])
    parser.add_argument("--dimension", type=int, default=768)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, numpy {np.__version__},", end=" ")
    print(f"{arguments.dimension} dimensions, medians of {arguments.repeats} (range)\n")
    print("| images | method | seconds | times the floor | found |\n|---|---|---|---|---|")
    for n_images in arguments.images:
        print("\n".join(measure(n_images, arguments.dimension, arguments.repeats)), flush=True)


if __name__ == "__main__":
    main()
