"""Times the miner on a GPU, step by step, and compares its pairs with the processor's.

Run it from the project's root: python -m benchmarks.mining_gpu [--images 30000 100000 1281167].
It needs torch, numpy, pillow and imagehash. "Loading" is the copy of both encoders' float32 rows to
the GPU. With `--limit N` (10,000) the N best pairs are kept, as one would for a review queue.
"""

import argparse
import hashlib
import platform
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.vectors import BLIND, synthetic, synthetic_pair
from embeddings.mining import MinedPairs, Thresholds, mine
from embeddings.mining import plan as plans
from embeddings.mining.blocks import Candidates, Walk
from embeddings.mining.deciding import Decider
from embeddings.mining.plan import ChosenPlan, PrefixPlan
from embeddings.mining.prefix import PrefixFeatures, fit_basis, scan_prefix
from embeddings.mining.vectors import check_vectors

BLOCK = 2048
PAPER = Thresholds()


def timed(device: str, work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, with the GPU's queue empty before and after."""
    wait(device)
    begun = time.perf_counter()
    result = work()
    wait(device)
    return time.perf_counter() - begun, result


def wait(device: str) -> None:
    """Until the GPU has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()


def floor(n_images: int, device: str) -> float:
    """Seconds of the half-precision products of whole vectors alone, upper triangle."""
    dtype = torch.float16 if device == "cuda" else torch.bfloat16
    rows = synthetic(BLIND, n_images, device).to(dtype)
    step = 8192
    out = torch.empty(step, step, dtype=dtype, device=device)

    def multiply() -> None:
        for start in range(0, n_images - step + 1, step):
            for other in range(start, n_images - step + 1, step):
                torch.mm(rows[start : start + step], rows[other : other + step].T, out=out)

    return timed(device, multiply)[0]


def digest(mined: MinedPairs) -> str:
    """Of the pairs and the bits of their cosines."""
    columns = (mined.first, mined.second, mined.blind_cosine, mined.reference_cosine)
    return hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()[:16]


def kernels(blind: NDArray[np.float32], decider: Decider, device: str) -> None:
    """The filter and the exact cosines as the miner runs them, each by itself."""
    vectors = decider.on_device[0] if decider.on_device else blind
    chosen = PrefixPlan(128, "float16" if device == "cuda" else "bfloat16", device)
    features = PrefixFeatures(vectors, PAPER.blind_min, fit_basis(blind, 123), chosen)
    walk = Walk(len(blind), chosen.block_size)

    def scan() -> list[Candidates]:
        return [found for found in scan_prefix(features, walk) if isinstance(found, Candidates)]

    for _ in range(2):  # compiled in the first
        filtering, left = timed(device, scan)
        n_left = sum(len(candidates.second) for candidates in left)
        deciding, _ = timed(device, lambda: [decider.over(some) for some in left])  # noqa: B023
        print(f"  filter {filtering:.3f} s, {n_left:,} left, deciding them {deciding:.3f} s")


def steps(blind: NDArray[np.float32], decider: Decider, device: str) -> None:
    """What each step of the filter takes, for several widths and heights of a tile."""
    vectors = decider.on_device[0] if decider.on_device else blind
    seconds, basis = timed(device, lambda: fit_basis(blind, 251))
    print(f"  basis {seconds:.3f} s")
    dtype = "float16" if device == "cuda" else "bfloat16"
    for width in (64, 96, 128, 192):
        chosen = PrefixPlan(width, dtype, device)
        took, features = timed(
            device, partial(PrefixFeatures, vectors, PAPER.blind_min, basis, chosen)
        )
        for columns in (1 << 13, 1 << 15, 1 << 17):
            for block in (2048, 4096):
                walk = Walk(len(blind), block)

                def scan(
                    walk: Walk = walk, columns: int = columns, features: PrefixFeatures = features
                ) -> int:
                    return sum(
                        len(features.survivors(rows, firsts)[0])
                        for _, rows in walk.blocks()
                        for firsts in walk.tiles(rows, columns)
                    )

                seconds, n_left = timed(device, scan)
                print(
                    f"  width {width}, {block} x {columns}: features {took:.3f} s, "
                    f"scan {seconds:.3f} s, {n_left:,} left",
                    flush=True,
                )
            if device == "cpu":
                break


def check(decider: Decider) -> None:
    """As the miner does."""
    check_vectors(decider.blind, decider.reference, block_size=BLOCK, on_device=decider.on_device)


def measure(n_images: int, device: str, limit: int, with_steps: bool) -> None:
    """One size."""
    blind, reference = synthetic_pair(n_images, device)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    loading, decider = timed(device, lambda: Decider(blind, reference, PAPER, device))
    checking, _ = timed(device, partial(check, decider))
    planning, plan = timed(
        device, lambda: plans.quickest_plan(blind, PAPER.blind_min, device=device)
    )
    print(f"{n_images:,} images: loading {loading:.2f} s, check {checking:.2f} s, ", end="")
    print(f"choice of a plan {planning:.2f} s: {ChosenPlan(plan)}")
    kernels(blind, decider, device)
    if with_steps:
        steps(blind, decider, device)
    del decider
    for _ in range(3):
        seconds, mined = timed(device, lambda: mine(blind, reference, PAPER, limit=limit))
        print(
            f"  mine(limit={limit:,}) {seconds:.2f} s, {seconds - loading:.2f} s beyond loading, "
            f"{mined.counts.n_over_thresholds:,} over the thresholds, {mined.n_examined:,} decided",
            flush=True,
        )
    if device == "cuda":
        print(f"  at most {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB of the GPU's memory")
    print(f"  half-precision products of whole vectors alone: {floor(n_images, device):.2f} s")


def same_as_processor(n_images: int, device: str) -> None:
    """All pairs, bit for bit, on both."""
    blind, reference = synthetic_pair(n_images)
    width = 128
    here = mine(blind, reference, PAPER, plan=PrefixPlan(width, "float16", device))
    there = mine(blind, reference, PAPER, plan=None)
    word = "the same bits" if digest(here) == digest(there) else "DIFFERENT PAIRS"
    print(f"{n_images:,} images on {device} and the processor: {len(here):,} pairs, {word}")


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[100_000, 300_000, 1_281_167])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--steps", action="store_true", help="also each step by itself")
    given = parser.parse_args()
    name = torch.cuda.get_device_name() if given.device == "cuda" else platform.machine()
    print(f"{name}, torch {torch.__version__}, numpy {np.__version__}, 768 + 1,024 dimensions")
    same_as_processor(20_000, given.device)
    for number, n_images in enumerate(given.images):
        last = number == len(given.images) - 1
        measure(n_images, given.device, given.limit, given.steps and last)


if __name__ == "__main__":
    main()
