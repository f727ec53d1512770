"""Times the exact miner beside its peers, with the peak memory of each, and compares the pairs.

Run it from the project's root: python -m benchmarks.mining [--images 10000 30000] [--repeats 3]
[--only NAME ...]. Peers that are not installed (`pip install '.[bench]'`) are left out and named.
The vectors are those of `benchmarks.vectors`. Each measurement is a process of its own, the methods
take turns, and slow peers are tried with few images only. At the end: how our time grows with n.
"""

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.memory import Peak, own_mebibytes
from benchmarks.vectors import BLIND, REFERENCE, synthetic
from embeddings.mining import Thresholds, mine

BLOCK = 2048
PAPER = Thresholds()
ROLES = "blind", "reference"
Vectors = NDArray[np.float32]
Pairs = NDArray[np.int64]  # (n, 2), first < second


def floor(blind: Vectors, _reference: Vectors) -> Pairs:
    """Only the float32 products of the upper triangle of blocks; finds nothing."""
    for start in range(0, len(blind), BLOCK):
        rows = blind[start : start + BLOCK].copy()
        for other in range(start, len(blind), BLOCK):
            np.matmul(rows, blind[other : other + BLOCK].T)
    return np.empty((0, 2), dtype=np.int64)


def numpy_blockwise(blind: Vectors, reference: Vectors) -> Pairs:
    """What one writes first: both products of each row of blocks, compared with the thresholds."""
    found = []
    for start in range(0, len(blind), BLOCK):
        rows = slice(start, start + BLOCK)
        over = blind[rows].copy() @ blind[start:].T > PAPER.blind_min
        over &= reference[rows].copy() @ reference[start:].T < PAPER.reference_max
        found.append(np.argwhere(np.triu(over, 1)) + start)
    return np.concatenate(found)


def ours(blind: Vectors, reference: Vectors) -> Pairs:
    """The miner, at the paper's thresholds, with the plan that it chooses itself."""
    mined = mine(blind, reference, PAPER)
    return np.column_stack([mined.first, mined.second])


def whole_vectors(blind: Vectors, reference: Vectors) -> Pairs:
    """The miner without its filter."""
    mined = mine(blind, reference, PAPER, plan=None)
    return np.column_stack([mined.first, mined.second])


def faiss_flat(blind: Vectors, reference: Vectors) -> Pairs:
    """An exact range search, then the reference's cosines of what it finds."""
    import faiss

    index = faiss.IndexFlatIP(blind.shape[1])
    index.add(blind)
    found = []
    for start in range(0, len(blind), BLOCK):
        limits, _, columns = index.range_search(blind[start : start + BLOCK], PAPER.blind_min)
        rows = np.repeat(np.arange(len(limits) - 1) + start, np.ediff1d(limits.astype(np.int64)))
        found.append(np.column_stack([rows, columns]))
    return told_apart(np.concatenate(found), reference)


def faiss_ivf(blind: Vectors, reference: Vectors) -> Pairs:
    """An approximate index: a range search in the 16 nearest of 2 sqrt(n) cells."""
    import faiss

    n_cells, dimension = int(2 * len(blind) ** 0.5), blind.shape[1]
    metric = faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dimension), dimension, n_cells, metric)
    rows = np.asarray(blind)
    index.train(rows)
    index.add(rows)
    index.nprobe = 16
    limits, _, columns = index.range_search(rows, PAPER.blind_min)
    found = np.repeat(np.arange(len(limits) - 1), np.ediff1d(limits.astype(np.int64)))
    return told_apart(np.column_stack([found, columns]), reference)


def faiss_hnsw(blind: Vectors, reference: Vectors) -> Pairs:
    """An approximate index: the 50 nearest of each image over the threshold."""
    import faiss

    index = faiss.IndexHNSWFlat(blind.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efSearch = 96
    index.add(blind)
    cosines, columns = index.search(blind, 50)
    rows, places = np.nonzero(cosines > PAPER.blind_min)
    return told_apart(np.column_stack([rows, columns[rows, places]]), reference)


def chunked_top_k(blind: Vectors, reference: Vectors) -> Pairs:
    """The 100 nearest of each, by chunks, as sentence-transformers' paraphrase mining goes."""
    import torch

    rows, n = torch.from_numpy(np.array(blind)), len(blind)
    found = []
    for start in range(0, n, 5_000):
        best = torch.full((min(5_000, n - start), 100), -2.0)
        which = torch.zeros(best.shape, dtype=torch.int64)
        for other in range(0, n, 100_000):
            cosines = rows[start : start + 5_000] @ rows[other : other + 100_000].T
            nearest, columns = cosines.topk(min(101, cosines.shape[1]), dim=1)
            all_best = torch.cat([best, nearest], dim=1).topk(100, dim=1)
            which = torch.cat([which, columns + other], dim=1).gather(1, all_best.indices)
            best = all_best.values
        hits, places = (best > PAPER.blind_min).nonzero(as_tuple=True)
        found.append(torch.column_stack([hits + start, which[hits, places]]).numpy())
    return told_apart(np.concatenate(found), reference)


def told_apart(pairs: NDArray[np.int64], reference: Vectors) -> Pairs:
    """Each pair once, of those that the reference encoder tells apart."""
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    kept = []
    for part in np.array_split(pairs, max(1, len(pairs) // 100_000)):
        cosines = np.einsum("ij,ij->i", reference[part[:, 0]], reference[part[:, 1]])
        kept.append(part[cosines < PAPER.reference_max])
    return np.concatenate(kept)


@dataclass(frozen=True)
class Method:
    """A way to mine, the package that it needs, and the most images it is tried with."""

    run: Callable[[Vectors, Vectors], Pairs]
    needs: str = "numpy"
    most: int = 2_000_000


METHODS = {
    "block product only (floor)": Method(floor, most=100_000),
    "mine()": Method(ours),
    "mine(), whole vectors": Method(whole_vectors, most=100_000),
    "numpy blockwise": Method(numpy_blockwise, most=100_000),
    "chunked top-k, k = 100": Method(chunked_top_k, most=100_000),
    "faiss flat range search": Method(faiss_flat, "faiss", most=100_000),
    "faiss IVF range search": Method(faiss_ivf, "faiss", most=100_000),
    "faiss HNSW, k = 50": Method(faiss_hnsw, "faiss", most=100_000),
}
OURS = "mine()"


@dataclass(frozen=True)
class Measured:
    """Seconds, peak memory beyond the libraries and the mapped files, and the pairs found."""

    seconds: float
    mebibytes: float
    pairs: frozenset[tuple[int, int]]


def measure(folder: Path, name: str) -> Measured:
    """Run one method in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mining", "--one", name, "--folder", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    told = json.loads((folder / "told.json").read_text())
    pairs = np.load(folder / "pairs.npy")
    return Measured(told["seconds"], told["mebibytes"], frozenset(map(tuple, pairs.tolist())))


def run_one(folder: Path, name: str) -> None:
    """The child's part: time one method on the stored vectors."""
    blind, reference = (np.load(folder / f"{role}.npy", mmap_mode="r") for role in ROLES)
    method = METHODS[name]
    method.run(np.array(blind[:2_000]), np.array(reference[:2_000]))  # imports
    before = own_mebibytes()
    method.run(np.array(blind[:12_500]), np.array(reference[:12_500]))  # warms up
    for vectors in (blind, reference):
        vectors.sum(axis=1)  # reads the files
    with Peak() as peak:
        begun = time.perf_counter()
        pairs = method.run(blind, reference)
        seconds = time.perf_counter() - begun
    np.save(folder / "pairs.npy", pairs)
    told = {"seconds": seconds, "mebibytes": peak.mebibytes - before}
    (folder / "told.json").write_text(json.dumps(told))


def table(n_images: int, repeats: int, only: list[str] | None) -> tuple[list[str], float]:
    """Table rows for one size, and our median."""
    tried = [
        name
        for name, method in METHODS.items()
        if n_images <= method.most
        and importlib.util.find_spec(method.needs)
        and (not only or name in {OURS, *only})
    ]
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        for role, space in zip(ROLES, (BLIND, REFERENCE), strict=True):
            np.save(folder / f"{role}.npy", synthetic(space, n_images).numpy())
        runs: dict[str, list[Measured]] = {name: [] for name in tried}
        for _ in range(repeats):
            for name in tried:
                runs[name].append(measure(folder, name))
    medians = {name: statistics.median(one.seconds for one in of) for name, of in runs.items()}
    truth = runs[OURS][0].pairs
    rows = []
    for name, of in runs.items():
        times = [one.seconds for one in of]
        found = of[0].pairs
        share = len(found & truth) / max(1, len(truth))
        note = f"{len(found):,} ({share:.2%}), {len(found - truth):,} others" if found else ""
        rows.append(
            f"| {n_images:,} | {name} | {medians[name]:.2f} ({min(times):.2f}-{max(times):.2f}) "
            f"| {medians[name] / medians[OURS]:.2f} "
            f"| {max(one.mebibytes for one in of):,.0f} MiB | {note} |"
        )
    return rows, medians[OURS]


def growth(medians: dict[int, float]) -> str:
    """The exponent of n that fits our times best, and where it leads."""
    exponent, factor = np.polyfit(np.log(list(medians)), np.log(list(medians.values())), 1)
    minutes = float(np.exp(factor)) * 1_281_167**exponent / 60
    return (
        f"mine() grows as n^{exponent:.2f} between {min(medians):,} and {max(medians):,} images; "
        f"1,281,167 would take about {minutes:.0f} minutes"
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 30_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the methods, beside mine()")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.folder, given.one)
        return
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores,", end=" ")
    print(f"Python {platform.python_version()}, numpy {np.__version__}; 768 + 1024 dimensions;")
    print(f"medians of {given.repeats} (range); memory beyond libraries and mapped vectors")
    for name, method in METHODS.items():
        if not importlib.util.find_spec(method.needs):
            print(f"left out, {method.needs} is not installed: {name}")
    print("\n| images | method | seconds | times mine() | peak memory | of mine()'s pairs |")
    print("|---|---|---|---|---|---|")
    medians = {}
    for n_images in given.images:
        rows, medians[n_images] = table(n_images, given.repeats, given.only)
        print("\n".join(rows), flush=True)
    # with few images the plan is another one, and its time grows otherwise
    large = {n: seconds for n, seconds in medians.items() if n >= 100_000}
    if len(large) > 1:
        print(f"\n{growth(large)}")


if __name__ == "__main__":
    main()
