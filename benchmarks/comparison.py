"""Times a whole comparison of two synthetic spaces, in wall and CPU seconds.

Run it from the project's root: python -m benchmarks.comparison [--images 10000 30000].
"""

import argparse
import resource
import time
from dataclasses import replace

from benchmarks.vectors import BLIND, REFERENCE, synthetic
from embeddings.comparison import compare
from embeddings.comparison.regions import find_regions


def measure(n_images: int, dimensions: tuple[int, int]) -> str:
    """One table row."""
    blind, reference = (
        synthetic(replace(space, dimension=dimension), n_images).numpy()
        for space, dimension in zip((BLIND, REFERENCE), dimensions, strict=True)
    )
    find_regions(blind[:100], reference[:100], seed=0)  # imports the clustering
    wall, cpu = time.perf_counter(), time.process_time()
    found = compare(blind, reference)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    histogram = found.histogram
    return (
        f"| {n_images:,} | {wall:.1f} | {cpu:.1f} | {memory:.2f} | {histogram.exact_above:g} "
        f"| {histogram.n_exact:,} | {len(found.regions)} |"
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000])
    parser.add_argument("--dimensions", type=int, nargs=2, default=[768, 1024])
    arguments = parser.parse_args()
    blind, reference = arguments.dimensions
    print(f"{blind} + {reference} dimensions\n")
    print("| images | wall s | CPU s | peak GiB | exact above | exact pairs | regions |")
    print("|---|---|---|---|---|---|---|")
    for n_images in arguments.images:
        print(measure(n_images, (blind, reference)), flush=True)


if __name__ == "__main__":
    main()
