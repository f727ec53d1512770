"""Exports made from the app: where they go, what would go into one, what an older one holds."""

import re
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annotator.errors import AppError
from annotator.exchange import Choice, export_benchmark, exported_import, exported_states
from annotator.keys import CURRENT
from annotator.patterns import workspace_patterns
from annotator.studio import Studio
from db.images import image_labels
from db.imported import list_imports
from db.lifecycle import DONE_STATES, PairState, RunKind
from db.pairs import list_cards
from db.verdicts import get_verification_policy
from db.views import PairCard
from db.workspace import Workspace
from evaluation.among_others import key_balance
from evaluation.benchmark import Benchmark
from evaluation.errors import EvaluationError
from evaluation.formats import ExportOptions, ExportReport

_LONGEST_NAME = 80
_PREVIEW_ROWS = 8
_MOST_LISTED = 60
_NAME = re.compile(r"\w(?:[\w .-]*[\w-])?")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that zip knows, so that equal exports zip equally
_DEFAULT = Choice()
_USUAL = ExportOptions()
_DOCUMENT = "benchmark.json"


def export_folder(workspace: Workspace, name: str) -> Path:
    """The folder of this name below the workspace's exports.

    Raises:
        AppError: the name is empty, too long, or could lead anywhere else.
    """
    name = name.strip()
    if not _NAME.fullmatch(name) or len(name.encode()) > _LONGEST_NAME:
        raise AppError(
            "This is not a folder name for an export.",
            where=name[:_LONGEST_NAME],
            hint=f"Use up to {_LONGEST_NAME} letters, digits, spaces, dots, dashes or underscores, "
            "without a dot or space at either end.",
        )
    folder = workspace.exports / name
    if folder.is_symlink():
        raise AppError("This name belongs to a link to another place.", where=name)
    return folder


@dataclass(frozen=True)
class ExportOutcome:
    """What an export wrote, in the words and numbers that the page shows."""

    name: str
    folder: str
    n_pairs: int
    n_files: int
    n_bytes: int
    rows: list[dict[str, Any]]
    n_rows: int
    notes: list[str]


def run_export(
    studio: Studio,
    *,
    format_name: str,
    dataset: str,
    folder_name: str,
    replace: bool,
    choice: Choice,
    options: ExportOptions = _USUAL,
    by: int | None = None,
) -> ExportOutcome:
    """Exports the finished pairs into a folder below the workspace's exports.

    Args:
        choice: of which pairs, with which answers.
        options: the order of the key, and what else there is to choose.
        by: the person who exports.

    Raises:
        AppError: the folder's or the dataset's name cannot be used, or an image is gone.
        EvaluationError: nothing to export, or the folder is there and `replace` is False.
    """
    folder = export_folder(studio.workspace, folder_name)
    dataset = " ".join(dataset.split()) or folder.name
    if not dataset.isprintable() or len(dataset) > _LONGEST_NAME:
        raise AppError(
            f"A dataset's name has up to {_LONGEST_NAME} printable characters.", where=dataset[:20]
        )
    report = export_benchmark(
        studio,
        format_name,
        folder,
        force=replace,
        name=dataset,
        choice=choice,
        options=options,
        by=by,
    )
    return _outcome(studio, folder.name, report)


def _outcome(studio: Studio, name: str, report: ExportReport) -> ExportOutcome:
    rows, n_rows = preview(studio, report.folder)
    return ExportOutcome(
        name=name,
        folder=str(report.folder),
        n_pairs=report.n_pairs,
        n_files=len(report.files),
        n_bytes=sum(path.stat().st_size for path in report.files),
        rows=rows,
        n_rows=n_rows,
        notes=list(report.notes),
    )


def preview(studio: Studio, folder: Path) -> tuple[list[dict[str, Any]], int]:
    """The first rows of an export with their images' ids, and how many there are.

    They come from our document, which is beside the tables of every format.
    """
    benchmark = Benchmark.from_json((folder / _DOCUMENT).read_text(encoding="utf-8"))
    rows = [
        (image.exported, image.sha256, pair.question, answer)
        for pair in benchmark.pairs
        for image, answer in (
            (pair.first, pair.question.answer_first),
            (pair.second, pair.question.answer_second),
        )
        if image.exported is not None
    ]
    shown = sorted(rows, key=lambda row: row[0].row)[:_PREVIEW_ROWS]
    ids = {image.sha256: image.id for image in image_labels(studio.database)}
    table = [
        {
            "index": str(exported.row),
            # of an imported benchmark the workspace may only have what was once exported
            "image_id": ids.get(sha256, ids.get(exported.sha256)),
            "question": asked.text,
            "options": f"(a) {asked.option_a} (b) {asked.option_b}",
            "answer": f"({answer})",
        }
        for exported, sha256, asked, answer in shown
    ]
    return table, len(rows)


def plan(studio: Studio, choice: Choice = _DEFAULT) -> dict[str, Any]:
    """What an export would hold now, and what is missing from it, as JSON values.

    `n_complete` pairs have a question that nothing speaks against, `n_verified` of them are final,
    `n_exported` of them would be in it.
    """
    cards = _cards(studio, choice)
    states = Counter(card.state for card in cards)
    exported = exported_states(studio, unverified=choice.unverified)
    if choice.key != CURRENT:
        exported = frozenset(states)
    patterns = Counter(
        card.annotation.question.pattern or ""
        for card in cards
        if card.state in exported and card.annotation and card.annotation.question
    )
    left_out = [state for state in _LEFT_OUT if state not in exported]
    unwritten = [card for card in cards if card.state is PairState.accepted]
    return {
        "n_complete": sum(states[state] for state in DONE_STATES),
        "n_verified": states[PairState.final],
        "n_exported": sum(states[state] for state in exported),
        "verification": get_verification_policy(studio.database).enabled,
        "target": studio.settings.target_pairs,
        "patterns": [
            {"slug": one.slug, "name": one.name, "n": patterns[one.slug]}
            for one in workspace_patterns(studio).with_used(patterns)
        ],
        "n_unwritten": len(unwritten),
        "unwritten": [_missing(card) for card in unwritten[:_MOST_LISTED]],
        "left_out": {state.value: states[state] for state in left_out},
        "balance": key_balance(
            [
                card.annotation.question.answer_first
                for card in cards
                if card.state in exported and card.annotation and card.annotation.question
            ]
        ),
        "earlier": earlier_exports(studio.workspace),
    }


def _cards(studio: Studio, choice: Choice) -> list[PairCard]:
    """The pairs that an export is of, whatever state they are in."""
    name = exported_import(studio, choice)
    run_ids = {one.run_id for one in list_imports(studio.database) if one.name == name}
    return [
        card
        for card in list_cards(studio.database)
        if (card.run_id in run_ids if name else card.run_kind is not RunKind.benchmark)
    ]


_LEFT_OUT = (
    PairState.complete,
    PairState.contested,
    PairState.rejected,
    PairState.skipped,
    PairState.partial,
    PairState.disputed,
    PairState.unreviewed,
)


def _missing(card: PairCard) -> dict[str, Any]:
    return {
        "pair_id": card.id,
        "first": card.first.id,
        "second": card.second.id,
        "why": "no question yet",
        "by": card.annotation.annotator if card.annotation else None,
    }


def earlier_exports(workspace: Workspace) -> list[dict[str, Any]]:
    """The folders below the workspace's exports that can be downloaded, newest first."""
    if not workspace.exports.is_dir():
        return []
    folders = [path for path in workspace.exports.iterdir() if _is_export(path)]
    folders.sort(key=lambda path: (-path.stat().st_mtime_ns, path.name))
    return [
        {"name": path.name, "at": _day(path), "n_pairs": _pairs_in(path)}
        for path in folders[:_MOST_LISTED]
    ]


def _is_export(path: Path) -> bool:
    named = bool(_NAME.fullmatch(path.name))
    return named and path.is_dir() and not path.is_symlink() and (path / _DOCUMENT).is_file()


def _day(path: Path) -> str:
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
    return at.strftime("%Y-%m-%d %H:%M")


def _pairs_in(folder: Path) -> int | None:
    try:
        return len(Benchmark.from_json((folder / _DOCUMENT).read_text(encoding="utf-8")).pairs)
    except (EvaluationError, OSError, ValueError):
        return None


def zip_export(workspace: Workspace, name: str) -> Path:
    """A temporary zip of an export, which the caller deletes; equal exports give equal bytes.

    Raises:
        AppError: there is no export of this name.
    """
    folder = export_folder(workspace, name)
    if not _is_export(folder):
        raise AppError("There is no export of this name.", where=name)
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as target:
        with zipfile.ZipFile(target, "w") as archive:
            for path in _own_files(folder):
                inside = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(inside, _ZIP_TIME)
                entry.external_attr = 0o644 << 16
                packed = path.suffix not in {".jpg", ".png", ".webp"}
                entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
                with path.open("rb") as source, archive.open(entry, "w") as sink:
                    shutil.copyfileobj(source, sink)
        return Path(target.name)


def _own_files(folder: Path) -> Sequence[Path]:
    """The regular files of an export; a link could lead out of it."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
