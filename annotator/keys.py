"""The answers that an imported benchmark is exported with: as now, as it came, or with a layer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotator.errors import AppError
from annotator.imported_export import ImportedBenchmark, imported_benchmark, imported_benchmarks
from annotator.studio import Studio
from db.history import EventKind, events
from evaluation.benchmark import Benchmark
from evaluation.corrections import (
    ORIGINAL,
    SHIPPED,
    KeyLayer,
    apply,
    difference,
    load_layer,
    shipped_layer,
)

CURRENT = "current"
# What the Export page offers; the command line takes files of corrections, too.
KEYS = {
    CURRENT: "as they are here now",
    ORIGINAL: "as they were imported",
    "lmms": "with the corrections of lmms-eval",
}


@dataclass(frozen=True)
class Keyed:
    """A benchmark under a key, and what to know about that, one sentence each."""

    benchmark: Benchmark
    notes: Sequence[str] = ()


def under_key(found: ImportedBenchmark, key: str) -> Keyed:
    """The benchmark with the answers of this key; the imported one is never overwritten.

    Args:
        key: `current` for what the workspace makes of it now, `original` for what was imported,
            the name of a layer that ships, or the path of a file of corrections; a layer lies over
            the original.

    Raises:
        AppError: there is no such key.
        EvaluationError: the file is no layer, or the layer does not fit this benchmark.
    """
    if key == CURRENT:
        return Keyed(found.current)
    if key == ORIGINAL:
        return Keyed(found.original)
    applied = apply(found.original, _layer(key))
    n_changed, n_same = len(applied.changed), len(applied.unchanged)
    said = f"Key {applied.benchmark.key_layer}: {n_changed:,} pairs changed"
    said += f", {n_same:,} had these answers already." if n_same else "."
    unmatched = [f"Not in this benchmark: {one}" for one in applied.unmatched]
    return Keyed(applied.benchmark, (said, *applied.notes, *unmatched))


def _layer(key: str) -> KeyLayer:
    if key in SHIPPED:
        return shipped_layer(key)
    if not Path(key).expanduser().is_file():
        known = ", ".join((CURRENT, ORIGINAL, *SHIPPED))
        raise AppError(
            "there is no key or file of this name.",
            where=key,
            hint=f"Keys: {known}, or a file of `mmvp corrections --out`.",
        )
    return load_layer(Path(key))


def corrections_of(studio: Studio, name: str | None = None, layer: str | None = None) -> KeyLayer:
    """What became of an imported key here, as a layer: the pairs whose answers are others now.

    Pairs that ask something else now are no corrections of a key.

    Args:
        name: of the import; by default the only benchmark that was imported.
        layer: what to call the layer; by default the workspace's folder.

    Raises:
        AppError: nothing was imported, or there are several and none is named.
    """
    found = imported_benchmark(studio, name or _only(studio))
    made = difference(
        found.original,
        found.current,
        layer or studio.workspace.root.name,
        about=f"What was corrected in {found.original.name}.",
        source=studio.workspace.root.name,
    )
    reasoned = [
        one
        if one.reason or one.pair_id is None
        else replace(one, reason=_reason(studio, found.pair_of[one.pair_id]))
        for one in made.corrections
    ]
    return replace(made, corrections=reasoned)


def _reason(studio: Studio, pair_id: int) -> str:
    """Of the newest ruling on a pair; empty where there was none."""
    for event in events(studio.database, pair_id=pair_id):
        if event.kind == EventKind.adjudication:
            return str(event.data.get("reason", ""))
    return ""


def _only(studio: Studio) -> str:
    names = [view.name for view in imported_benchmarks(studio)]
    if len(names) == 1:
        return names[0]
    where = str(studio.workspace.root)
    if not names:
        hint = "Bring one in with `mmvp import`."
        raise AppError("no benchmark was imported.", where=where, hint=hint)
    listed = ", ".join(map(repr, names))
    raise AppError(
        "several benchmarks were imported.",
        where=where,
        hint=f"Name one with --imported: {listed}.",
    )
