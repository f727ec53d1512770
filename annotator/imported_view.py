"""What the Imported page shows: which benchmarks came from elsewhere, and where their pairs are."""

from typing import Any

from annotator.importing import ImportReport
from annotator.studio import Studio
from db.imported import ImportedPair, ImportView, Origin, get_import, list_imports, origin_of

# Others are found by their row; a longer list helps nobody.
MOST_LISTED = 600


def imports_json(studio: Studio) -> list[dict[str, Any]]:
    """All imports as JSON values, newest first."""
    return [_import(view) for view in reversed(list_imports(studio.database))]


def pairs_json(studio: Studio, name: str) -> dict[str, Any] | None:
    """The pairs of an import in their order, without their key; None if there is none."""
    found = get_import(studio.database, name)
    if found is None:
        return None
    return {
        "import": _import(found.view),
        "pairs": [_pair(one) for one in found.pairs[:MOST_LISTED]],
    }


def origin_json(origin: Origin) -> dict[str, Any]:
    """Where a pair comes from, as JSON values."""
    return {
        "pair_id": origin.pair_id,
        "name": origin.name,
        "number": origin.number,
        "rows": sorted(set(origin.rows)),
    }


def origin_of_pair(studio: Studio, pair_id: int) -> dict[str, Any] | None:
    """The same of a pair of the workspace; None if it was not imported."""
    origin = origin_of(studio.database, pair_id)
    return origin_json(origin) if origin else None


def report_json(report: ImportReport) -> dict[str, Any]:
    """What an import brought, as JSON values, with a sentence about it."""
    images = f"{report.n_new_images:,} new images, {report.n_known_images:,} known before"
    said = f"{report.name}: {report.n_pairs:,} pairs, {report.n_questions:,} questions; {images}."
    return {
        "name": report.name,
        "format": report.format,
        "kept_as": report.kept_as,
        "n_pairs": report.n_pairs,
        "n_questions": report.n_questions,
        "n_new_images": report.n_new_images,
        "n_known_images": report.n_known_images,
        "former_patterns": list(report.former_patterns),
        "notes": list(report.notes),
        "message": said,
    }


def _import(view: ImportView) -> dict[str, Any]:
    return {
        "name": view.name,
        "format": view.format,
        "source": view.source,
        "kind": view.kind.value,
        "kept_as": view.kept_as.value,
        "n_pairs": view.n_pairs,
        "at": view.created_at.isoformat(),
    }


def _pair(one: ImportedPair) -> dict[str, Any]:
    asked = one.entry.get("question")
    text = asked.get("text", "") if isinstance(asked, dict) else ""
    return {
        "pair_id": one.pair_id,
        "number": one.number,
        "rows": sorted(set(one.rows)),
        "question": text,
        "state": one.state.value,
    }
