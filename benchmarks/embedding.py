"""Times `embed` beside the usual ways to embed a folder and beside the model alone.

Run it from the project's root: python -m benchmarks.embedding [--model ViT-B-32] [--images 256]
[--repeats 3]. The model is open_clip's with random weights; the pictures are drawn, JPEG, 1024
pixels wide. The methods take turns. clip-retrieval's way is its settings (batches of 256, four
workers, half-precision vectors) in a loop of ours: its package is not needed.
"""

import argparse
import hashlib
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from benchmarks.embedding_gpu import draw
from embeddings.embed import Decoding, EmbedReport, embed
from embeddings.encoders.open_clip import OpenClipEncoder

_BATCH: Final = 32
_CLIP_RETRIEVAL_BATCH: Final = 256
_CLIP_RETRIEVAL_WORKERS: Final = 4

Images = list[tuple[str, Path]]


class Pictures(Dataset[torch.Tensor]):
    """What a plain loop reads: a file, opened and preprocessed."""

    def __init__(self, images: Images, encoder: OpenClipEncoder) -> None:
        """Take the paths and the encoder's own preprocessing."""
        self.paths, self._preprocess = [path for _, path in images], encoder.preprocess

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        """The model's input."""
        return self._preprocess(Image.open(self.paths[index]).convert("RGB"))


@dataclass(frozen=True)
class Ways:
    """The ways to embed the pictures; each returns how many it embedded."""

    encoder: OpenClipEncoder
    images: Images
    folder: Path
    reports: list[EmbedReport] = field(default_factory=list)

    def all(self) -> dict[str, Callable[[], int]]:
        """By name, the floor first."""
        pixels = torch.stack([Pictures(self.images, self.encoder)[n] for n in range(_BATCH)])
        return {
            "model alone (floor)": lambda: self._alone(pixels),
            "mmvp embed": self._ours,
            "mmvp embed --decoding draft": lambda: self._ours(Decoding.draft),
            f"DataLoader, {os.cpu_count()} workers": lambda: self._loop(
                _BATCH, os.cpu_count() or 1
            ),
            "DataLoader, no workers": lambda: self._loop(_BATCH, 0),
            "as clip-retrieval": lambda: self._loop(
                _CLIP_RETRIEVAL_BATCH, _CLIP_RETRIEVAL_WORKERS, np.float16
            ),
        }

    def _alone(self, pixels: torch.Tensor) -> int:
        n_batches = max(1, len(self.images) // _BATCH)
        for _ in range(n_batches):
            self.encoder.embed_images(pixels)
        return n_batches * _BATCH

    def _ours(self, decoding: Decoding | None = None) -> int:
        store = self.folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        self.reports.append(embed(store, self.encoder, self.images, decoding=decoding))
        return len(self.images)

    def _loop(self, batch: int, workers: int, dtype: type[np.floating] = np.float32) -> int:
        vectors: list[NDArray[np.floating]] = []
        loader = DataLoader(
            Pictures(self.images, self.encoder),
            batch_size=batch,
            num_workers=workers,
            pin_memory=self.encoder.device.startswith("cuda"),
        )
        for given in loader:
            vectors.append(self.encoder.embed_images(given).astype(dtype))
        np.save(self.folder / "vectors.npy", np.concatenate(vectors))
        return len(self.images)


def drawn(folder: Path, n_images: int) -> Images:
    """So many pictures with their hashes."""
    paths = [folder / f"{number}.jpg" for number in range(n_images)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw, paths, range(n_images), chunksize=8))
    return [(hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in paths]


def rows(speeds: dict[str, list[float]]) -> Iterator[str]:
    """Table rows: medians, ranges and the share of the floor."""
    floor = statistics.median(next(iter(speeds.values())))
    for name, of in speeds.items():
        median = statistics.median(of)
        yield f"| {name} | {median:.1f} ({min(of):.1f}-{max(of):.1f}) | {median / floor:.0%} |"


def main() -> None:
    """Print one table, and which side of `embed` waits for the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of the ways, beside the model")
    given = parser.parse_args()
    torch.manual_seed(0)
    model, _, transform = open_clip.create_model_and_transforms(given.model)
    encoder = OpenClipEncoder(f"{given.model}/random", given.model, model, transform, None)
    where = torch.cuda.get_device_name() if encoder.device != "cpu" else platform.machine()
    print(f"{given.model} on {where}, {os.cpu_count()} cores, torch {torch.__version__};", end=" ")
    print(f"{given.images} JPEGs of 1024 x 768; medians of {given.repeats} (range)\n")
    speeds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ways = Ways(encoder, drawn(folder, given.images), folder)
        floor, *others = ways.all().items()
        named = dict([floor, *(one for one in others if not given.only or one[0] in given.only)])
        for repeat in range(given.repeats + 1):
            for name, way in named.items():
                begun = time.perf_counter()
                n = way()
                if repeat:  # the first round warms up
                    speeds.setdefault(name, []).append(n / (time.perf_counter() - begun))
    print("| way | images/s | of the floor |\n|---|---|---|")
    print("\n".join(rows(speeds)))
    n_ours = sum(name.startswith("mmvp") for name in named)
    for report in ways.reports[len(ways.reports) - n_ours :]:
        limit = "reading and decoding" if report.waited > 0.1 else "the encoder"
        print(f"\nmmvp embed: {limit} is the limit; the encoder waited {report.waited:.0%} of it.")
        if report.drafts.cosine is not None:
            side = report.drafts.draft_side
            what = f"down to {side} pixels" if side else "refused"
            print(f"Draft decoding {what}: least cosine {report.drafts.cosine:.5f}.")


if __name__ == "__main__":
    main()
