"""Bringing a benchmark or a list of pairs in: one transaction, one event, all of it or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from db.database import Database
from db.deadlocks import retried
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.image_files import FoundFile, store_images, store_paths
from db.import_pairs import NewPairOf as NewPairOf
from db.import_pairs import store_pairs
from db.import_tables import ImportRecord, KeptAs
from db.lifecycle import RunKind
from db.pattern_fields import PatternFields
from db.patterns import add_former
from db.tables import Annotator, MiningRun
from db.times import now


class AlreadyImported(DatabaseError):
    """The same benchmark, or another one of this name, is in the workspace already."""


@dataclass(frozen=True, kw_only=True)
class NewImport:
    """What is brought in; ``digest`` is equal for equal contents, ``author`` a name for it."""

    name: str
    format: str
    source: str
    digest: str
    kind: RunKind
    kept_as: KeptAs
    author: str
    document: Mapping[str, Any]
    patterns: Sequence[PatternFields]
    pairs: Sequence[NewPairOf]


@dataclass(frozen=True)
class ImportSummary:
    """What an import added; ``author`` is the name that its questions stand under."""

    import_id: int
    run_id: int
    author: str
    n_pairs: int
    n_new_images: int
    n_known_images: int
    former_patterns: tuple[str, ...]


@retried
def record_import(
    database: Database,
    new: NewImport,
    files: Sequence[FoundFile],
    *,
    folder: Path | None,
    shipped: Sequence[PatternFields],
    annotator_id: int | None = None,
) -> ImportSummary:
    """Store the images, the pairs, their questions and the original entries.

    Args:
        files: of the images that the workspace does not have yet.
        folder: where these files are; None where there are none.
        shipped: the patterns that hold as long as the workspace has none of its own.

    Raises:
        AlreadyImported: the same was imported before, or something else by this name.
        DatabaseError: the two images of a pair are the same.
    """
    with database.write() as session:
        refuse_again(session, name=new.name, digest=new.digest)
        images = store_images(session, files)
        if folder is not None:
            store_paths(
                session, folder, {str(one.path): one for one in files}, images, complete=False
            )
        former = add_former(session, new.patterns, shipped=shipped)
        stored, author = _record(session, new, folder)
        store_pairs(session, stored, new.pairs, images)
        wanted = {sha256 for pair in new.pairs for sha256 in (pair.first, pair.second)}
        n_new = len({one.sha256 for one in files})
        summary = ImportSummary(
            import_id=stored.id,
            run_id=stored.run_id,
            author=author,
            n_pairs=len(new.pairs),
            n_new_images=n_new,
            n_known_images=len(wanted) - n_new,
            former_patterns=tuple(former),
        )
        said = {"name": new.name, "format": new.format, "digest": new.digest}
        data = {**said, "kept_as": new.kept_as.value, **asdict(summary)}
        add_event(session, EventKind.imported, data, annotator_id=annotator_id)
        session.flush()
        return summary


def _record(session: Session, new: NewImport, folder: Path | None) -> tuple[ImportRecord, str]:
    """The row of an import, with a run and an author of its own; also the author's name."""
    author, run = _author(session, new.author), _run(session, new)
    stored = ImportRecord(
        run_id=run.id,
        annotator_id=author.id,
        name=new.name,
        format=new.format,
        source=new.source,
        digest=new.digest,
        kept_as=new.kept_as.value,
        folder=folder.name if folder else None,
        document=dict(new.document),
        created_at=now(),
    )
    session.add(stored)
    session.flush()
    return stored, author.name


def refuse_again(session: Session, *, name: str, digest: str) -> None:
    """Let pass what is not in the workspace yet.

    Raises:
        AlreadyImported: the same was imported before, or something else by this name.
    """
    same = session.exec(select(ImportRecord).where(ImportRecord.digest == digest)).first()
    if same is not None:
        raise AlreadyImported(
            f"This was imported already, on {same.created_at:%Y-%m-%d}, as {same.name!r}.",
            where=same.source,
            hint="Nothing was changed. Its pairs are in the workspace: `mmvp corrections` lists "
            "what became of them.",
        )
    named = session.exec(select(ImportRecord).where(ImportRecord.name == name)).first()
    if named is not None:
        raise AlreadyImported(
            f"Another benchmark was imported as {name!r}, on {named.created_at:%Y-%m-%d}.",
            where=named.source,
            hint="Give this one another name with --name.",
        )


def _author(session: Session, name: str) -> Annotator:
    """A name for the questions that nobody can log in by; one with an account is not taken."""
    wanted, n = name, 1
    while True:
        known = session.exec(select(Annotator).where(Annotator.name == wanted)).first()
        if known is None:
            author = Annotator(name=wanted, created_at=now())
            session.add(author)
            session.flush()
            return author
        n += 1
        wanted = f"{name} {n}"


def _run(session: Session, new: NewImport) -> MiningRun:
    run = MiningRun(
        created_at=now(),
        kind=new.kind.value,
        n_images=len({sha256 for pair in new.pairs for sha256 in (pair.first, pair.second)}),
        n_compared=len(new.pairs),
        n_over_thresholds=len(new.pairs),
        n_pairs=len(new.pairs),
        options={"imported": new.name, "format": new.format},
    )
    session.add(run)
    session.flush()
    return run
