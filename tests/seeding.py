"""A small workspace with pairs of houses, ready for review: what the app's tests start from."""

import hashlib
from pathlib import Path

from PIL import Image, ImageDraw

from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.encoders import ensure_encoder
from db.images import FoundFile, list_images, record_scan
from db.pairs import NewPair, NewRun, record_run

NASTY = "<img src=x onerror=window.__hacked=1>"


def draw_picture(path: Path, number: int, *, mirrored: bool) -> None:
    """A house on a hill; the mirrored one has its door on the other side."""
    picture = Image.new("RGB", (640, 480), (205, 228, 240))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 640, 480), fill=(140, 180, 110))
    left = 180
    wall = [(214, 120, 92), (226, 190, 110), (120, 150, 190), (190, 140, 180)][number % 4]
    draw.rectangle((left, 200, left + 280, 400), fill=wall)
    draw.polygon([(left - 20, 200), (left + 300, 200), (left + 140, 90)], fill=(110, 70, 60))
    door = left + (200 if mirrored else 30)
    draw.rectangle((door, 280, door + 60, 400), fill=(80, 55, 40))
    draw.rectangle((left + 110, 240, left + 170, 300), fill=(235, 240, 250))
    draw.text((20, 20), f"house {number}", fill=(60, 60, 60))
    picture.save(path, quality=90)


def found_file(path: Path, caption: str) -> FoundFile:
    """A file as the scan would report it."""
    with Image.open(path) as picture:
        width, height = picture.size
    status = path.stat()
    return FoundFile(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        width=width,
        height=height,
        format="JPEG",
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        perceptual_hash=0,
        caption=caption,
        label=None,
        group=None,
        metadata={},
    )


def seed(root: Path, *, n_pairs: int) -> None:
    """A workspace with pairs of houses, ready for review."""
    pictures = root / "pictures"
    pictures.mkdir(parents=True)
    files = []
    for number in range(n_pairs):
        for mirrored in (False, True):
            name = f"house {number} {'b' if mirrored else 'a'}.jpg"
            if number == 0 and mirrored:
                name = f"{NASTY}.jpg"
            draw_picture(pictures / name, number, mirrored=mirrored)
            files.append(found_file(pictures / name, f"{NASTY} a house on a hill"))
    with Studio.open(root / "workspace", Settings(annotator="Ann")) as studio:
        database = studio.database
        record_scan(database, pictures, files, complete=True)
        ids = {image.sha256: image.id for image in list_images(database)}
        ensure_annotator(database, "Ann")
        blind = ensure_encoder(
            database,
            spec="open_clip:ViT-L-14-336/openai",
            name="x",
            dimension=768,
            weights_digest="0",
        )
        reference = ensure_encoder(
            database, spec="hf:facebook/dinov2-large", name="y", dimension=1024, weights_digest="0"
        )
        run = NewRun(blind, reference, 0.95, 0.6, len(files), 1000, n_pairs, {})
        pairs = [
            NewPair(
                ids[files[2 * k].sha256],
                ids[files[2 * k + 1].sha256],
                0.985 - k / 2000,
                0.3 + k / 200,
            )
            for k in range(n_pairs)
        ]
        record_run(database, run, pairs)
