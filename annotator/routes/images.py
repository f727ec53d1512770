"""/images/ID and /thumbnails/ID: pictures by their number, never by a path from the client."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from fastapi import APIRouter, HTTPException, Request, Response

from annotator.studio import Studio
from db.images import get_image
from db.views import ImageView
from db.workspace import Workspace
from embeddings.images import load_upright, thumbnail_jpeg, viewer_bytes

_A_YEAR = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


class Gone(HTTPException):
    """The file of an image is no longer there, or holds other bytes than when it was indexed."""

    def __init__(self, reason: str) -> None:
        super().__init__(410, detail=reason, headers={"Cache-Control": "no-store"})


class CheckedFiles:
    """Remembers which files hold the bytes they were indexed with, so each is hashed once."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, int, str]] = {}
        self._lock = Lock()

    def path_of(self, image: ImageView) -> Path:
        """The file of this image, hashed again if its size or time changed.

        Raises:
            Gone: if it vanished or its content changed.
        """
        if image.path is None:
            raise Gone(f"{image.file_name} was no longer there at the last index.")
        try:
            status = image.path.stat()
            mark = (status.st_size, status.st_mtime_ns)
            with self._lock:
                seen = self._seen.get(image.path)
            if seen is None or seen[:2] != mark:
                with image.path.open("rb") as file:
                    seen = (*mark, hashlib.file_digest(file, "sha256").hexdigest())
                with self._lock:
                    self._seen[image.path] = seen
        except OSError as error:
            raise Gone(f"{image.file_name} cannot be read: {error.strerror}.") from error
        if seen[2] != image.sha256:
            raise Gone(f"{image.file_name} was changed since it was indexed; run `mmvp index`.")
        return image.path


def router(studio: Studio) -> APIRouter:
    """Images as a browser shows them, and their thumbnails, both cacheable for good."""
    routes = APIRouter()
    files = CheckedFiles()

    def answer(
        image_id: int, request: Request, read: Callable[[ImageView], tuple[bytes, str]]
    ) -> Response:
        image = get_image(studio.database, image_id)
        if image is None:
            raise HTTPException(404, detail=f"There is no image {image_id}.")
        given = request.query_params.get("v", "")
        matches = len(given) >= 8 and image.sha256.startswith(given)
        headers = {
            "ETag": f'"{image.sha256}"',
            "Cache-Control": _A_YEAR if matches else _ASK_AGAIN,
        }
        # The ETag is the content's hash: whoever has it has the right bytes.
        if _has_tag(request.headers.get("if-none-match", ""), image.sha256):
            return Response(status_code=304, headers=headers)
        content, media_type = read(image)
        return Response(content, media_type=media_type, headers=headers)

    @routes.api_route("/images/{image_id:int}", methods=["GET", "HEAD"])
    def image(image_id: int, request: Request) -> Response:
        """The image upright, as the encoders saw it."""
        return answer(
            image_id, request, lambda found: _view(studio.workspace, found, files.path_of(found))
        )

    @routes.api_route("/thumbnails/{image_id:int}", methods=["GET", "HEAD"])
    def thumbnail(image_id: int, request: Request) -> Response:
        """A small WebP of it."""
        return answer(
            image_id, request, lambda found: _thumbnail(studio.workspace, found, files.path_of)
        )

    return routes


def _has_tag(if_none_match: str, sha256: str) -> bool:
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(",")}
    return sha256 in tags or "*" in tags


def _view(workspace: Workspace, image: ImageView, path: Path) -> tuple[bytes, str]:
    """What a browser shows as the encoders saw it; re-encoded once if the file itself is not."""
    for media_type, ending in _ENDINGS.items():
        kept = workspace.views / f"{image.sha256}{ending}"
        if kept.is_file():
            return kept.read_bytes(), media_type
    content, media_type = viewer_bytes(path, max_pixels=_pixels(image))
    reencoded = hashlib.sha256(content).hexdigest() != image.sha256
    if reencoded and media_type in _ENDINGS:
        _keep(workspace.views / f"{image.sha256}{_ENDINGS[media_type]}", content)
    return content, media_type


def _thumbnail(
    workspace: Workspace, image: ImageView, path_of: Callable[[ImageView], Path]
) -> tuple[bytes, str]:
    kept = workspace.thumbnail(image.sha256)
    if not kept.is_file():
        _keep(kept, thumbnail_jpeg(load_upright(path_of(image), max_pixels=_pixels(image))))
    return kept.read_bytes(), "image/jpeg"


def _pixels(image: ImageView) -> int:
    """How large the file may be: it was let in when it was indexed, whatever the limit was then."""
    return image.width * image.height


def _keep(target: Path, content: bytes) -> None:
    """Writes a derived file at once or not at all; two writers write the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{target.name}.{os.getpid()}.{id(content)}")
    staged.write_bytes(content)
    staged.replace(target)
