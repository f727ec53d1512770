"""Times mixtures of two synthetic spaces: rotation, what pairs depend on, and the curves.

Run it from the project's root: python -m benchmarks.mixing [--images 10000 100000].
"""

import argparse
import time
import tracemalloc
from dataclasses import replace

import numpy as np

from benchmarks.vectors import BLIND, REFERENCE, synthetic
from embeddings.mixing import Mixing, fit_rotation, pair_terms
from embeddings.resolved import (
    Background,
    background_pairs,
    rank_of,
    ranked_limits,
    resolved_by_share,
)

SHARES = tuple(k / 100 for k in range(101))


def measure(n_images: int, n_pairs: int, dimensions: tuple[int, int]) -> str:
    """One table row."""
    blind, reference = (
        synthetic(replace(space, dimension=dimension), n_images).numpy()
        for space, dimension in zip((BLIND, REFERENCE), dimensions, strict=True)
    )
    rng = np.random.default_rng(0)
    first = rng.integers(0, n_images - 1, n_pairs)
    second = first + 1
    tracemalloc.start()
    times = [time.perf_counter()]
    rotation = fit_rotation(blind, reference)
    times.append(time.perf_counter())
    any_two = background_pairs(n_images)
    terms, others = pair_terms(blind, reference, rotation, [(first, second), any_two])
    times.append(time.perf_counter())
    background = Background(others, n_images * (n_images - 1) // 2)
    n_above = rank_of(background, 0.9)
    for mixing in Mixing:
        limits = ranked_limits(background, mixing, SHARES, n_above)
        for resolved in resolved_by_share(terms, mixing, SHARES, limits):
            resolved.sum()
    times.append(time.perf_counter())
    memory = tracemalloc.get_traced_memory()[1] / 2**30
    tracemalloc.stop()
    vectors = (blind.nbytes + reference.nbytes) / 2**30
    fit, work_out, count = np.diff(times)
    return (
        f"| {n_images:,} | {n_pairs:,} | {fit:.1f} | {work_out:.1f} | {count:.1f} | {memory:.2f} "
        f"| {vectors:.2f} |"
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, nargs=2, default=[768, 1024])
    arguments = parser.parse_args()
    blind, reference = arguments.dimensions
    print(f"{blind} + {reference} dimensions; two mixtures at {len(SHARES)} shares\n")
    print("| images | pairs | rotation s | terms s | curves s | GiB besides | the vectors |")
    print("|---|---|---|---|---|---|---|")
    for n_images in arguments.images:
        print(measure(n_images, arguments.pairs, (blind, reference)), flush=True)


if __name__ == "__main__":
    main()
