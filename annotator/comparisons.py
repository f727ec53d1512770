"""What Explore shows of a comparison: measures per image, regions, the joint histogram."""

import shlex
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AppError
from annotator.payloads import Payload, Problem, in_steps, pack
from annotator.pipeline.comparing import comparison_file, known_mean
from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import embedded_images
from annotator.review import encoder_label
from annotator.spaces import Spaces, VectorShelf
from annotator.studio import Studio
from db.history import EventKind, last_event
from db.images import image_labels
from db.pairs import current_run, reviewed_image_ids
from embeddings.comparison import (
    BLIND_GRID,
    REFERENCE_GRID,
    Comparison,
    Novelty,
    load_comparison,
    read_manifest,
)
from embeddings.comparison.grid import CosineGrid
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.store import EmbeddingStore

_PAIRS_KEPT = 4


@dataclass(frozen=True)
class _Held:
    """A stored comparison joined with the images of the workspace.

    Attributes:
        image_ids: of each row; 0 where the image has no file any more.
        about: what every answer says of it: encoders, options, whether images came or went since.
    """

    stamp: object
    found: Comparison
    image_ids: NDArray[np.int64]
    about: dict[str, Any]


class Comparisons:
    """Reads comparisons when they are asked for, and again when files or images changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._held: OrderedDict[EncoderRoles, _Held] = OrderedDict()
        self._histograms: dict[EncoderRoles, tuple[_Held, Payload]] = {}
        self._measures: dict[EncoderRoles, tuple[_Held, frozenset[int], Payload]] = {}
        self._novelty: tuple[Spaces, Novelty] | None = None

    def measures(self, roles: EncoderRoles) -> Payload | Problem:
        """Overlap, collapse and novelty of each image; code 0 where an image has none."""
        with self._lock:
            held = self._get(roles)
            if isinstance(held, Problem):
                return held
            reviewed = reviewed_image_ids(self._studio.database)
            kept = self._measures.get(roles)
            if kept is None or kept[0] is not held or kept[1] != reviewed:
                kept = (held, reviewed, self._pack_measures(roles, held, reviewed))
                self._measures[roles] = kept
            return kept[2]

    def histogram(self, roles: EncoderRoles) -> Payload | Problem:
        """Counts of pairs by both cosines, with a pair of images of each cell."""
        with self._lock:
            held = self._get(roles)
            if isinstance(held, Problem):
                return held
            kept = self._histograms.get(roles)
            if kept is None or kept[0] is not held:
                kept = (held, _pack_histogram(held))
                self._histograms[roles] = kept
            return kept[1]

    def regions(self, roles: EncoderRoles, limit: int) -> list[dict[str, Any]] | Problem:
        """The most collapsed regions; images without a file are left out."""
        with self._lock:
            held = self._get(roles)
        if isinstance(held, Problem):
            return held
        ids, found, regions = held.image_ids, held.found, []
        for rank, region in enumerate(found.regions[:limit], start=1):
            regions.append(
                {
                    "rank": rank,
                    "image_ids": _present(ids[region.shown]),
                    "all_ids": _present(ids[region.rows]),
                    "n_images": len(region.rows),
                    "collapse": _rounded(region.collapse),
                    "overlap": _rounded(known_mean(found.overlap[region.rows])),
                    "image_collapse": _rounded(known_mean(found.collapse[region.rows])),
                    "mean_blind_cosine": _rounded(region.mean_blind_cosine),
                    "mean_reference_cosine": _rounded(region.mean_reference_cosine),
                }
            )
        return regions

    def thresholds(self) -> dict[str, float] | None:
        """Of the current mining run."""
        run = current_run(self._studio.database)
        if run is None:
            return None
        return {"blind_min": run.blind_min, "reference_max": run.reference_max}

    def _get(self, roles: EncoderRoles) -> _Held | Problem:
        path = comparison_file(self._studio, roles)
        stores = [self._studio.workspace.store(EncoderSpec.parse(spec).slug) for _, spec in roles]
        stamp = (
            last_event(self._studio.database, EventKind.scan),
            *(_status(file) for file in (path, *stores)),
        )
        held = self._held.pop(roles, None)
        if held is None or held.stamp != stamp:
            try:
                made = self._read(roles, path, stamp)
            except EmbeddingsError as error:
                what = str(error) if path.exists() else "These two spaces are not compared yet."
                return self._problem(roles, what)
            if isinstance(made, Problem):
                return made
            held = made
        self._held[roles] = held
        while len(self._held) > _PAIRS_KEPT:
            gone, _ = self._held.popitem(last=False)
            self._histograms.pop(gone, None)
            self._measures.pop(gone, None)
        return held

    def _read(self, roles: EncoderRoles, path: Path, stamp: object) -> _Held | Problem:
        manifest = read_manifest(path)
        slugs = {role: EncoderSpec.parse(spec).slug for role, spec in roles}
        weights = [
            EmbeddingStore.read_manifest(self._studio.workspace.store(slug)).weights_digest
            for slug in slugs.values()
        ]
        if weights != manifest["weights"]:
            return self._problem(roles, "The encoders' weights are others than were compared.")
        keys, found = load_comparison(path)
        ids = {image.sha256: image.id for image in image_labels(self._studio.database)}
        options = manifest["options"]
        about = {
            "n_compared_images": len(keys),
            "k": options["k"],
            "n_far": options["n_far"],
            "reference_max": options["reference_max"],
            "mean_overlap": known_mean(found.overlap),
            "mean_collapse": known_mean(found.collapse),
            "spaces": {
                role: {"slug": slugs[role], "spec": spec, "name": encoder_label(spec)}
                for role, spec in roles
            },
            "stale": self._stale(roles, manifest["fingerprint"]),
            "command": self._command(roles),
        }
        return _Held(stamp, found, np.array([ids.get(key, 0) for key in keys], np.int64), about)

    def _stale(self, roles: EncoderRoles, fingerprint: str) -> str | None:
        try:
            if embedded_images(self._studio, roles).fingerprint() == fingerprint:
                return None
        except AppError:  # new images wait for their vectors
            pass
        return "Images came or went since the spaces were compared."

    def _pack_measures(self, roles: EncoderRoles, held: _Held, reviewed: frozenset[int]) -> Payload:
        there = np.flatnonzero(held.image_ids)
        ids = held.image_ids[there]
        novelty, note = self._novelties(roles, ids, reviewed)
        codes, ranges = {}, {}
        for name, values in (
            ("overlap", held.found.overlap[there]),
            ("collapse", held.found.collapse[there]),
            ("novelty", novelty),
        ):
            codes[name], ranges[name] = in_steps(values)
        header = held.about | {
            "n_images": len(ids),
            "n_reviewed_images": len(reviewed),
            "novelty_note": note,
        }
        return pack({"image_ids": ids.astype("<u4"), **codes}, header, ranges)

    def _novelties(
        self, roles: EncoderRoles, ids: NDArray[np.int64], reviewed: frozenset[int]
    ) -> tuple[NDArray[np.float64], str | None]:
        unknown = np.full(len(ids), np.nan)
        if not reviewed:
            return unknown, "Nothing is reviewed yet, so nothing is more or less novel."
        try:
            spaces = self._studio.shared(VectorShelf).get(roles)
        except AppError as error:
            return unknown, str(error)
        if self._novelty is None or self._novelty[0] is not spaces:
            self._novelty = (spaces, Novelty(spaces.blind, spaces.reference))
        seen = frozenset(spaces.row[image] for image in reviewed if image in spaces.row)
        if not seen:
            return unknown, "None of the reviewed images is in these spaces."
        values = self._novelty[1].given(seen)
        rows = np.array([spaces.row.get(int(image), -1) for image in ids], dtype=np.int64)
        return np.where(rows >= 0, values[rows], np.nan), None

    def _command(self, roles: EncoderRoles) -> str:
        root = self._studio.workspace.root
        named = ["--workspace", str(root), "--blind", roles.blind, "--reference", roles.reference]
        return shlex.join(["mmvp", "compare", *named])

    def _problem(self, roles: EncoderRoles, what: str) -> Problem:
        return Problem(
            what,
            "The comparison measures how much of the reference space's neighbourhoods the blind "
            "space loses. Make it with this command.",
            self._command(roles),
        )


def _pack_histogram(held: _Held) -> Payload:
    histogram = held.found.histogram
    # Row -1 of an empty cell finds the 0 at the end.
    ids = np.append(held.image_ids, 0)
    n = len(held.image_ids)
    arrays = {
        "counts": histogram.counts.astype("<f8").ravel(),
        "example_first": ids[histogram.first].astype("<u4").ravel(),
        "example_second": ids[histogram.second].astype("<u4").ravel(),
    }
    gone = (arrays["example_first"] == 0) | (arrays["example_second"] == 0)
    arrays["example_first"][gone] = arrays["example_second"][gone] = 0
    header = held.about | {
        "blind_edges": _edges(BLIND_GRID),
        "reference_edges": _edges(REFERENCE_GRID),
        "exact_above": histogram.exact_above,
        "n_pairs": n * (n - 1) // 2,
        "n_exact": histogram.n_exact,
        "n_sampled": histogram.n_sampled,
        "sample_scale": histogram.sample_scale,
    }
    return pack(arrays, header)


def _edges(grid: CosineGrid) -> dict[str, Any]:
    """Edge i is (i - per_unit) / per_unit; on an edge a cosine is in the bin below or above."""
    return {
        "start": -1.0,
        "step": 1 / grid.per_unit,
        "n": grid.n,
        "per_unit": grid.per_unit,
        "closed": "right" if grid.right_closed else "left",
    }


def _present(ids: NDArray[np.int64]) -> list[int]:
    return [int(image_id) for image_id in ids if image_id]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _status(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
