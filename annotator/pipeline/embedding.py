"""The embed step: every image of the workspace gets a vector from an encoder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.engines import Computing
from annotator.pipeline.roles import EncoderRoles, remember_roles
from annotator.studio import Studio
from db.images import known_files, list_images
from db.views import ImageView
from embeddings.encoder import Encoder, EncoderSpec, is_tunable, load_encoder
from embeddings.progress import Progress
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class EmbedReport:
    """One encoder's share; device, batch size and speed are None when nothing was left to do.

    `skipped` has the reason by the image's path; `waited` is the share of the time, 0 to 1, in
    which the encoder waited for decoded images. `draft_side` is the shorter side down to which
    JPEGs were decoded smaller, None: in full. Both cosines are the smallest of a trial, to what
    is exact; None where nothing was tried.
    """

    role: str
    spec: str
    n_embedded: int
    n_already: int
    skipped: dict[str, str]
    device: str | None = None
    batch_size: int | None = None
    images_per_second: float | None = None
    waited: float | None = None
    draft_side: int | None = None
    draft_cosine: float | None = None
    precision: str | None = None
    precision_cosine: float | None = None


@dataclass(frozen=True)
class EmbedOptions:
    """How to compute vectors.

    Attributes:
        shard_size: images per file of the store: so much is lost at most by a kill.
        drafts: decode JPEGs smaller where a trial shows that it does not matter; None goes on as
            the store began, and begins a new one in full.
        compiled: have the model compiled first.
        computing: where; by default in this process.
    """

    device: str | None = None
    batch_size: int | None = None
    shard_size: int = 256
    workers: int | None = None
    drafts: bool | None = None
    compiled: bool = False
    computing: Computing = field(default_factory=Computing)


_USUAL = EmbedOptions()


def embed(
    studio: Studio,
    roles: EncoderRoles,
    role: str,
    options: EmbedOptions = _USUAL,
    *,
    progress: Progress | None = None,
) -> EmbedReport:
    """Computes what is missing in one encoder's store; the model is loaded only if need be.

    Args:
        role: "blind" or "reference".

    Raises:
        AppError: nothing is indexed yet, or a file is no longer what was indexed.
        EncoderUnavailable: the model cannot be loaded; says what to do.
    """
    spec = dict(roles)[role]
    images = _images(studio)
    folder = studio.workspace.store(EncoderSpec.parse(spec).slug)
    missing = _missing(folder, images)
    if not missing:
        remember_roles(studio, roles)
        return EmbedReport(role, spec, 0, len(images), {})
    _check_unchanged(studio, missing)
    encoder = load_encoder(spec, device=options.device or options.computing.device)
    if options.compiled and is_tunable(encoder):
        encoder.compile()
    remember_roles(studio, roles)
    return _embedded(role, encoder, folder, images, options, progress)


def _embedded(
    role: str,
    encoder: Encoder,
    folder: Path,
    images: Sequence[ImageView],
    options: EmbedOptions,
    progress: Progress | None,
) -> EmbedReport:
    from embeddings.embed import Decoding  # noqa: PLC0415 - torch, only now needed
    from embeddings.embed import embed as embed_images  # noqa: PLC0415
    from embeddings.shards import computed_shards  # noqa: PLC0415

    drafts = {None: None, True: Decoding.draft, False: Decoding.full}[options.drafts]
    paths = {image.sha256: image.path for image in images if image.path}
    done = embed_images(
        folder,
        encoder,
        list(paths.items()),
        batch_size=options.batch_size,
        shard_size=options.shard_size,
        workers=options.workers,
        max_pixels=max(image.width * image.height for image in images),
        engine=options.computing.engine or computed_shards,
        compiled=options.compiled,
        decoding=drafts,
        progress=progress,
    )
    return EmbedReport(
        role=role,
        spec=encoder.spec,
        n_embedded=done.n_embedded,
        n_already=done.n_already,
        skipped={str(paths[key]): why for key, why in sorted(done.skipped.items())},
        device=done.device,
        batch_size=done.batch_size,
        images_per_second=done.images_per_second,
        waited=done.waited,
        draft_side=done.drafts.draft_side,
        draft_cosine=done.drafts.cosine,
        precision=done.precision.precision,
        precision_cosine=done.precision.cosine,
    )


def _images(studio: Studio) -> list[ImageView]:
    images = list_images(studio.database)
    if not images:
        raise AppError(
            "no image is indexed yet.",
            where=str(studio.workspace.root),
            hint="Start with `mmvp index IMAGES`.",
        )
    return images


def _missing(folder: Path, images: Sequence[ImageView]) -> list[Path]:
    store = EmbeddingStore.open(folder) if EmbeddingStore.exists(folder) else frozenset[str]()
    return [image.path for image in images if image.path and image.sha256 not in store]


def _check_unchanged(studio: Studio, paths: Sequence[Path]) -> None:
    """A vector is stored under the hash taken at indexing, so the file must still be that one."""
    indexed = {file.path: (file.size_bytes, file.mtime_ns) for file in known_files(studio.database)}
    changed = [path for path in paths if _stamp(path) != indexed.get(path)]
    if changed:
        raise AppError(
            f"{len(changed)} image file(s) changed or vanished since they were indexed.",
            where=str(changed[0]),
            hint="Run `mmvp index` on their folder again.",
        )


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
