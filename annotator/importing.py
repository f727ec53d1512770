"""Brings into the workspace what was read: whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotator.imported_images import placed_images
from annotator.incoming import Incoming
from annotator.patterns import shipped_patterns
from annotator.studio import Studio
from db.import_tables import KeptAs
from db.imports import ImportSummary, NewImport, NewPairOf, record_import, refuse_again
from db.verdicts import get_verification_policy
from embeddings.progress import Progress

_VERIFY_OFF = (
    "Blind verification is off, so nobody is asked about these pairs yet: an admin switches it on "
    "on the Verify page."
)
_VERIFY_ON = (
    "Blind verification is on: people are asked about these pairs, and only those that they "
    "confirm are exported."
)


@dataclass(frozen=True)
class ImportReport:
    """What an import brought, or with ``dry_run`` would bring.

    ``folder`` holds the images that the workspace did not have. ``former_patterns`` are slugs that
    it did not know; nobody can choose them. ``author`` stands for whoever wrote the questions.
    """

    name: str
    format: str
    kept_as: str
    n_pairs: int
    n_questions: int
    n_new_images: int
    n_known_images: int
    former_patterns: tuple[str, ...]
    author: str
    folder: Path | None
    notes: tuple[str, ...]
    dry_run: bool = False


def store(
    studio: Studio,
    incoming: Incoming,
    *,
    dry_run: bool = False,
    by: int | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Stores what was read in one transaction, with one event; a fault leaves all as it was.

    Args:
        dry_run: check everything, change nothing.
        by: the person who imports; None for the command line.

    Raises:
        AppError: an image is missing or cannot be read.
        AlreadyImported: it is in the workspace already.
    """
    new = incoming.new
    with studio.database.read() as session:
        refuse_again(session, name=new.name, digest=new.digest)
    with placed_images(
        studio,
        incoming.images,
        new.name,
        if_missing=incoming.faulty,
        dry_run=dry_run,
        progress=progress,
    ) as placed:
        new = replace(new, pairs=[_placed(pair, placed.sha256) for pair in new.pairs])
        if dry_run:
            return _report(incoming, _foreseen(new, len(placed.files)), None, _notes(studio, new))
        done = record_import(
            studio.database,
            new,
            placed.files,
            folder=placed.folder,
            shipped=shipped_patterns(),
            annotator_id=by,
        )
        placed.keep()
    return _report(incoming, done, placed.folder, _notes(studio, new))


def _foreseen(new: NewImport, n_new: int) -> ImportSummary:
    n_images = len({sha256 for pair in new.pairs for sha256 in (pair.first, pair.second)})
    return ImportSummary(0, 0, new.author, len(new.pairs), n_new, n_images - n_new, ())


def _report(
    incoming: Incoming, done: ImportSummary, folder: Path | None, notes: Sequence[str]
) -> ImportReport:
    new = incoming.new
    return ImportReport(
        name=new.name,
        format=new.format,
        kept_as=new.kept_as.value,
        n_pairs=done.n_pairs,
        n_questions=sum(pair.question is not None for pair in new.pairs),
        n_new_images=done.n_new_images,
        n_known_images=done.n_known_images,
        former_patterns=done.former_patterns,
        author=done.author,
        folder=folder,
        notes=(*incoming.notes, *notes),
        dry_run=done.run_id == 0,
    )


def _notes(studio: Studio, new: NewImport) -> list[str]:
    is_on = get_verification_policy(studio.database).enabled
    if new.kept_as is KeptAs.to_verify:
        return [] if is_on else [_VERIFY_OFF]
    return [_VERIFY_ON] if is_on and new.kept_as is KeptAs.complete else []


def _placed(pair: NewPairOf, sha256: Mapping[str, str]) -> NewPairOf:
    return replace(pair, first=sha256[pair.first], second=sha256[pair.second])
