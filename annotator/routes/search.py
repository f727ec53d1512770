"""/api/search and /api/images/ID/neighbors: images found by text, picture, name, or likeness."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from annotator.search import SHOWN, ImageSearch
from annotator.spaces import chosen_roles
from annotator.studio import Studio

# A photograph of 100 megapixels as a JPEG; a larger upload is refused while it comes in.
MOST_BYTES = 64 * 1024 * 1024
MOST_NEIGHBORS = 200

ImageId = Annotated[int, Path(ge=0, lt=2**63)]
Text = Annotated[str, Query(max_length=2000)]
Slug = Annotated[str | None, Query(max_length=200)]
Count = Annotated[int, Query(ge=1, le=MOST_NEIGHBORS)]


def router(studio: Studio) -> APIRouter:
    """An answer has `results`, or a `problem` in words, or the `step` of a search that goes on."""
    routes = APIRouter(prefix="/api")

    def search() -> ImageSearch:
        return studio.shared(ImageSearch)

    @routes.get("/images/{image_id:int}/neighbors")
    def neighbors(
        image_id: ImageId, k: Count = 12, blind: Slug = None, reference: Slug = None
    ) -> dict[str, Any]:
        """An image's nearest images in each of the two spaces, and which ones both share."""
        return search().neighbors(image_id, k, chosen_roles(studio, blind, reference))

    @routes.get("/search/text")
    def by_text(
        q: Text, k: Count = SHOWN, blind: Slug = None, reference: Slug = None
    ) -> dict[str, Any]:
        """The images that fit a text best, by an encoder that reads text."""
        return search().by_text(q, k, chosen_roles(studio, blind, reference))

    @routes.get("/search/names")
    def by_name(q: Text) -> dict[str, Any]:
        """Images whose file name, caption, label or metadata has these words."""
        return search().by_name(q)

    @routes.post("/search/image")
    async def by_image(
        request: Request,
        name: Text = "the picture",
        k: Count = SHOWN,
        blind: Slug = None,
        reference: Slug = None,
    ) -> dict[str, Any]:
        """The images most like an uploaded picture."""
        content = await _body(request)

        def find() -> dict[str, Any]:
            roles = chosen_roles(studio, blind, reference)
            return search().by_image(content, name, k, roles)

        return await run_in_threadpool(find)

    @routes.get("/search/image")
    def again(
        token: Text, k: Count = SHOWN, blind: Slug = None, reference: Slug = None
    ) -> dict[str, Any]:
        """The images most like a picture that was uploaded before."""
        return search().again(token, k, chosen_roles(studio, blind, reference))

    return routes


async def _body(request: Request) -> bytes:
    """The uploaded bytes; refused as soon as they are too many, whatever the header says."""
    refusal = HTTPException(413, detail=f"Pictures of up to {MOST_BYTES >> 20} MB can be searched.")
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise refusal
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise refusal
    return bytes(content)
