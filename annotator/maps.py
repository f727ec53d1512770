"""What Explore draws: the two layouts joined with the images, as one compact binary payload."""

import gzip
import hashlib
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.pipeline.roles import EncoderRoles, encoder_roles
from annotator.review import encoder_label
from annotator.studio import Studio
from db.history import EventKind, events
from db.images import image_labels
from db.pairs import current_run
from db.views import ImageLabel
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.projection import load_layout

NAMED_LABELS = 9  # as many as there are colours that people can tell apart
OTHER_LABEL, NO_LABEL = 254, 255
_STEPS = 65535
_EVENTS_READ = 200


@dataclass(frozen=True)
class MapProblem:
    """Why there is nothing to draw, and the command that helps."""

    what: str
    hint: str
    command: str


@dataclass(frozen=True)
class MapPayload:
    """Both maps of the images that both encoders embedded, in the order of the image ids.

    Attributes:
        digest: hex SHA-256 of `content`.
        content: the arrays one after another, little-endian; `header["arrays"]` says where.
        position: of each image id in the arrays.
    """

    digest: str
    header: dict[str, Any]
    content: bytes
    compressed: bytes
    position: dict[int, int]


@dataclass(frozen=True)
class _Stamp:
    """What a payload was made from; another stamp means that it must be made again."""

    layouts: tuple[tuple[Path, int, int], ...]
    names: tuple[str, str]


class EmbeddingMaps:
    """Makes the payload when it is asked for and again when layouts or images changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._kept: tuple[_Stamp, MapPayload] | None = None
        self._last_event = 0

    def current(self) -> MapPayload | MapProblem:
        """The maps as they are now, or why there are none."""
        roles = _roles(self._studio)
        paths = [self._studio.workspace.layout(EncoderSpec.parse(spec).slug) for _, spec in roles]
        for (role, spec), path in zip(roles, paths, strict=True):
            if not path.is_file():
                return self._problem(f"The {role} encoder, {spec}, has no map yet.")
        stamp = _Stamp(tuple(_status(path) for path in paths), (roles.blind, roles.reference))
        with self._lock:
            scanned = self._scanned_since()
            if self._kept is None or self._kept[0] != stamp or scanned:
                made = self._make(roles, paths)
                if isinstance(made, MapProblem):
                    return made
                self._kept = (stamp, made)
            return self._kept[1]

    def _make(self, roles: EncoderRoles, paths: Sequence[Path]) -> MapPayload | MapProblem:
        try:
            layouts = [load_layout(path) for path in paths]
        except EmbeddingsError as error:
            return self._problem(str(error))
        images = image_labels(self._studio.database)
        rows = [{key: row for row, key in enumerate(layout.keys)} for layout in layouts]
        both = [image for image in images if all(image.sha256 in known for known in rows)]
        if not both:
            return self._problem("None of the images is on both maps.")
        points = [
            layout.points[[known[image.sha256] for image in both]]
            for layout, known in zip(layouts, rows, strict=True)
        ]
        return _pack(both, points, roles, n_unmapped=len(images) - len(both))

    def _scanned_since(self) -> bool:
        """Whether images may have come, gone or changed their label since the last call."""
        found = events(self._studio.database, limit=_EVENTS_READ)
        newer = [event for event in found if event.id > self._last_event]
        if found:
            self._last_event = found[0].id
        missed_some = len(newer) == _EVENTS_READ
        return missed_some or any(event.kind == EventKind.scan for event in newer)

    def _problem(self, what: str) -> MapProblem:
        workspace = shlex.quote(str(self._studio.workspace.root))
        return MapProblem(
            what,
            "The maps show every image in the space of each encoder. Lay them out with this "
            "command, then load this page again.",
            f"mmvp map --workspace {workspace}",
        )


def _roles(studio: Studio) -> EncoderRoles:
    """The encoders of the current mining run; before the first one, those the workspace is for."""
    run = current_run(studio.database)
    if run is None:
        return encoder_roles(studio)
    return EncoderRoles(run.blind_encoder, run.reference_encoder)


def _status(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


def _pack(
    images: Sequence[ImageLabel],
    points: Sequence[NDArray[np.float32]],
    roles: EncoderRoles,
    *,
    n_unmapped: int,
) -> MapPayload:
    extent = max(1.0, *(float(np.abs(xy).max()) for xy in points))
    names, labels = _label_codes([image.label for image in images])
    arrays = {
        "image_ids": np.array([image.id for image in images], dtype="<u4"),
        "blind": quantised(points[0], extent),
        "reference": quantised(points[1], extent),
        "labels": labels,
    }
    content = b"".join(array.tobytes() for array in arrays.values())
    digest = hashlib.sha256(content).hexdigest()
    header = {
        "digest": digest,
        "n_images": len(images),
        "n_unmapped": n_unmapped,
        "extent": extent,
        "arrays": _described(arrays),
        "labels": names,
        "spaces": {role: {"spec": spec, "name": encoder_label(spec)} for role, spec in roles},
    }
    position = {image.id: row for row, image in enumerate(images)}
    return MapPayload(digest, header, content, gzip.compress(content, 1, mtime=0), position)


def quantised(points: NDArray[np.float32], extent: float) -> NDArray[np.uint16]:
    """Coordinates in [-extent, extent] as 65,536 steps: exact to extent / 65,535."""
    steps = np.round((points.astype(np.float64) + extent) * (_STEPS / (2 * extent)))
    return np.clip(steps, 0, _STEPS).astype("<u2")


def _described(arrays: dict[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Where each array lies; wider types come first, so every offset is aligned."""
    described, offset = [], 0
    for name, array in arrays.items():
        described.append(
            {"name": name, "dtype": array.dtype.name, "offset": offset, "length": array.size}
        )
        offset += array.nbytes
    return described


def _label_codes(
    labels: Sequence[str | None],
) -> tuple[list[dict[str, Any]], NDArray[np.uint8]]:
    """The commonest labels by count, and per image which one it has (or other, or none)."""
    counted = Counter(label for label in labels if label)
    named = sorted(counted, key=lambda label: (-counted[label], label))[:NAMED_LABELS]
    codes = {label: code for code, label in enumerate(named)}
    found = [codes.get(label, OTHER_LABEL) if label else NO_LABEL for label in labels]
    return [{"name": label, "count": counted[label]} for label in named], np.array(found, "<u1")
