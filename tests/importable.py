"""Benchmarks to import: small real ones with real pictures, as others would hand them over."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmark import Benchmark, BenchmarkPair, ImageEntry, Question, pattern_entries
from evaluation.formats import ExportOptions, export
from evaluation.patterns import load_patterns
from tests.annotator.tiny_studio import draw_picture

QUESTIONS = (
    ("Is the first block bright or dark?", "Bright", "Dark", "state"),
    ('Can you see the word "Z"?', "Yes", "No", "text"),
    ("How many blocks, roughly, are red?", "2", "3", "quantity"),
)
FIRST_SEED = 5000
KEPT = ExportOptions(key_order="kept")


def jpeg(seed: int) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    draw_picture(FIRST_SEED + seed).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@dataclass(frozen=True)
class Made:
    """A benchmark of pictures: their bytes by SHA-256, and its document."""

    benchmark: Benchmark
    images: dict[str, bytes]


def made(n_pairs: int = 3, *, name: str = "Blocks", first_id: int = 1) -> Made:
    """A benchmark of this many pairs; odd rows are not always (a)."""
    images: dict[str, bytes] = {}
    pairs = []
    for at in range(n_pairs):
        entries = []
        for side in range(2):
            data = jpeg(2 * at + side)
            digest = hashlib.sha256(data).hexdigest()
            images[digest] = data
            entries.append(
                ImageEntry(sha256=digest, file_name=f"{2 * at + side + 1}.jpg", width=64, height=64)
            )
        text, option_a, option_b, pattern = QUESTIONS[at % len(QUESTIONS)]
        pairs.append(
            BenchmarkPair(
                pair_id=first_id + at,
                first=entries[0],
                second=entries[1],
                blind_cosine=0.97 if at % 2 else None,
                reference_cosine=0.41 if at % 2 else None,
                question=Question(
                    text=text,
                    option_a=option_a,
                    option_b=option_b,
                    answer_first="ab"[at % 2],  # type: ignore[arg-type]
                    answer_second="ba"[at % 2],  # type: ignore[arg-type]
                ),
                pattern=pattern,
                annotators=["Ada", "Zoë"],
                annotated_at="2026-11-24T09:30:00+00:00",
                note="seen twice" if at else "",
            )
        )
    benchmark = Benchmark(
        name=name,
        created_by="Somebody else's program 3",
        blind_encoder=None,
        reference_encoder=None,
        blind_min=None,
        reference_max=None,
        patterns=pattern_entries(load_patterns("mmvp")),
        pairs=pairs,
    )
    return Made(benchmark, images)


def exported(
    folder: Path,
    *,
    of: Made | None = None,
    format_name: str = "mmvp",
    options: ExportOptions = KEPT,
) -> Path:
    """The same as an export of ours, in the order of its pairs."""
    of = of or made()
    image_bytes = of.images.__getitem__
    export(of.benchmark, format_name, folder, image_bytes=image_bytes, options=options)
    return folder


def mmvp_folder(
    folder: Path,
    *,
    n_pairs: int = 3,
    index: str = "Index",
    swapped: Sequence[int] = (),
) -> Path:
    """The original layout, without a document: odd rows are (a), those of `swapped` pairs (b)."""
    (folder / "MMVP Images").mkdir(parents=True)
    rows = []
    for at in range(n_pairs):
        text, option_a, option_b, _ = QUESTIONS[at % len(QUESTIONS)]
        keys = ("(b)", "(a)") if at + 1 in swapped else ("(a)", "(b)")
        for side, key in enumerate(keys):
            row = 2 * at + side + 1
            (folder / "MMVP Images" / f"{row}.jpg").write_bytes(jpeg(row - 1))
            rows.append(
                [
                    row,
                    f"{text[:-1]}, in picture set {at + 1}?",
                    f"(a) {option_a} (b) {option_b}",
                    key,
                ]
            )
    with (folder / "Questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([index, "Question", "Options", "Correct Answer"])
        writer.writerows(rows)
    return folder
