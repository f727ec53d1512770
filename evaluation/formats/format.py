"""What an export format is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmark import Benchmark

ImageBytes = Callable[[str], bytes]
"""From the SHA-256 of an image's original file to the bytes of a JPEG, upright."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Format:
    """One way to write a benchmark as a folder.

    ``write`` puts every file of the export into an empty folder; ``files`` are the patterns of
    their paths, by which an older export is told from a folder of a person's own files.
    """

    name: str
    about: str
    write: Callable[[Benchmark, Path, ImageBytes, Progress], None]
    files: tuple[str, ...]
