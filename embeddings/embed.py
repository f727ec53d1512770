"""The embedding loop: run the encoder over what is missing, write shards, resume."""

import importlib.metadata
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.decoding import Images, decode_batches
from embeddings.encoder import Encoder, is_tunable
from embeddings.errors import EmbeddingsError
from embeddings.images import DEFAULT_MAX_PIXELS
from embeddings.progress import Progress
from embeddings.store import EmbeddingStore, StoreManifest, StoreMismatch, writing
from embeddings.trial import DraftTrial, PrecisionTrial, settle_precision, try_drafts

_CPU_BATCH: Final = 32
_GPU_BATCH: Final = 256
_LIBRARIES: Final = ("torch", "pillow", "numpy", "open_clip_torch", "transformers", "timm")


class Decoding(StrEnum):
    """How JPEGs are decoded: in full, or smaller where a trial shows that it does not matter."""

    full = "full"
    draft = "draft"


@dataclass(frozen=True)
class EmbedReport:
    """What one call of `embed` did; `skipped` is hash to reason of images without a vector.

    Attributes:
        waited: share of the time, 0 to 1, in which the encoder waited for decoded images.
        drafts: at which size JPEGs were decoded; no cosine where an earlier call had tried it.
    """

    n_embedded: int
    n_already: int
    skipped: dict[str, str]
    images_per_second: float
    batch_size: int
    device: str
    waited: float
    drafts: DraftTrial
    precision: PrecisionTrial


class _OutOfMemoryError(Exception):
    pass


@dataclass
class _Run:
    """One call of `embed` while it runs."""

    store: EmbeddingStore
    encoder: Encoder
    workers: int | None
    max_pixels: int
    total: int
    progress: Progress | None
    batch_size: int
    done: int
    n_embedded: int = 0
    seconds_waited: float = 0.0
    skipped: dict[str, str] = field(default_factory=dict)

    def advance(self, n_images: int) -> None:
        self.done += n_images
        if self.progress is not None:
            self.progress(self.done, self.total)


def embed(
    store_folder: Path,
    encoder: Encoder,
    images: Images,
    *,
    batch_size: int | None = None,
    shard_size: int = 256,
    workers: int | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    decoding: Decoding | None = None,
    progress: Progress | None = None,
) -> EmbedReport:
    """Give every image a vector in the store; what is there already is not computed again.

    Shards are slices of the missing hashes in sorted order and are written one after the other,
    so a run that was killed and started again gives the same files as one that was not. Images
    that could not be decoded are tried again at the end of the next call.

    Args:
        store_folder: made when missing.
        images: (SHA-256 of the file, its path); of several paths the first is read.
        batch_size: found by itself when None; halved whenever the memory is too small for it.
        shard_size: images a shard, which is what a kill loses at most.
        workers: decoding threads; as many as processors by default.
        decoding: of a new store, in full by default; one that has vectors goes on as it began.

    Raises:
        StoreMismatch: the store holds vectors of other weights or preprocessing, or of JPEGs
            decoded smaller where full decoding is asked for.
        StoreBusy: another process is writing to it.
        EmbeddingsError: the memory is too small for a single image.
    """
    paths = dict(reversed(images))
    with writing(store_folder):
        drafts = _drafts(store_folder, encoder, paths, max_pixels, decoding)
        store = _open_or_create(store_folder, encoder, drafts.draft_side)
        missing = sorted(key for key in paths if key not in store)
        precision = _precision(encoder, [(key, paths[key]) for key in missing], max_pixels)
        run = _Run(
            store=store,
            encoder=encoder,
            workers=workers,
            max_pixels=max_pixels,
            total=len(paths),
            progress=progress,
            batch_size=batch_size
            or store.manifest.batch_size
            or _first_batch_size(encoder, missing),
            done=len(paths) - len(missing),
        )
        started = time.perf_counter()
        run.advance(0)
        new, failed_before = _split(missing, store.skipped)
        for keys in (new, failed_before):
            _embed_all(run, [(key, paths[key]) for key in keys], shard_size)
        elapsed = time.perf_counter() - started
    return EmbedReport(
        n_embedded=run.n_embedded,
        n_already=len(paths) - len(missing),
        skipped=run.skipped,
        images_per_second=run.n_embedded / elapsed if run.n_embedded else 0.0,
        batch_size=run.batch_size,
        device=encoder.device,
        waited=run.seconds_waited / elapsed,
        drafts=drafts,
        precision=precision,
    )


def _drafts(
    folder: Path,
    encoder: Encoder,
    paths: Mapping[str, Path],
    max_pixels: int,
    decoding: Decoding | None,
) -> DraftTrial:
    if EmbeddingStore.exists(folder):
        side = EmbeddingStore.read_manifest(folder).draft_side
        if decoding is Decoding.full and side is not None:
            what = "its vectors came from JPEGs that were decoded smaller."
            hint = "Delete the folder to embed all images anew, or leave --decoding out."
            raise StoreMismatch(what, where=str(folder), hint=hint)
        return DraftTrial(side, None, 0)
    if decoding is not Decoding.draft:
        return DraftTrial(None, None, 0)
    return try_drafts(encoder, list(paths.items()), max_pixels=max_pixels)


def _precision(encoder: Encoder, images: Images, max_pixels: int) -> PrecisionTrial:
    if not is_tunable(encoder):
        return PrecisionTrial("float32", None, 0)
    return settle_precision(encoder, images, max_pixels=max_pixels)


def _open_or_create(folder: Path, encoder: Encoder, draft_side: int | None) -> EmbeddingStore:
    manifest = StoreManifest(
        spec=encoder.spec,
        dimension=encoder.dimension,
        preprocess=encoder.preprocess_description,
        weights_digest=encoder.weights_digest,
        versions={name: importlib.metadata.version(name) for name in _LIBRARIES},
        draft_side=draft_side,
    )
    if not EmbeddingStore.exists(folder):
        return EmbeddingStore.create(folder, manifest)
    store = EmbeddingStore.open(folder)
    changed = store.manifest.differs_from(manifest)
    if changed:
        what = f"its vectors came from another encoder ({', '.join(changed)} changed)."
        hint = "Delete the folder to embed all images anew, or use the old weights."
        raise StoreMismatch(what, where=str(folder), hint=hint)
    return store


def _split(keys: list[str], among: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Those that are not in `among`, and those that are."""
    return [key for key in keys if key not in among], [key for key in keys if key in among]


def _embed_all(run: _Run, images: Images, shard_size: int) -> None:
    """Write the images shard by shard; start a shard again with smaller batches if need be."""
    finished = 0
    while finished < len(images):
        run.store.set_batch_size(run.batch_size)
        done_before = run.done - finished
        try:
            with closing(_written_shards(run, images[finished:], shard_size)) as shards:
                for n_images in shards:
                    finished += n_images
        except _OutOfMemoryError:
            if run.batch_size == 1:
                what = "not enough memory for a single image."
                hint = "Use a smaller encoder, or the CPU."
                raise EmbeddingsError(what, where=run.encoder.spec, hint=hint) from None
            run.batch_size //= 2
            run.done = done_before + finished


def _written_shards(run: _Run, images: Images, shard_size: int) -> Generator[int]:
    """Write one shard after the other, yielding how many images each covers."""
    shards = [images[at : at + shard_size] for at in range(0, len(images), shard_size)]
    # Batches never cross a shard's border: what is in a batch can change a vector's last bits.
    cut = [
        [shard[at : at + run.batch_size] for at in range(0, len(shard), run.batch_size)]
        for shard in shards
    ]
    decoded = decode_batches(
        run.encoder,
        [batch for batches in cut for batch in batches],
        max_pixels=run.max_pixels,
        draft_side=run.store.manifest.draft_side,
        workers=run.workers,
    )
    with closing(decoded):
        for batches, shard in zip(cut, shards, strict=True):
            keys: list[str] = []
            vectors: list[NDArray[np.float32]] = []
            skipped: dict[str, str] = {}
            for images_of_batch in batches:
                begun = time.perf_counter()
                batch = next(decoded)
                run.seconds_waited += time.perf_counter() - begun
                if batch.pixels is not None:
                    vectors.append(_forward(run.encoder, batch.pixels))
                keys += batch.keys
                skipped |= batch.skipped
                if images_of_batch is not batches[-1]:
                    run.advance(len(images_of_batch))
            _write_shard(run, keys, vectors, skipped)
            run.advance(len(batches[-1]))
            yield len(shard)


def _write_shard(
    run: _Run, keys: list[str], vectors: list[NDArray[np.float32]], skipped: dict[str, str]
) -> None:
    before = run.store.skipped
    if keys or any(before.get(key) != reason for key, reason in skipped.items()):
        empty = np.empty((0, run.encoder.dimension), dtype=np.float32)
        run.store.append(keys, np.concatenate([empty, *vectors]), skipped)
    run.n_embedded += len(keys)
    run.skipped |= skipped


def _forward(encoder: Encoder, pixels: torch.Tensor) -> NDArray[np.float32]:
    try:
        return encoder.embed_images(pixels)
    except (torch.OutOfMemoryError, MemoryError):
        pass
    except RuntimeError as error:
        # What torch's allocator for main memory says.
        if "can't allocate memory" not in str(error):
            raise
    # Outside the handlers, whose traceback would keep the failed batch's tensors alive.
    if encoder.device.startswith("cuda"):
        torch.cuda.empty_cache()
    raise _OutOfMemoryError


def _first_batch_size(encoder: Encoder, missing: list[str]) -> int:
    """A fixed size on a CPU; on a GPU the largest that fits, up to where it no longer pays."""
    if not missing or not encoder.device.startswith("cuda"):
        return _CPU_BATCH
    size = _GPU_BATCH
    while size > 1:
        try:
            _forward(encoder, torch.zeros(size, 3, encoder.image_size, encoder.image_size))
        except _OutOfMemoryError:
            size //= 2
        else:
            break
    return size
