"""Imported benchmarks as they are read: what came, and which pair of the workspace is which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from db.database import Database
from db.import_tables import ImportedPairRecord, ImportRecord, KeptAs
from db.lifecycle import PairState, RunKind
from db.tables import Annotator, CandidatePair, MiningRun


@dataclass(frozen=True)
class ImportView:
    """A benchmark or list of pairs that was imported; ``author`` stands for who wrote it."""

    id: int
    run_id: int
    name: str
    format: str
    source: str
    kind: RunKind
    kept_as: KeptAs
    author: str
    folder: str | None
    n_pairs: int
    created_at: datetime


@dataclass(frozen=True)
class ImportedPair:
    """A pair as it came; ``number`` is its pair_id there, ``rows`` those of the original table.

    ``is_flipped``: its first image is the second of the pair in the workspace.
    """

    pair_id: int
    number: int
    rows: tuple[int, int]
    is_flipped: bool
    entry: Mapping[str, Any]
    state: PairState


@dataclass(frozen=True)
class ImportedDocument:
    """All of an import: the document without its pairs, and the pairs in their order."""

    view: ImportView
    document: Mapping[str, Any]
    pairs: tuple[ImportedPair, ...]


@dataclass(frozen=True)
class Origin:
    """Where a pair of the workspace comes from."""

    pair_id: int
    name: str
    number: int
    rows: tuple[int, int]


def list_imports(database: Database) -> list[ImportView]:
    """All imports, oldest first."""
    with database.read() as session:
        return [view for view, _ in _read(session)]


def get_import(database: Database, name: str) -> ImportedDocument | None:
    """What was imported under this name; None if nothing was."""
    with database.read() as session:
        found = next(((view, doc) for view, doc in _read(session) if view.name == name), None)
        if found is None:
            return None
        view, document = found
        rows = session.exec(
            select(ImportedPairRecord, CandidatePair.state)
            .join(CandidatePair, col(CandidatePair.id) == col(ImportedPairRecord.pair_id))
            .where(ImportedPairRecord.import_id == view.id)
            .order_by(col(ImportedPairRecord.number))
        )
        return ImportedDocument(view, document, tuple(_pair(row, state) for row, state in rows))


def origin_of(database: Database, pair_id: int) -> Origin | None:
    """Where a pair was imported from; None if it was not."""
    query = (
        select(ImportedPairRecord, ImportRecord.name)
        .join(ImportRecord, col(ImportRecord.id) == col(ImportedPairRecord.import_id))
        .where(ImportedPairRecord.pair_id == pair_id)
    )
    with database.read() as session:
        return next((_origin(row, name) for row, name in session.exec(query)), None)


def pairs_at_row(database: Database, row: int, *, name: str | None = None) -> list[Origin]:
    """The imported pairs of which this row of the original table is one, newest import first.

    Args:
        name: of the import; None looks in all of them.
    """
    query = (
        select(ImportedPairRecord, ImportRecord.name)
        .join(ImportRecord, col(ImportRecord.id) == col(ImportedPairRecord.import_id))
        .where(
            or_(col(ImportedPairRecord.first_row) == row, col(ImportedPairRecord.second_row) == row)
        )
        .order_by(col(ImportRecord.id).desc())
    )
    if name is not None:
        query = query.where(func.lower(ImportRecord.name) == name.lower())
    with database.read() as session:
        return [_origin(found, of) for found, of in session.exec(query)]


def _read(session: Session) -> list[tuple[ImportView, Mapping[str, Any]]]:
    query = (
        select(ImportRecord, MiningRun.kind, MiningRun.n_pairs, Annotator.name)
        .join(MiningRun, col(MiningRun.id) == col(ImportRecord.run_id))
        .join(Annotator, col(Annotator.id) == col(ImportRecord.annotator_id))
        .order_by(col(ImportRecord.id))
    )
    return [
        (
            ImportView(
                id=row.id,
                run_id=row.run_id,
                name=row.name,
                format=row.format,
                source=row.source,
                kind=RunKind(kind),
                kept_as=KeptAs(row.kept_as),
                author=author,
                folder=row.folder,
                n_pairs=n_pairs,
                created_at=row.created_at,
            ),
            row.document,
        )
        for row, kind, n_pairs, author in session.exec(query)
    ]


def _pair(row: ImportedPairRecord, state: str) -> ImportedPair:
    return ImportedPair(
        pair_id=row.pair_id,
        number=row.number,
        rows=(row.first_row, row.second_row),
        is_flipped=row.is_flipped,
        entry=row.entry,
        state=PairState(state),
    )


def _origin(row: ImportedPairRecord, name: str) -> Origin:
    return Origin(row.pair_id, name, row.number, (row.first_row, row.second_row))
