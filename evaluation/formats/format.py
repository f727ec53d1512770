"""What an export format is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmark import Benchmark
from evaluation.key_order import KeyOrder

ImageBytes = Callable[[str], bytes]
"""From the SHA-256 of an image's original file to the bytes of a JPEG, upright."""

Progress = Callable[[int, int], None]

PLACEHOLDER_MODEL = "gpt-4o"


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What a person may choose about an export, whatever its format."""

    key_order: KeyOrder | None = None
    """None: shuffled for a benchmark made here, kept for one that was imported."""
    seed: int = 0
    """Of the key order ``shuffled``."""
    partial: bool = False
    """Write mmvp-vlm although patterns have too few pairs."""
    model: str = PLACEHOLDER_MODEL
    """What the requests of ``jsonl`` ask for."""


@dataclass(frozen=True)
class Export:
    """One export being written: what goes into which empty folder, and how.

    The pairs of ``benchmark`` are in their key order already.
    """

    benchmark: Benchmark
    folder: Path
    image_bytes: ImageBytes
    progress: Progress
    options: ExportOptions


@dataclass(frozen=True)
class Format:
    """One way to write a benchmark as a folder.

    ``write`` puts every file of the export into the folder, and gives back what a person has to
    know about it, one sentence a note. ``files`` are the patterns of the files' paths, by which
    an older export is told from a folder of a person's own files.
    """

    name: str
    about: str
    readers: str
    """Who reads it, one line."""
    write: Callable[[Export], Sequence[str]]
    files: tuple[str, ...]
    has_key_order: bool = True
    """False where the format has an order of its own."""
