"""What the database tests start from: a few images and mined pairs, and three annotators."""

from dataclasses import dataclass
from pathlib import Path

from db.annotators import ensure_annotator
from db.database import Database
from db.encoders import ensure_encoder
from db.images import FoundFile, list_images, record_scan
from db.pairs import NewPair, NewRun, record_run


def found_file(path: str, number: int = 0, **given: object) -> FoundFile:
    """A file at ``path`` with the content that ``number`` stands for."""
    values: dict[str, object] = {
        "path": Path(path),
        "sha256": f"{number:064x}",
        "width": 40,
        "height": 30,
        "format": "PNG",
        "size_bytes": 100 + number,
        "mtime_ns": 1_700_000_000_000_000_000 + number,
        "perceptual_hash": 2**64 - 1 - number,
        "caption": None,
        "label": None,
        "group": None,
        "metadata": {},
    }
    return FoundFile(**{**values, **given})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Seeded:
    """A database with images in a row, each paired with the next, and three annotators."""

    database: Database
    image_ids: list[int]
    run: NewRun
    pair_ids: list[int]
    ada: int
    ben: int
    cyd: int

    def new_pairs(self, *indices: tuple[int, int]) -> list[NewPair]:
        """Pairs of images by their index, best first."""
        return [
            NewPair(self.image_ids[i], self.image_ids[j], 0.99 - n / 1000, 0.1 + n / 1000)
            for n, (i, j) in enumerate(indices)
        ]


def seed(database: Database, *, n_pairs: int = 6) -> Seeded:
    """Fill an empty database."""
    files = [found_file(f"/photos/{n}.png", n) for n in range(n_pairs + 1)]
    record_scan(database, Path("/photos"), files, complete=True)
    image_ids = [image.id for image in list_images(database)]
    blind = ensure_encoder(
        database, spec="open_clip:tiny/x", name="tiny", dimension=8, weights_digest="b"
    )
    reference = ensure_encoder(
        database, spec="hf:tiny", name="tiny", dimension=8, weights_digest="r"
    )
    n_compared = len(files) * n_pairs // 2
    run = NewRun(blind, reference, 0.95, 0.6, len(files), n_compared, n_pairs, {"limit": None})
    seeded = Seeded(
        database,
        image_ids,
        run,
        [],
        *(ensure_annotator(database, name) for name in ("Ada", "Ben", "Cyd")),
    )
    record_run(database, run, seeded.new_pairs(*((n, n + 1) for n in range(n_pairs))))
    seeded.pair_ids.extend(range(1, n_pairs + 1))
    return seeded
