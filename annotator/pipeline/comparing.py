"""The compare step: how much of the reference space's neighbourhoods the blind space loses."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import EmbeddedImages, digest_of, embedded_images
from annotator.studio import Studio
from db.pairs import current_run
from embeddings import comparison
from embeddings.comparison import Checkpoint, Comparison, ComparisonError, ComparisonOptions
from embeddings.encoder import EncoderSpec
from embeddings.neighbors import BLOCK_SIZE
from embeddings.progress import Progress

_FILE, _UNFINISHED, _LOCK = "comparison.npz", "unfinished.npz", ".lock"


@dataclass(frozen=True)
class CompareReport:
    """A comparison; `already` says that the file held this very one before.

    The means are over the images that have the measure, None when none has; `exact_above` is the
    blind cosine above which the histogram counts every pair.
    """

    blind_encoder: str
    reference_encoder: str
    options: ComparisonOptions
    n_images: int
    mean_overlap: float | None
    mean_collapse: float | None
    n_pairs: int
    n_exact: int
    exact_above: float
    n_sampled: int
    n_regions: int
    path: Path
    already: bool


def compare(
    studio: Studio,
    roles: EncoderRoles,
    options: ComparisonOptions | None = None,
    *,
    progress: Progress | None = None,
) -> CompareReport:
    """Compares both spaces, unless the stored comparison is of the same vectors and options.

    An interrupted comparison goes on where it was.

    Raises:
        AppError: not every image is embedded yet, or another process is at it.
    """
    options = options or comparison_options(studio)
    embedded = embedded_images(studio, roles)
    path = comparison_file(studio, roles)
    manifest = _manifest(embedded, roles, options)
    if _describes(path, manifest):
        return _report(roles, options, load(path), path, already=True)
    with _alone(path.parent):
        unfinished = Checkpoint(
            path.parent / _UNFINISHED, digest_of([repr(manifest), str(BLOCK_SIZE)])
        )
        found = comparison.compare(
            embedded.vectors(embedded.blind),
            embedded.vectors(embedded.reference),
            options,
            checkpoint=unfinished,
            progress=progress,
        )
        versions = {name: importlib.metadata.version(name) for name in ("numpy", "scikit-learn")}
        comparison.save_comparison(path, embedded.keys, found, manifest | {"versions": versions})
        unfinished.remove()
    return _report(roles, options, found, path, already=False)


def comparison_options(
    studio: Studio, *, k: int | None = None, reference_max: float | None = None
) -> ComparisonOptions:
    """As given; far away means what it means for the current mining run, unless told otherwise."""
    usual = ComparisonOptions()
    run = current_run(studio.database)
    if reference_max is None:
        reference_max = run.reference_max if run else usual.reference_max
    return ComparisonOptions(k=k or usual.k, reference_max=reference_max)


def comparison_file(studio: Studio, roles: EncoderRoles) -> Path:
    """Where the comparison of these encoders is, or would be."""
    slugs = [EncoderSpec.parse(spec).slug for _, spec in roles]
    return studio.workspace.comparison(slugs[0], slugs[1]) / _FILE


def load(path: Path) -> Comparison:
    """The stored comparison.

    Raises:
        ComparisonError: the file is missing or is no comparison.
    """
    return comparison.load_comparison(path)[1]


def _manifest(
    embedded: EmbeddedImages, roles: EncoderRoles, options: ComparisonOptions
) -> dict[str, Any]:
    return {
        "fingerprint": embedded.fingerprint(),
        "weights": embedded.weights(),
        "blind": roles.blind,
        "reference": roles.reference,
        "n_images": len(embedded.images),
        "options": asdict(options),
    }


def _describes(path: Path, manifest: dict[str, Any]) -> bool:
    try:
        stored = comparison.read_manifest(path)
    except ComparisonError:  # absent or unreadable: made again
        return False
    return {name: stored.get(name) for name in manifest} == manifest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / _LOCK, timeout=0):
            yield
    except Timeout as error:
        raise AppError(
            "another process is comparing these encoders.",
            where=str(folder),
            hint="Wait for the other `mmvp compare`, or stop it.",
        ) from error


def _report(
    roles: EncoderRoles,
    options: ComparisonOptions,
    found: Comparison,
    path: Path,
    *,
    already: bool,
) -> CompareReport:
    n_images = len(found.overlap)
    return CompareReport(
        blind_encoder=roles.blind,
        reference_encoder=roles.reference,
        options=options,
        n_images=n_images,
        mean_overlap=known_mean(found.overlap),
        mean_collapse=known_mean(found.collapse),
        n_pairs=n_images * (n_images - 1) // 2,
        n_exact=found.histogram.n_exact,
        exact_above=found.histogram.exact_above,
        n_sampled=found.histogram.n_sampled,
        n_regions=len(found.regions),
        path=path,
        already=already,
    )


def known_mean(values: NDArray[np.float64]) -> float | None:
    """Mean of what is a number; None when nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
