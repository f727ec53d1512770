"""/api/images/cosines: how alike two images are for both encoders, candidate pair or not."""

from fastapi import APIRouter, HTTPException

from annotator.pipeline.vectors import open_store
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.images import get_image

_MOST = 2**63


def router(studio: Studio) -> APIRouter:
    """The true cosines of any two images, read from the stores themselves."""
    routes = APIRouter(prefix="/api")

    @routes.get("/images/cosines")
    def cosines(
        first: int, second: int, blind: str | None = None, reference: str | None = None
    ) -> dict[str, float]:
        """The cosine of two images in each of the two spaces."""
        keys = [_sha256(studio, image_id) for image_id in (first, second)]
        found = {}
        for role, spec in chosen_roles(studio, blind, reference):
            one, other = open_store(studio, role, spec).load(keys)
            found[role] = float(one @ other)
        return found

    return routes


def _sha256(studio: Studio, image_id: int) -> str:
    image = get_image(studio.database, image_id) if 0 <= image_id < _MOST else None
    if image is None:
        raise HTTPException(404, detail=f"There is no image {image_id}.")
    return image.sha256
