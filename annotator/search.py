"""Finding images in the two spaces: by text, by an uploaded picture, by being like an image."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotator.encoders import LoadedEncoders, Report, Task
from annotator.errors import STUDIO_ERRORS, AppError, explain
from annotator.pipeline.roles import EncoderRoles
from annotator.review import encoder_label
from annotator.spaces import Spaces, VectorShelf
from annotator.studio import Studio
from db.search import find_images
from db.views import ImageView
from embeddings.encoder import Encoder, supports_text
from embeddings.images import model_image

SHOWN: Final = 100
MOST_LIT: Final = 20_000
MOST_TEXT: Final = 500
_SECONDS_WAITED: Final = 1.0

Vector = NDArray[np.float32]
Found = dict[str, Any]


@dataclass(frozen=True)
class Near:
    """An image near a vector: its row in the spaces and its cosine."""

    row: int
    cosine: float


def nearest(vectors: Vector, query: Vector, k: int, *, without: int | None = None) -> list[Near]:
    """The `k` rows of largest cosine with `query`, best first, the earlier row first among equals.

    Args:
        vectors: (n, d), rows of length 1; `query` (d,) of length 1.
        without: a row that is left out.
    """
    cosines = vectors @ query
    if without is not None:
        cosines[without] = -np.inf
    n_rows = len(cosines) - (without is not None)
    k = min(k, n_rows)
    if k <= 0:
        return []
    # All that are as good as the k-th: which of several equals comes must not be chance.
    least = np.partition(cosines, len(cosines) - k)[len(cosines) - k]
    rows = np.flatnonzero(cosines >= least)
    rows = rows[np.lexsort((rows, -cosines[rows]))][:k]
    return [Near(int(row), float(cosines[row])) for row in rows]


class ImageSearch:
    """Looks images up in the spaces of a chosen pair of encoders; a problem is said, not raised."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._encoders = studio.shared(LoadedEncoders)
        self._shelf = studio.shared(VectorShelf)

    def neighbors(self, image_id: int, k: int, roles: EncoderRoles) -> Found:
        """The image's `k` nearest in each space; `shared` ones are among the nearest in both.

        `overlap` is the share of them, of all that are near in one or the other.
        """

        def search() -> Found:
            spaces = self._shelf.get(roles)
            row = spaces.row.get(image_id)
            if row is None:
                raise AppError(
                    "this image has no vector of both encoders.", hint="Run `mmvp embed`."
                )
            vectors = spaces.blind[row], spaces.reference[row]
            return _side_by_side(spaces, *vectors, k, without=row)

        return {"blind": [], "reference": [], **_said(search)}

    def by_name(self, text: str) -> Found:
        """Images about which the words of `text` are written; see `db.search.find_images`."""
        found = find_images(self._studio.database, text)
        return {
            "results": [_result(image, None) for image in found[:SHOWN]],
            "image_ids": [image.id for image in found[:MOST_LIT]],
            "total": len(found),
        }

    def by_text(self, text: str, k: int, roles: EncoderRoles) -> Found:
        """The images that the blind encoder finds most like the text."""
        text = " ".join(text.split())[:MOST_TEXT]
        if not text:
            return {"results": [], "image_ids": [], "total": 0}
        key = ("text", roles.blind, text)

        def search() -> Found:
            # First what costs nothing: without vectors there is nothing to load an encoder for.
            spaces = self._shelf.get(roles)
            task = self._encoders.ask(key, lambda report: self._text(roles.blind, text, report))
            vector = task.answer(_SECONDS_WAITED)
            if vector is None:
                return task.state() | {"results": []}
            return _results(spaces, nearest(spaces.blind, vector, k))

        return _said(search)

    def by_image(self, content: bytes, name: str, k: int, roles: EncoderRoles) -> Found:
        """The images nearest to an uploaded picture in each space; `token` asks for them again."""
        digest = hashlib.sha256(content).hexdigest()
        key = ("image", roles, digest)
        task = self._encoders.ask(key, lambda report: self._image(content, name, roles, report))
        return self._answer_image(task, digest, k, roles)

    def again(self, token: str, k: int, roles: EncoderRoles) -> Found:
        """What `by_image` answers for a picture that was uploaded a moment ago."""
        task = self._encoders.find(("image", roles, token))
        if task is None:
            return _nothing("This picture is forgotten; choose it again.")
        return self._answer_image(task, token, k, roles)

    def _answer_image(
        self, task: Task[tuple[Vector, Vector]], token: str, k: int, roles: EncoderRoles
    ) -> Found:
        def search() -> Found:
            spaces = self._shelf.get(roles)
            vectors = task.answer(_SECONDS_WAITED)
            if vectors is None:
                return task.state() | {"token": token, "results": []}
            found = _side_by_side(spaces, *vectors, k)
            best = _results(spaces, nearest(spaces.blind, vectors[0], k))
            return best | found | {"image_ids": _in_turn(found)}

        return _said(search)

    def _text(self, spec: str, text: str, report: Report) -> Vector:
        encoder = self._encoders.encoder(spec, report)
        if not supports_text(encoder):
            raise AppError(
                "the blind encoder has no text tower, so texts cannot be searched for.",
                where=encoder_label(spec),
                hint="Search by name or by image.",
            )
        report("reading the text", 0, 0)
        vector: Vector = encoder.embed_texts([text])[0]
        return vector

    def _image(
        self, content: bytes, name: str, roles: EncoderRoles, report: Report
    ) -> tuple[Vector, Vector]:
        report("decoding the picture", 0, 0)
        image = model_image(content, Path(name), max_pixels=self._studio.settings.max_pixels)
        vectors: list[Vector] = []
        for _, spec in roles:
            encoder: Encoder = self._encoders.encoder(spec, report)
            report("looking at the picture", len(vectors), 2)
            vectors.append(encoder.embed_images(encoder.preprocess(image)[None])[0])
        return vectors[0], vectors[1]


def _results(spaces: Spaces, found: Sequence[Near]) -> Found:
    results = [_result(spaces.embedded.images[near.row], near.cosine) for near in found]
    ids = [result["image_id"] for result in results]
    return {"results": results, "image_ids": ids, "total": len(ids)}


def _side_by_side(
    spaces: Spaces, blind: Vector, reference: Vector, k: int, *, without: int | None = None
) -> Found:
    near = {
        "blind": nearest(spaces.blind, blind, k, without=without),
        "reference": nearest(spaces.reference, reference, k, without=without),
    }
    rows = {role: {one.row for one in found} for role, found in near.items()}
    shared, either = rows["blind"] & rows["reference"], rows["blind"] | rows["reference"]
    others = {"blind": (spaces.reference, reference), "reference": (spaces.blind, blind)}
    sides: Found = {}
    for role, found in near.items():
        vectors, query = others[role]
        sides[role] = [
            {
                "image_id": spaces.embedded.images[one.row].id,
                "cosine": one.cosine,
                "other_cosine": float(vectors[one.row] @ query),
                "shared": one.row in shared,
                "rank": rank,
                **_described(spaces.embedded.images[one.row]),
            }
            for rank, one in enumerate(found, start=1)
        ]
    return {
        **sides,
        "n_shared": len(shared),
        "overlap": len(shared) / len(either) if either else 0.0,
        "names": {role: encoder_label(spec) for role, spec in spaces.roles},
    }


def _described(image: ImageView) -> dict[str, str]:
    return {"file_name": image.file_name, "caption": image.caption or ""}


def _result(image: ImageView, score: float | None) -> Found:
    return {"image_id": image.id, "score": score, **_described(image)}


def _in_turn(found: Found) -> list[int]:
    """The ids of both lists, each once, in the order of their ranks."""
    sides = zip(found["blind"], found["reference"], strict=True)
    return list(dict.fromkeys(one["image_id"] for pair in sides for one in pair))


def _said(search: Callable[[], Found]) -> Found:
    """What a search answers, or why it cannot."""
    try:
        return search()
    except STUDIO_ERRORS as error:
        return _nothing(explain(error))


def _nothing(problem: str) -> Found:
    return {"results": [], "image_ids": [], "total": 0, "problem": problem}
