"""MMVP-VLM folders of plain pictures, and an encoder that knows their colours."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from evaluation.patterns import load_patterns

TYPES = tuple(pattern.folder for pattern in load_patterns("mmvp"))
Row = tuple[int, str, str]


def rows_of(n_of_each: int = 15, types: Sequence[str] = TYPES) -> list[Row]:
    """Rows as MMVP-VLM numbers them: blocks of one type, the odd row says what image 1 shows."""
    found = []
    for number in range(1, 2 * n_of_each * len(types) + 1):
        kind = types[(number - 1) // (2 * n_of_each)]
        found.append((number, kind, f"the colour {colour(number)}"))
    return found


def colour(number: int) -> str:
    """Neighbours in number are far apart in colour."""
    red, green, blue = ((number * step) % 256 for step in (151, 83, 197))
    return f"#{red:02x}{green:02x}{blue:02x}"


def write_vlm(
    folder: Path,
    rows: Sequence[Row],
    *,
    root: str = "MLLM_VLM Images",
    header: Sequence[str] = ("Question ID", "Type", "Statement"),
) -> Path:
    """The rows as they stand, each with its picture."""
    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([header, *rows])
    (folder / "Questions.csv").write_text(table.getvalue(), encoding="utf-8")
    for number, kind, _ in rows:
        path = folder / root / kind / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), colour(number)).save(path, "JPEG", quality=95)
    return folder


class ColourEncoder:
    """Sees the mean colour of an image, reads a colour at the end of a text: always right."""

    spec = name = "oracle:colours"
    dimension, image_size, n_parameters = 3, 16, 2_500_000
    weights_digest = preprocess_description = ""
    device = "cpu"

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        pixels = np.asarray(image, dtype=np.float32).transpose(2, 0, 1)
        return torch.from_numpy(np.ascontiguousarray(pixels))

    def embed_images(self, batch: torch.Tensor) -> NDArray[np.float32]:
        return _directions(batch.mean(dim=(2, 3)).numpy())

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert all(text.startswith("a photo of the colour #") for text in texts)
        return _directions(np.array([list(bytes.fromhex(text[-6:])) for text in texts]))


def _directions(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """From the middle grey, so that bright and dark of one hue are told apart."""
    moved = np.asarray(colours, dtype=np.float32) - 127.4
    found: NDArray[np.float32] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return found
