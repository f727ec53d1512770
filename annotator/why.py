"""Why two images are a pair: heat maps of where each encoder sees a change, computed once."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from annotator.encoders import LoadedEncoders, Report
from annotator.errors import STUDIO_ERRORS, explain
from annotator.pipeline.files import write_json
from annotator.pipeline.roles import EncoderRoles
from annotator.pipeline.vectors import digest_of
from annotator.review import encoder_label, picture
from annotator.studio import Studio
from db.search import sample_images
from db.views import ImageView
from embeddings.encoder import EncoderSpec, PatchEncoder, supports_patches
from embeddings.errors import EmbeddingsError
from embeddings.images import UnreadableImage, indexed_image
from embeddings.patches import (
    CropBox,
    PatchMatches,
    compare_patches,
    crop_box,
    embed_patches,
    usual_mismatch,
)
from embeddings.store import EmbeddingStore

N_SAMPLE: Final = 12
# In units of what is usual between unrelated images: less is no change that one could point at.
CLEAR: Final = 0.15
_SECONDS_WAITED: Final = 0.15
_BOXES_KEPT: Final = 4096
_FORMAT: Final = 1

HeatMaps = dict[str, Any]


class WhyViews:
    """Gives the heat maps of two images for two encoders, or how far they are, or why not."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._encoders = studio.shared(LoadedEncoders)
        # Measured once for a size of images; only the encoders' one thread writes here.
        self._boxes: dict[tuple[str, int, int], CropBox] = {}

    def get(self, first: ImageView, second: ImageView, roles: EncoderRoles) -> dict[str, Any]:
        """What the page shows now; asking again tells how far the rest has come.

        Each role has its heat maps, a `reason` why there are none, or the `step` it is at.
        """
        found = {role: self._role(spec, first, second) for role, spec in roles}
        working = [one for one in found.values() if one.get("state") == "working"]
        answer: dict[str, Any] = {
            "state": "working" if working else "ready",
            "images": {"first": picture(first), "second": picture(second)},
            **found,
        }
        if working:
            answer |= {key: working[0][key] for key in ("step", "done", "total")}
        else:
            answer["verdict"] = verdict(found["blind"], found["reference"])
        return answer

    def _role(self, spec: str, first: ImageView, second: ImageView) -> dict[str, Any]:
        named = {"spec": spec, "name": encoder_label(spec)}
        try:
            folder = self._studio.workspace.store(EncoderSpec.parse(spec).slug)
            digest = EmbeddingStore.read_manifest(folder).weights_digest
            sample = sample_images(self._studio.database, N_SAMPLE)
            kept = self._file(digest, sample, first.sha256, second.sha256)
            maps = _read(kept)
            if maps is None:
                task = self._encoders.ask(
                    ("why", kept),
                    lambda report: self._compute(kept, spec, (first, second), sample, report),
                )
                maps = task.answer(_SECONDS_WAITED)
                if maps is None:
                    return named | task.state()
            return named | maps
        except STUDIO_ERRORS as error:
            return named | {"reason": explain(error)}

    def _file(self, digest: str, sample: list[ImageView], *images: str) -> Path:
        """Where the result is kept: other weights, images or yardsticks have another place."""
        name = digest_of([str(_FORMAT), digest, *(image.sha256 for image in sample), *images])
        return self._studio.workspace.why / f"{name}.json"

    def _compute(
        self,
        kept: Path,
        spec: str,
        pair: tuple[ImageView, ImageView],
        sample: list[ImageView],
        report: Report,
    ) -> HeatMaps:
        encoder = self._encoders.encoder(spec, report)
        if not supports_patches(encoder):
            raise EmbeddingsError("this encoder has no patch features.", where=spec)
        report("looking at the two images", 0, 0)
        patches = [embed_patches(encoder, _pixels(image)) for image in pair]
        usual = self._usual(encoder, sample, report)
        matches = compare_patches(*patches)
        report("finding what the encoder sees of an image", 0, 0)
        boxes = [self._box(encoder, image) for image in pair]
        maps = _heat_maps(matches, boxes, usual)
        write_json(kept, maps)
        return maps

    def _box(self, encoder: PatchEncoder, image: ImageView) -> CropBox:
        key = (encoder.spec, image.width, image.height)
        if key not in self._boxes:
            if len(self._boxes) > _BOXES_KEPT:
                self._boxes.clear()
            self._boxes[key] = crop_box(encoder, image.width, image.height)
        return self._boxes[key]

    def _usual(self, encoder: PatchEncoder, sample: list[ImageView], report: Report) -> float:
        """What is usual between unrelated images here, computed once for an encoder."""
        kept = self._file(encoder.weights_digest, sample, "usual")
        known = _read(kept)
        if known is not None:
            return float(known["usual"])
        patches = []
        for done, image in enumerate(sample):
            report("looking at unrelated images, once for this encoder", done, len(sample))
            try:
                patches.append(embed_patches(encoder, _pixels(image)))
            except UnreadableImage:
                continue
        usual = usual_mismatch(patches)
        write_json(kept, {"usual": usual})
        return usual


def _pixels(image: ImageView) -> Image:
    if image.path is None:
        raise EmbeddingsError("the file is no longer there.", where=image.file_name)
    # It was let in when it was indexed, whatever the limit was then.
    return indexed_image(image.path, image.sha256, max_pixels=image.width * image.height)


def _read(path: Path) -> HeatMaps | None:
    """What was kept; None if nothing was, or it cannot be read and is computed anew."""
    try:
        found: HeatMaps = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _heat_maps(matches: Sequence[PatchMatches], boxes: Sequence[CropBox], usual: float) -> HeatMaps:
    maps: HeatMaps = {"usual": usual}
    for name, box, one in zip(("first", "second"), boxes, matches, strict=True):
        maps[name] = np.round(one.mismatch.astype(float), 5).tolist()
        maps[f"match_{name}"] = one.match.tolist()
        maps[f"crop_{name}"] = [box.left, box.top, box.width, box.height]
    maps["grid"] = list(matches[0].mismatch.shape)
    maps["min"] = float(min(one.mismatch.min() for one in matches))
    maps["max"] = float(max(one.mismatch.max() for one in matches))
    maps["mean"] = float(np.mean([one.mismatch.mean() for one in matches]))
    return maps


def verdict(blind: HeatMaps, reference: HeatMaps) -> dict[str, Any] | None:
    """Where the reference's patches differ most beyond the blind encoder's, and if that is much.

    `kind` is "reference" (there the blind encoder sees at most half as much, and it sees nothing
    elsewhere that the reference overlooks as much), "both" (each sees changes), "blind" (only that
    one sees any) or "neither". `spot` is the place: an image and a box of three by three patches
    of the reference in fractions of the image, with both encoders' means over it. Mismatches are in
    units of what is usual between unrelated images. None when an encoder has no heat maps.
    """
    if "usual" not in blind or "usual" not in reference:
        return None
    spots = [_spot(name, blind, reference) for name in ("first", "second")]
    spot = max(spots, key=lambda one: one["reference"] - one["blind"])
    excess = spot["reference"] - spot["blind"]
    beyond = max(one.pop("blind_excess") for one in spots)
    clear = {
        role: maps["max"] / maps["usual"] >= CLEAR
        for role, maps in (("blind", blind), ("reference", reference))
    }
    if spot["reference"] >= max(CLEAR, 2 * spot["blind"]) and excess > beyond:
        kind = "reference"
    elif clear["blind"] == clear["reference"]:
        kind = "both" if clear["blind"] else "neither"
    else:
        kind = "blind" if clear["blind"] else "reference"
    return {"kind": kind, "spot": spot}


def _spot(name: str, blind: HeatMaps, reference: HeatMaps) -> dict[str, Any]:
    """The place of this image where the reference's mismatch exceeds the blind encoder's most.

    Single patches are noisy, so what counts is the mean over a patch and those around it.
    """
    x, y = _middles(reference, name)
    seen = _around(np.array(reference[name]) / reference["usual"])
    others = _around(_at(blind, name, x, y) / blind["usual"])
    # What the blind encoder does not see at all says nothing about its patches.
    excess = np.where(np.isnan(others), -np.inf, seen - others)
    row, column = np.unravel_index(int(excess.argmax()), excess.shape)
    rows, columns = excess.shape
    left, top, width, height = reference[f"crop_{name}"]
    return {
        "image": name,
        "box": [
            left + width * (column - 1) / columns,
            top + height * (row - 1) / rows,
            3 * width / columns,
            3 * height / rows,
        ],
        "reference": float(seen[row, column]),
        "blind": float(np.nan_to_num(others[row, column])),
        "blind_excess": float(np.max(-excess, where=np.isfinite(excess), initial=0.0)),
    }


def _around(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each patch and those around it, as far as they are seen; NaN where it is not."""
    padded = np.pad(grid, 1, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    n_seen = np.isfinite(windows).sum(axis=(2, 3))
    means = np.nansum(windows, axis=(2, 3)) / np.maximum(n_seen, 1)
    return np.where(np.isnan(grid), np.nan, means)


def _middles(maps: HeatMaps, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The middles of the patches in fractions of the image: x and y, each of the grid's shape."""
    rows, columns = maps["grid"]
    left, top, width, height = maps[f"crop_{name}"]
    x = left + width * (np.arange(columns) + 0.5) / columns
    y = top + height * (np.arange(rows) + 0.5) / rows
    across, down = np.meshgrid(x, y)
    return across, down


def _at(
    maps: HeatMaps, name: str, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mismatch at places of the image; NaN outside of what the encoder sees."""
    rows, columns = maps["grid"]
    left, top, width, height = maps[f"crop_{name}"]
    column = np.floor((x - left) / width * columns).astype(int)
    row = np.floor((y - top) / height * rows).astype(int)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    values = np.array(maps[name])[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
    return np.where(inside, values, np.nan)
