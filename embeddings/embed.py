"""The embedding loop: run the encoder over what is missing, write shards, resume."""

import importlib.metadata
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from embeddings.encoder import Encoder, is_tunable
from embeddings.errors import EmbeddingsError
from embeddings.forwards import OutOfMemoryError
from embeddings.images import DEFAULT_MAX_PIXELS, Images
from embeddings.progress import Progress
from embeddings.shards import (
    CPU_BATCH,
    Engine,
    HowToCompute,
    Shard,
    computed_shards,
    usual_batch_size,
)
from embeddings.store import EmbeddingStore, StoreManifest, StoreMismatch, writing
from embeddings.trial import DraftTrial, PrecisionTrial, settle_precision, try_drafts

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


@dataclass
class _Run:
    """One call of `embed` while it runs."""

    store: EmbeddingStore
    encoder: Encoder
    engine: Engine
    how: HowToCompute
    total: int
    progress: Progress | None
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
    engine: Engine = computed_shards,
    compiled: bool = False,
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
        engine: where the vectors are computed; the store is the same.
        compiled: whether ``encoder`` is, for the engine's other processes.

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
        batch_size = batch_size or _batch_size(store, encoder, missing)
        how = HowToCompute(batch_size, max_pixels, drafts.draft_side, workers, compiled)
        done = len(paths) - len(missing)
        run = _Run(store, encoder, engine, how, len(paths), progress, done)
        started = time.perf_counter()
        run.advance(0)
        new, failed_before = _split(missing, store.skipped)
        for keys in (new, failed_before):
            _embed_all(run, [(key, paths[key]) for key in keys], shard_size)
        elapsed = time.perf_counter() - started
    return _report(run, len(paths) - len(missing), elapsed, drafts, precision)


def _report(
    run: _Run, n_already: int, elapsed: float, drafts: DraftTrial, precision: PrecisionTrial
) -> EmbedReport:
    return EmbedReport(
        n_embedded=run.n_embedded,
        n_already=n_already,
        skipped=run.skipped,
        images_per_second=run.n_embedded / elapsed if run.n_embedded else 0.0,
        batch_size=run.how.batch_size,
        device=run.encoder.device,
        waited=run.seconds_waited / elapsed,
        drafts=drafts,
        precision=precision,
    )


def _batch_size(store: EmbeddingStore, encoder: Encoder, missing: list[str]) -> int:
    return store.manifest.batch_size or (usual_batch_size(encoder) if missing else CPU_BATCH)


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
        run.store.set_batch_size(run.how.batch_size)
        done_before = run.done - finished
        left = images[finished:]
        shards = [left[at : at + shard_size] for at in range(0, len(left), shard_size)]
        try:
            with closing(run.engine(run.encoder, shards, run.how, run.advance)) as computed:
                for shard, of in zip(computed, shards, strict=True):
                    _write_shard(run, shard)
                    finished += len(of)
                    run.advance(done_before + finished - run.done)
        except OutOfMemoryError:
            if run.how.batch_size == 1:
                what = "not enough memory for a single image."
                hint = "Use a smaller encoder, or the CPU."
                raise EmbeddingsError(what, where=run.encoder.spec, hint=hint) from None
            run.how = replace(run.how, batch_size=run.how.batch_size // 2)
            run.done = done_before + finished


def _write_shard(run: _Run, shard: Shard) -> None:
    before = run.store.skipped
    if shard.keys or any(before.get(key) != reason for key, reason in shard.skipped.items()):
        run.store.append(shard.keys, shard.vectors, shard.skipped)
    run.n_embedded += len(shard.keys)
    run.skipped |= shard.skipped
    run.seconds_waited += shard.seconds_waited
