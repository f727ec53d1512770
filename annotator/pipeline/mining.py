"""The mine step: pairs that the blind encoder merges and the reference one tells apart."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from annotator.pipeline.mining_inputs import mining_inputs
from annotator.pipeline.ordering import order
from annotator.pipeline.roles import EncoderRoles, remember_roles
from annotator.pipeline.vectors import EmbeddedImages, digest_of, embedded_images
from annotator.studio import Studio
from db.encoders import ensure_encoder
from db.images import perceptual_hashes
from db.pairs import NewPair, NewRun, current_run, has_pairs_from, record_run
from embeddings import mining
from embeddings.encoder import EncoderSpec
from embeddings.near_duplicates import NEAR_DUPLICATE_DISTANCE
from embeddings.progress import Progress
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class MiningOptions:
    """What makes a pair a candidate, and which candidates an annotator is spared.

    Attributes:
        limit: keep only so many best pairs; None keeps all.
        max_per_image: pairs one image may be in; None does not cap.
        keep_near_duplicates: also pairs that are the same picture resized or recompressed.
        one_per_group: at most one pair for each group of the manifest.
    """

    blind_min: float = 0.95
    reference_max: float = 0.6
    limit: int | None = None
    max_per_image: int | None = 3
    keep_near_duplicates: bool = False
    one_per_group: bool = True

    def __post_init__(self) -> None:
        """A threshold written 1 is the same as 1.0, also where options are compared as text."""
        object.__setattr__(self, "blind_min", float(self.blind_min))
        object.__setattr__(self, "reference_max", float(self.reference_max))


@dataclass(frozen=True)
class MineReport:
    """A mining run; `already` says that it had been done before with the same input.

    `method` is how all pairs were compared, in words, and `n_examined` how many of them needed
    their exact cosines; empty and 0 for runs of versions that did not store it. `n_known` images
    had been compared with each other by an earlier run.
    """

    run_id: int
    blind_encoder: str
    reference_encoder: str
    options: MiningOptions
    counts: dict[str, int]
    n_pairs: int
    already: bool
    method: str
    n_examined: int
    n_known: int = 0


@dataclass(frozen=True)
class SuggestReport:
    """Pairs over each grid point's thresholds, before any filter: counts[blind][reference]."""

    blind_encoder: str
    reference_encoder: str
    blind_grid: list[float]
    reference_grid: list[float]
    counts: list[list[int]]
    n_wanted: int
    blind_min: float | None
    reference_max: float | None
    n_pairs: int


def mine(
    studio: Studio,
    roles: EncoderRoles,
    options: MiningOptions | None = None,
    *,
    memory: int | None = None,
    progress: Progress | None = None,
) -> MineReport:
    """Mines and makes the result the current queue; the same input is not mined twice.

    The queue can then be worked through by novelty and, once there are examples, by pattern. An
    interrupted run goes on where it was, and of images that were mined before only the pairs with
    new ones are compared. At most `memory` bytes are used, a quarter of the machine's by default;
    vectors that do not fit as well are read from a file.

    Raises:
        AppError: not every image is embedded yet, or another process is mining.
        MiningError: too little memory.
        TooManyPairs: says which thresholds to tighten.
    """
    options = options or MiningOptions()
    embedded = embedded_images(studio, roles)
    remember_roles(studio, roles)
    groups = _groups(embedded, options)
    hashes = perceptual_hashes(studio.database)
    fingerprint = digest_of(
        [embedded.fingerprint(), repr(options), repr(groups), repr(sorted(hashes.items()))]
    )
    done = _done_before(studio, roles, options, fingerprint)
    if done is not None:
        return done
    mined = _mined(studio, embedded, options, groups, hashes, memory, progress)
    run_id = record_run(
        studio.database,
        _new_run(studio, embedded, options, mined, fingerprint),
        _new_pairs(embedded, mined),
    )
    order(studio)
    counts = asdict(mined.counts)
    how = mined.method, mined.n_examined
    report = MineReport(run_id, *_specs(roles), options, counts, len(mined), False, *how)
    return replace(report, n_known=mined.n_known)


def _done_before(
    studio: Studio, roles: EncoderRoles, options: MiningOptions, fingerprint: str
) -> MineReport | None:
    """The run whose pairs are the queue, if its input was this one."""
    current = current_run(studio.database)
    if current is None or current.options.get("fingerprint") != fingerprint:
        return None
    if not has_pairs_from(studio.database, current.id):
        return None
    if current.n_ordered is None:  # mined by an older version
        order(studio)
    counts = dict(current.options["counts"])
    how = current.options.get("method", ""), current.options.get("n_examined", 0)
    return MineReport(current.id, *_specs(roles), options, counts, counts["n_kept"], True, *how)


def _mined(
    studio: Studio,
    embedded: EmbeddedImages,
    options: MiningOptions,
    groups: Sequence[str | None] | None,
    hashes: dict[str, int],
    memory: int | None,
    progress: Progress | None,
) -> mining.MinedPairs:
    with mining_inputs(studio, embedded, memory) as inputs:
        return mining.mine(
            inputs.blind,
            inputs.reference,
            mining.Thresholds(options.blind_min, options.reference_max),
            limit=options.limit,
            max_per_image=options.max_per_image,
            groups=groups,
            perceptual_hashes=_hash_array(embedded, hashes),
            near_duplicate_distance=(
                None if options.keep_near_duplicates else NEAR_DUPLICATE_DISTANCE
            ),
            memory=memory,
            journal=inputs.journal,
            progress=progress,
        )


def suggest(
    studio: Studio, roles: EncoderRoles, *, n_pairs: int, progress: Progress | None = None
) -> SuggestReport:
    """Counts pairs over a grid of thresholds and recommends those that give `n_pairs`.

    Raises:
        AppError: not every image is embedded yet.
    """
    embedded = embedded_images(studio, roles)
    found = mining.suggest(
        embedded.vectors(embedded.blind),
        embedded.vectors(embedded.reference),
        n_pairs=n_pairs,
        progress=progress,
    )
    return SuggestReport(
        *_specs(roles),
        blind_grid=[float(value) for value in found.blind_grid],
        reference_grid=[float(value) for value in found.reference_grid],
        counts=found.counts.tolist(),
        n_wanted=n_pairs,
        blind_min=found.recommended.blind_min if found.recommended else None,
        reference_max=found.recommended.reference_max if found.recommended else None,
        n_pairs=found.n_at_recommended,
    )


def _specs(roles: EncoderRoles) -> tuple[str, str]:
    return roles.blind, roles.reference


def _groups(embedded: EmbeddedImages, options: MiningOptions) -> Sequence[str | None] | None:
    groups = [image.group for image in embedded.images]
    return groups if options.one_per_group and any(groups) else None


def _hash_array(embedded: EmbeddedImages, hashes: dict[str, int]) -> NDArray[np.uint64]:
    return np.array([hashes[key] for key in embedded.keys], dtype=np.uint64)


def _encoder_id(studio: Studio, store: EmbeddingStore) -> int:
    manifest = store.manifest
    return ensure_encoder(
        studio.database,
        spec=manifest.spec,
        name=EncoderSpec.parse(manifest.spec).name,
        dimension=manifest.dimension,
        weights_digest=manifest.weights_digest,
    )


def _versions(embedded: EmbeddedImages) -> dict[str, str]:
    """Of the libraries that made the vectors; stays with the run when the stores are deleted."""
    return dict(embedded.reference.manifest.versions) | dict(embedded.blind.manifest.versions)


def _new_run(
    studio: Studio,
    embedded: EmbeddedImages,
    options: MiningOptions,
    mined: mining.MinedPairs,
    fingerprint: str,
) -> NewRun:
    stored = asdict(options) | {
        "fingerprint": fingerprint,
        "counts": asdict(mined.counts),
        "versions": _versions(embedded),
        "method": mined.method,
        "n_examined": mined.n_examined,
    }
    return NewRun(
        blind_encoder_id=_encoder_id(studio, embedded.blind),
        reference_encoder_id=_encoder_id(studio, embedded.reference),
        blind_min=options.blind_min,
        reference_max=options.reference_max,
        n_images=mined.counts.n_images,
        n_compared=mined.counts.n_compared,
        n_over_thresholds=mined.counts.n_over_thresholds,
        options=stored,
    )


def _new_pairs(embedded: EmbeddedImages, mined: mining.MinedPairs) -> list[NewPair]:
    ids = [image.id for image in embedded.images]
    return [
        NewPair(ids[first], ids[second], float(blind), float(reference))
        for first, second, blind, reference in zip(
            mined.first, mined.second, mined.blind_cosine, mined.reference_cosine, strict=True
        )
    ]
