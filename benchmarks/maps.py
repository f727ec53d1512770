"""Times maps beside plain umap-learn, and thumbnails beside plain Pillow.

Run it from the project's root: python -m benchmarks.maps [--images 10000 100000].
Maps are of the vectors of `benchmarks.vectors`, 768 dimensions. Plain umap-learn is tried with
cosine distances, as most people call it. Each map is made in a process of its own, once.
"""

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.embedding_gpu import draw
from benchmarks.memory import Peak, own_mebibytes
from benchmarks.vectors import BLIND, synthetic


def ours(vectors: np.ndarray) -> np.ndarray:
    """What `mmvp map` does for one space."""
    from embeddings.projection import umap_layout

    return umap_layout(vectors)


def plain(vectors: np.ndarray) -> np.ndarray:
    """umap-learn with a seed, which it needs to give the same map twice; then on one core."""
    import umap

    found: np.ndarray = umap.UMAP(metric="cosine", random_state=0).fit_transform(vectors)
    return found


def unseeded(vectors: np.ndarray) -> np.ndarray:
    """umap-learn on all cores: another map each time."""
    import umap

    found: np.ndarray = umap.UMAP(metric="cosine").fit_transform(vectors)
    return found


MAPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mmvp map, one space": ours,
    "umap-learn, seeded": plain,
    "umap-learn, on all cores": unseeded,
}


def make_one(name: str, vectors: Path) -> None:
    """The child's part: time one map; prints seconds and memory."""
    rows = np.load(vectors)
    MAPS[name](rows[:500])  # imports, and compiles
    before = own_mebibytes()
    with Peak() as peak:
        begun = time.perf_counter()
        MAPS[name](rows)
        seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "mebibytes": peak.mebibytes - before}))


def maps(n_images: int) -> None:
    """Print a row for each way."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "vectors.npy"
        np.save(file, synthetic(BLIND, n_images).numpy())
        for name in MAPS:
            command = [sys.executable, "-m", "benchmarks.maps", "--one", name, "--file", str(file)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout.splitlines()[-1])
            row = (
                f"| {n_images:,} | {name} | {told['seconds']:.1f} | {told['mebibytes']:,.0f} MiB |"
            )
            print(row, flush=True)


def thumbnails(n: int) -> None:
    """Print a row for each way; one thread."""
    from embeddings.images import load_upright, thumbnail_jpeg

    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "picture.jpg"
        draw(file, 0)
        image = load_upright(file)

        def plain_pillow() -> bytes:
            small = Image.open(file).convert("RGB")
            small.thumbnail((320, 320))
            buffer = io.BytesIO()
            small.save(buffer, "WEBP")
            return buffer.getvalue()

        ways: dict[str, Callable[[], bytes]] = {
            "thumbnail of a decoded image": lambda: thumbnail_jpeg(image),
            "the same with decoding": lambda: thumbnail_jpeg(load_upright(file)),
            "Pillow: open, thumbnail, save as WebP": plain_pillow,
        }
        for name, way in ways.items():
            times = []
            for _ in range(n):
                begun = time.thread_time()
                size = len(way())
                times.append(time.thread_time() - begun)
            median = statistics.median(times)
            print(
                f"| {name} | {1 / median:,.0f} | {1000 * median:.1f} ms | {size / 1024:.0f} KiB |"
            )


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--thumbnails", type=int, default=200)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        make_one(given.one, given.file)
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores; pictures of 1024 x 768\n")
    print("| way | a second and core | each | size |\n|---|---|---|---|")
    thumbnails(given.thumbnails)
    print("\n| images | way | seconds | own memory |\n|---|---|---|---|")
    for n_images in given.images:
        maps(n_images)


if __name__ == "__main__":
    main()
