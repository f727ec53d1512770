"""Draws workspaces with two maps of very many images, for timing Explore: no encoder is run.

Images lie in topics, topics in groups. A group is one small heap on the blind map and falls apart
into parts on the reference map; candidate pairs are images of one heap and two parts.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.encoders import ensure_encoder
from db.images import FoundFile, list_images, record_scan
from db.pairs import NewPair, NewRun, record_run
from db.views import ImageView
from embeddings.encoder import EncoderSpec
from embeddings.images import thumbnail_jpeg
from embeddings.layouts import UNNUMBERED, LayoutKind, LayoutVersion, save_layout
from embeddings.store import EmbeddingStore, StoreManifest

BLIND, REFERENCE = "open_clip:ViT-L-14-336/openai", "hf:facebook/dinov2-large"
TOPICS = ("animals", "boats", "chairs", "clocks", "dishes", "doors", "fruit", "signs")
GROUPS_PER_TOPIC, PARTS = 40, 3
N_PICTURES = 96  # drawn once; the thumbnails of all images are links to them
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draw_workspace(root: Path, *, n_images: int, n_pairs: int, seed: int = 7) -> Path:
    """A workspace at `root` as `mmvp mine` and `mmvp map` would leave it; returns `root`."""
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, len(TOPICS) * GROUPS_PER_TOPIC, n_images))
    part = rng.integers(0, PARTS, n_images)
    with Studio.open(root, Settings(annotator="Ann")) as studio:
        images = _record_images(studio, group)
        _link_thumbnails(studio, images)
        keys = [image.sha256 for image in images]
        slugs = [EncoderSpec.parse(spec).slug for spec in (BLIND, REFERENCE)]
        about = LayoutVersion(UNNUMBERED, LayoutKind.aligned, "drawn", {}, {}, "", n_images, "")
        points = _blind(rng, group), _reference(rng, group, part)
        save_layout(studio.workspace.layout_versions(*slugs), keys, *points, about)
        for spec, slug in zip((BLIND, REFERENCE), slugs, strict=True):
            manifest = StoreManifest(spec, 8, "resize to 224", "0" * 64, {"torch": "2"})
            EmbeddingStore.create(studio.workspace.store(slug), manifest)
        _record_pairs(studio, images, _pairs(rng, group, part, n_pairs))
    return root


def _record_images(studio: Studio, group: Ints) -> list[ImageView]:
    ensure_annotator(studio.database, "Ann")
    files = [
        FoundFile(
            path=Path(f"/synthetic/{number:06d}.jpg"),
            sha256=hashlib.sha256(str(number).encode()).hexdigest(),
            width=640,
            height=640,
            format="JPEG",
            size_bytes=1,
            mtime_ns=0,
            perceptual_hash=0,
            caption=f"picture {number} of group {of_group}",
            label=TOPICS[of_group // GROUPS_PER_TOPIC],
            group=None,
            metadata={},
        )
        for number, of_group in enumerate(group.tolist())
    ]
    record_scan(studio.database, Path("/synthetic"), files, complete=True)
    rank = {file.sha256: number for number, file in enumerate(files)}
    return sorted(list_images(studio.database), key=lambda image: rank[image.sha256])


def _link_thumbnails(studio: Studio, images: Sequence[ImageView]) -> None:
    drawn = studio.workspace.thumbnails / "drawn"
    drawn.mkdir(parents=True)
    for number in range(N_PICTURES):
        (drawn / f"{number}.jpg").write_bytes(thumbnail_jpeg(_picture(number)))
    for number, image in enumerate(images):
        target = studio.workspace.thumbnail(image.sha256)
        target.parent.mkdir(exist_ok=True)
        os.link(drawn / f"{number % N_PICTURES}.jpg", target)


def _picture(number: int) -> Image.Image:
    hue = (number * 37) % 255
    picture = Image.new("HSV", (320, 320), (hue, 60, 235))
    draw = ImageDraw.Draw(picture)
    left = 30 + (number * 53) % 110
    draw.ellipse((left, 70, left + 150, 220), fill=((hue + 110) % 255, 150, 220))
    draw.rectangle((left + 60, 190, left + 190, 290), fill=((hue + 60) % 255, 140, 160))
    return picture.convert("RGB")


def _centres(rng: np.random.Generator, n: int) -> Floats:
    """Places in the unit disc that keep apart: each the best of some random ones."""
    found = np.zeros((0, 2))
    while len(found) < n:
        tried = rng.uniform(-1, 1, (40, 2))
        tried = tried[np.hypot(tried[:, 0], tried[:, 1]) < 1]
        apart = [np.min(np.hypot(*(found - one).T), initial=9) for one in tried]
        found = np.vstack([found, tried[int(np.argmax(apart))]])
    return found


def _blind(rng: np.random.Generator, group: Ints) -> NDArray[np.float32]:
    topics = 0.72 * _centres(rng, len(TOPICS))
    groups = topics.repeat(GROUPS_PER_TOPIC, 0)
    groups = groups + 0.24 * np.vstack([_centres(rng, GROUPS_PER_TOPIC) for _ in TOPICS])
    spread = rng.uniform(0.004, 0.018, len(groups))[group, None]
    points = groups[group] + spread * rng.standard_t(5, (len(group), 2))
    return np.clip(points, -1, 1).astype(np.float32)


def _reference(rng: np.random.Generator, group: Ints, part: Ints) -> NDArray[np.float32]:
    topics = 0.6 * _centres(rng, len(TOPICS))
    parts = topics.repeat(GROUPS_PER_TOPIC * PARTS, 0)
    parts = parts + rng.normal(0, 0.15, parts.shape)
    spread = rng.uniform(0.01, 0.03, len(parts))[group * PARTS + part, None]
    points: Floats = parts[group * PARTS + part] + spread * rng.standard_t(5, (len(group), 2))
    return np.clip(points, -1, 1).astype(np.float32)


def _pairs(
    rng: np.random.Generator, group: Ints, part: Ints, n_pairs: int
) -> list[tuple[int, int, float, float]]:
    """(first row, second row, blind cosine, reference cosine), each pair once."""
    found: dict[tuple[int, int], tuple[float, float]] = {}
    starts = np.searchsorted(group, np.arange(group.max() + 2))
    collapsed = rng.permutation(group.max() + 1)[: group.max() // 3]
    while len(found) < n_pairs:
        of_group = int(rng.choice(collapsed))
        i, j = sorted(rng.integers(starts[of_group], starts[of_group + 1], 2).tolist())
        if part[i] != part[j]:
            found[i, j] = (float(rng.uniform(0.95, 0.999)), float(rng.beta(2, 3) * 0.6))
    return [(i, j, *cosines) for (i, j), cosines in found.items()]


def _record_pairs(
    studio: Studio, images: Sequence[ImageView], pairs: Sequence[tuple[int, int, float, float]]
) -> None:
    database = studio.database
    blind, reference = (
        ensure_encoder(database, spec=spec, name=spec, dimension=8, weights_digest="0" * 64)
        for spec in (BLIND, REFERENCE)
    )
    run = NewRun(blind, reference, 0.95, 0.6, len(images), 1, len(pairs), {})
    rows = [NewPair(images[i].id, images[j].id, *cosines) for i, j, *cosines in pairs]
    rows.sort(key=lambda pair: pair.reference_cosine - pair.blind_cosine)
    record_run(database, run, rows)
