"""What Explore draws: a stored layout joined with the images, as one compact binary payload."""

import shlex
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.payloads import Payload, Problem, pack
from annotator.pipeline.layouts import delete_version, layout_versions, read_layout
from annotator.pipeline.roles import EncoderRoles
from annotator.review import encoder_label
from annotator.spaces import EmbeddedEncoder, embedded_encoders
from annotator.studio import Studio
from db.history import EventKind, last_event
from db.labels import ImageFields, image_fields
from embeddings.encoder import EncoderSpec
from embeddings.errors import EmbeddingsError
from embeddings.layouts import Layout, LayoutVersion

NAMED_LABELS = 9  # as many as there are colours that people can tell apart
OTHER_LABEL, NO_LABEL = 254, 255
MOST_FIELDS = 12
_STEPS = 65535
_PAYLOADS_KEPT = 3
_COMPUTE = "Lay them out here, or with this command."


@dataclass(frozen=True)
class MapPayload:
    """Both maps of the images of a layout, in the order of the image ids.

    Attributes:
        position: of each image id in the arrays.
    """

    payload: Payload
    position: dict[int, int]

    @property
    def header(self) -> dict[str, Any]:
        """Says what the arrays are."""
        return self.payload.header

    @property
    def digest(self) -> str:
        """Of the content."""
        return self.payload.digest

    @property
    def content(self) -> bytes:
        """The arrays one after another, little-endian; `header["arrays"]` says where."""
        return self.payload.content


class EmbeddingMaps:
    """Makes a payload when it is asked for and again when layouts or images changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._lock = Lock()
        self._kept: OrderedDict[tuple[EncoderRoles, str], tuple[object, MapPayload]] = OrderedDict()

    def current(self, roles: EncoderRoles, layout: str | None = None) -> MapPayload | Problem:
        """The maps of these encoders as they are now, or why there are none.

        Args:
            layout: id of a stored version; None for the newest.
        """
        versions = layout_versions(self._studio, roles)
        if not versions:
            return self._nothing_laid_out(roles)
        asked = {str(version.number): version for version in versions}
        version = versions[0] if layout is None else asked.get(layout)
        if version is None:
            return Problem(
                f"There is no layout {layout} of these two encoders.",
                "It may have been deleted. Choose another one under Layout.",
                "",
            )
        scanned = last_event(self._studio.database, EventKind.scan)
        key, stamp = (roles, str(version.number)), (version, scanned)
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None or kept[0] != stamp:
                made = self._make(roles, version)
                if isinstance(made, Problem):
                    return made
                kept = (stamp, made)
            self._kept[key] = kept
            while len(self._kept) > _PAYLOADS_KEPT:
                self._kept.popitem(last=False)
            return kept[1]

    def choices(self, roles: EncoderRoles) -> dict[str, Any]:
        """What the page can choose from: encoders and layouts; and the chosen encoders."""
        return {
            "encoders": [
                {"slug": each.slug, "spec": each.spec, "name": each.name}
                for each in embedded_encoders(self._studio)
            ],
            "layouts": [told(version) for version in layout_versions(self._studio, roles)],
            "spaces": _spaces(roles),
        }

    def delete(self, roles: EncoderRoles, layout: str) -> None:
        """Deletes a stored version.

        Raises:
            LayoutError: there is no such version.
        """
        delete_version(self._studio, roles, layout)

    def _make(self, roles: EncoderRoles, version: LayoutVersion) -> MapPayload | Problem:
        try:
            layout = read_layout(self._studio, roles, version.number)
        except EmbeddingsError as error:
            return self._problem(roles, str(error))
        images = image_fields(self._studio.database)
        row = {key: k for k, key in enumerate(layout.keys)}
        mapped = [image for image in images if image.sha256 in row]
        if not mapped:
            return self._problem(roles, "None of the images is on both maps.")
        rows = [row[image.sha256] for image in mapped]
        return _pack(mapped, layout, rows, n_unmapped=len(images) - len(mapped))

    def _nothing_laid_out(self, roles: EncoderRoles) -> Problem:
        encoders = embedded_encoders(self._studio)
        known = {each.spec for each in encoders}
        missing = [(role, spec) for role, spec in roles if spec not in known]
        if not missing:
            return self._problem(roles, "These two encoders have no map yet.")
        return self._not_embedded(encoders, missing)

    def _not_embedded(
        self, encoders: Sequence[EmbeddedEncoder], missing: Sequence[tuple[str, str]]
    ) -> Problem:
        workspace = self._quoted_workspace()
        if not encoders:
            return Problem(
                "Nothing is embedded yet.",
                "The maps need every image's vector from both encoders.",
                f"mmvp embed --workspace {workspace}",
            )
        role, spec = missing[0]
        return Problem(
            f"The {role} encoder, {encoder_label(spec)}, has not seen the images yet."
            if len(encoders) > 1
            else f"Only one encoder, {encoders[0].name}, has seen the images.",
            "The maps compare two encoders: embed the images with this one as well.",
            f"mmvp embed --workspace {workspace} --role {role} --{role} {shlex.quote(spec)}",
        )

    def _problem(self, roles: EncoderRoles, what: str) -> Problem:
        chosen = " ".join(f"--{role} {shlex.quote(spec)}" for role, spec in roles)
        command = f"mmvp map --workspace {self._quoted_workspace()} {chosen}"
        about = f"The maps show every image in the space of each encoder. {_COMPUTE}"
        return Problem(what, about, command, job="map")

    def _quoted_workspace(self) -> str:
        return shlex.quote(str(self._studio.workspace.root))


def told(version: LayoutVersion) -> dict[str, Any]:
    """A stored layout as the page lists it."""
    fields = asdict(version)
    names = ("name", "parameters", "created_at", "n_images")
    return {
        "id": str(version.number),
        "kind": version.kind.value,
        **{name: fields[name] for name in names},
    }


def _spaces(roles: EncoderRoles) -> dict[str, dict[str, str]]:
    return {
        role: {"slug": EncoderSpec.parse(spec).slug, "spec": spec, "name": encoder_label(spec)}
        for role, spec in roles
    }


def _pack(
    images: Sequence[ImageFields], layout: Layout, rows: Sequence[int], *, n_unmapped: int
) -> MapPayload:
    points = [layout.blind[rows], layout.reference[rows]]
    extent = max(1.0, *(float(np.abs(xy).max()) for xy in points))
    names, labels = _label_codes([image.label for image in images])
    fields, codes = _fields(images)
    arrays: dict[str, NDArray[Any]] = {
        "image_ids": np.array([image.id for image in images], dtype="<u4"),
        "blind": quantised(points[0], extent),
        "reference": quantised(points[1], extent),
        "labels": labels,
        **codes,
    }
    header = {
        "n_images": len(images),
        "n_unmapped": n_unmapped,
        "extent": extent,
        "labels": names,
        "fields": fields,
        "layout": str(layout.version.number),
    }
    position = {image.id: row for row, image in enumerate(images)}
    return MapPayload(pack(arrays, header), position)


def quantised(points: NDArray[np.float32], extent: float) -> NDArray[np.uint16]:
    """Coordinates in [-extent, extent] as 65,536 steps: exact to extent / 65,535."""
    steps = np.round((points.astype(np.float64) + extent) * (_STEPS / (2 * extent)))
    return np.clip(steps, 0, _STEPS).astype("<u2")


def _fields(
    images: Sequence[ImageFields],
) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.uint8]]]:
    """The columns of the manifest that sort images into groups, with their codes by array name."""
    columns = [_columns(image) for image in images]
    names = sorted({name for found in columns for name in found})
    fields: list[dict[str, Any]] = []
    codes: dict[str, NDArray[np.uint8]] = {}
    for name in names:
        values = [found.get(name) for found in columns]
        if len(fields) < MOST_FIELDS and _sorts(values):
            counted, codes[f"field:{name}"] = _label_codes(values)
            fields.append({"name": name, "values": counted})
    return fields, codes


def _columns(image: ImageFields) -> Mapping[str, str]:
    return {**image.extra, "group": image.group} if image.group else image.extra


def _sorts(values: Sequence[str | None]) -> bool:
    """Whether a column has several values and most are of several images: no ids, no captions."""
    known = [value for value in values if value]
    return 2 <= len(set(known)) <= len(known) / 2


def _label_codes(
    labels: Sequence[str | None],
) -> tuple[list[dict[str, Any]], NDArray[np.uint8]]:
    """The commonest labels by count, and per image which one it has (or other, or none)."""
    counted = Counter(label for label in labels if label)
    named = sorted(counted, key=lambda label: (-counted[label], label))[:NAMED_LABELS]
    codes = {label: code for code, label in enumerate(named)}
    found = [codes.get(label, OTHER_LABEL) if label else NO_LABEL for label in labels]
    return [{"name": label, "count": counted[label]} for label in named], np.array(found, "<u1")
