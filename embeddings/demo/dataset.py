"""Writes a series of scenes to a folder: the pictures and the manifest that describes them."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from embeddings.demo.factors import PATTERN_OF_FACTOR
from embeddings.demo.scenes import Scene, draw, sample_scene

MANIFEST = "manifest.csv"
COLUMNS = ("path", "caption", "label", "kind", *PATTERN_OF_FACTOR)


def write_scenes(
    folder: Path,
    *,
    count: int,
    seed: int,
    size: int = 448,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draw scenes 0 to ``count`` - 1 of the series ``seed`` as JPEG files with a manifest.

    Pictures that are already there are kept, so a second call draws nothing.
    The manifest has a column per detail factor; a factor that a scene lacks stays empty.

    Args:
        folder: created if missing; file names name seed, size and number of a scene.
        size: width and height in pixels.
        progress: called with (pictures done, pictures to do in all).

    Returns:
        The path of the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"scene-{seed}-{size}px-{index:05d}.jpg" for index in range(count)]
    missing = [index for index, name in enumerate(names) if not (folder / name).exists()]
    done = count - len(missing)
    for _ in _written(folder, names, missing, seed, size):
        done += 1
        if progress is not None:
            progress(done, count)
    manifest = folder / MANIFEST
    text = _manifest_text(names, (sample_scene(seed, index) for index in range(count)))
    if not manifest.exists() or manifest.read_bytes() != text:
        _write_whole(manifest, text)
    return manifest


def _written(
    folder: Path, names: list[str], missing: list[int], seed: int, size: int
) -> Iterator[int]:
    jobs = partial(_write_scene, folder=folder, seed=seed, size=size)
    targets = [names[index] for index in missing]
    workers = min(os.cpu_count() or 1, max(1, len(missing) // 32))
    if workers == 1:
        yield from map(jobs, missing, targets)
        return
    # Spawned, not forked: the caller may already run threads of torch or of a server.
    with _pool(workers) as pool:
        yield from pool.map(jobs, missing, targets, chunksize=16)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _write_scene(index: int, name: str, *, folder: Path, seed: int, size: int) -> int:
    buffer = io.BytesIO()
    picture = draw(sample_scene(seed, index), size)
    picture.save(buffer, "JPEG", quality=92, subsampling=0, optimize=True)
    _write_whole(folder / name, buffer.getvalue())
    return index


def _manifest_text(names: Iterable[str], scenes: Iterable[Scene]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for name, scene in zip(names, scenes, strict=True):
        about = {"path": name, "caption": scene.caption, "label": scene.label, "kind": scene.kind}
        writer.writerow({**about, **scene.factors})
    return text.getvalue().encode()


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that ``path`` is either absent or complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
