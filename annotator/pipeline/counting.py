"""How many blind pairs each choice of two encoders has: known from files, or counted."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from annotator.errors import AppError
from annotator.pipeline.comparing import comparison_file
from annotator.pipeline.files import write_json
from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import EmbeddedImages, digest_of, in_both, n_not_seen
from annotator.studio import Studio
from db.images import list_images
from embeddings.comparison import ComparisonError, JointHistogram, load_histogram, read_manifest
from embeddings.errors import EmbeddingsError
from embeddings.mining import Thresholds, count_over
from embeddings.progress import Progress
from embeddings.store import EmbeddingStore


@dataclass(frozen=True)
class Choice:
    """Two encoders of the workspace with the images that both embedded, and what those are."""

    roles: EncoderRoles
    embedded: EmbeddedImages
    fingerprint: str


@dataclass(frozen=True)
class PairCount:
    """Pairs over the thresholds before any filter; None while it is not known."""

    blind_encoder: str
    reference_encoder: str
    n_pairs: int | None


@dataclass(frozen=True)
class MatrixReport:
    """The counts of all choices; `incomplete` names encoders that have not seen all images."""

    blind_min: float
    reference_max: float
    cells: list[PairCount]
    n_counted: int
    incomplete: list[str]


def choices(studio: Studio) -> tuple[list[Choice], list[str]]:
    """Every ordered pair of encoders that embedded all images, and the specs of the others."""
    images = list_images(studio.database)
    whole: list[EmbeddingStore] = []
    incomplete: list[str] = []
    for folder in sorted(studio.workspace.embeddings.iterdir()):
        if not EmbeddingStore.exists(folder):
            continue
        try:
            store = EmbeddingStore.open(folder)
        except EmbeddingsError:  # a damaged store is told about when somebody uses it
            continue
        if n_not_seen(store, images):
            incomplete.append(store.manifest.spec)
        else:
            whole.append(store)
    found = []
    for blind in whole:
        for reference in whole:
            if blind is not reference:
                embedded = in_both(images, blind, reference)
                roles = EncoderRoles(blind.manifest.spec, reference.manifest.spec)
                found.append(Choice(roles, embedded, embedded.fingerprint()))
    return found, incomplete


def known_count(
    studio: Studio,
    choice: Choice,
    thresholds: Thresholds,
    *,
    histogram: Callable[[Path], JointHistogram] = load_histogram,
) -> int | None:
    """From an earlier count, or exactly from the histogram of a comparison; None if from neither.

    The histogram knows every pair of thresholds that are edges of its bins.

    Args:
        histogram: reads the one of a stored comparison.
    """
    try:
        stored = json.loads(_count_file(studio, choice, thresholds).read_bytes())
        return int(stored["n_pairs"])
    except (OSError, ValueError, KeyError, TypeError):  # not counted yet, or unreadable
        pass
    path = comparison_file(studio, choice.roles)
    try:
        if read_manifest(path).get("fingerprint") != choice.fingerprint:
            return None
        return histogram(path).n_over(thresholds)
    except (ComparisonError, OSError):
        return None


def count_matrix(
    studio: Studio, thresholds: Thresholds | None = None, *, progress: Progress | None = None
) -> MatrixReport:
    """Counts what is not known yet for every choice of two encoders of the workspace.

    The pairs of one blind encoder are found once for all reference encoders. Interrupted, it keeps
    the counts of the blind encoders that are done.

    Raises:
        AppError: fewer than two encoders have seen all images.
    """
    thresholds = thresholds or Thresholds()
    found, incomplete = choices(studio)
    if not found:
        raise AppError(
            "fewer than two encoders have a vector of every image.",
            where=str(studio.workspace.root),
            hint="Run `mmvp embed` with another encoder.",
        )
    unknown = [choice for choice in found if known_count(studio, choice, thresholds) is None]
    groups = _groups(unknown)
    for number, group in enumerate(groups):
        _count(studio, group, thresholds, _share(progress, number, len(groups)))
    cells = [
        PairCount(
            choice.roles.blind, choice.roles.reference, known_count(studio, choice, thresholds)
        )
        for choice in found
    ]
    return MatrixReport(
        thresholds.blind_min, thresholds.reference_max, cells, len(unknown), incomplete
    )


def _groups(unknown: Sequence[Choice]) -> list[list[Choice]]:
    """By blind encoder, and by the images where encoders could not embed the same ones."""
    groups: dict[tuple[str, str], list[Choice]] = {}
    for choice in unknown:
        images = digest_of(choice.embedded.keys)
        groups.setdefault((choice.roles.blind, images), []).append(choice)
    return list(groups.values())


def _count(
    studio: Studio, group: Sequence[Choice], thresholds: Thresholds, progress: Progress | None
) -> None:
    embedded = group[0].embedded
    counts = count_over(
        embedded.vectors(embedded.blind),
        [choice.embedded.vectors(choice.embedded.reference) for choice in group],
        thresholds,
        progress=progress,
    )
    for choice, n_pairs in zip(group, counts, strict=True):
        content = {
            **asdict(choice.roles),
            **asdict(thresholds),
            "fingerprint": choice.fingerprint,
            "n_pairs": n_pairs,
        }
        write_json(_count_file(studio, choice, thresholds), content)


def _count_file(studio: Studio, choice: Choice, thresholds: Thresholds) -> Path:
    named = [*(spec for _, spec in choice.roles), choice.fingerprint, repr(thresholds)]
    return studio.workspace.pair_counts / f"{digest_of(named)}.json"


def _share(progress: Progress | None, number: int, n_groups: int) -> Progress | None:
    """The progress of one group as that of all; every group has as many tiles."""
    if progress is None:
        return None
    tell = progress
    return lambda done, total: tell(number * total + done, n_groups * total)
