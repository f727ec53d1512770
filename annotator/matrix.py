"""How many blind pairs each choice of two encoders has, for the matrix of Explore."""

import shlex
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from annotator.pipeline.counting import Choice, choices, known_count
from annotator.review import encoder_label
from annotator.spaces import embedded_encoders
from annotator.studio import Studio
from db.history import EventKind, last_event
from embeddings.comparison import JointHistogram, load_histogram
from embeddings.encoder import EncoderSpec
from embeddings.mining import Thresholds

# A histogram is 5 MB; a workspace with six encoders has thirty.
_HISTOGRAMS_KEPT = 30


class EncoderMatrix:
    """Knows the choices of encoders until a store or the images change."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._stamp: object = None
        self._choices: Sequence[Choice] = ()
        self._incomplete: Sequence[str] = ()
        self._kept = lru_cache(_HISTOGRAMS_KEPT)(_histogram)

    def counts(self, thresholds: Thresholds) -> dict[str, Any]:
        """Every encoder and every ordered pair of two; `n_pairs` is None where it is not known."""
        with self._lock:
            self._look()
            cells = [self._cell(choice, thresholds) for choice in self._choices]
        encoders = embedded_encoders(self._studio)
        known = {(cell["blind"], cell["reference"]) for cell in cells}
        cells += [
            {"blind": one.slug, "reference": other.slug, "n_pairs": None, "state": "unknown"}
            for one in encoders
            for other in encoders
            if one is not other and (one.slug, other.slug) not in known
        ]
        return {
            "encoders": [{"slug": e.slug, "name": e.name, "spec": e.spec} for e in encoders],
            "cells": cells,
            "blind_min": thresholds.blind_min,
            "reference_max": thresholds.reference_max,
            "incomplete": [encoder_label(spec) for spec in self._incomplete],
            "command": self._command(thresholds),
        }

    def _look(self) -> None:
        folders = sorted(self._studio.workspace.embeddings.iterdir())
        stamp = (
            last_event(self._studio.database, EventKind.scan),
            *((folder.name, folder.stat().st_mtime_ns) for folder in folders),
        )
        if stamp != self._stamp:
            self._choices, self._incomplete = choices(self._studio)
            self._stamp = stamp

    def _cell(self, choice: Choice, thresholds: Thresholds) -> dict[str, Any]:
        n_pairs = known_count(self._studio, choice, thresholds, histogram=self._read)
        blind, reference = (EncoderSpec.parse(spec).slug for _, spec in choice.roles)
        return {
            "blind": blind,
            "reference": reference,
            "n_pairs": n_pairs,
            "state": "unknown" if n_pairs is None else "counted",
        }

    def _read(self, path: Path) -> JointHistogram:
        status = path.stat()
        return self._kept(path, status.st_mtime_ns, status.st_size)

    def _command(self, thresholds: Thresholds) -> str:
        named = ["--workspace", str(self._studio.workspace.root)]
        named += ["--blind-min", f"{thresholds.blind_min:g}"]
        named += ["--reference-max", f"{thresholds.reference_max:g}"]
        return shlex.join(["mmvp", "compare", "--matrix", *named])


def _histogram(path: Path, _mtime_ns: int, _size: int) -> JointHistogram:
    return load_histogram(path)
