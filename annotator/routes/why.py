"""/api/why: where the encoders see two images differ, patch by patch."""

from typing import Any

from fastapi import APIRouter, HTTPException

from annotator.pipeline.roles import EncoderRoles
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from annotator.why import WhyViews
from db.images import get_image
from db.pairs import get_card
from db.views import ImageView

_MOST = 2**63


def router(studio: Studio) -> APIRouter:
    """Heat maps for any two images, or for a candidate pair with the encoders that found it."""
    routes = APIRouter(prefix="/api")

    @routes.get("/why")
    def why(
        first: int | None = None,
        second: int | None = None,
        pair: int | None = None,
        blind: str | None = None,
        reference: str | None = None,
    ) -> dict[str, Any]:
        """Heat maps of where each of two encoders sees two images differ, or why there are none."""
        views = studio.shared(WhyViews)
        if pair is not None:
            card = get_card(studio.database, pair) if 0 <= pair < _MOST else None
            if card is None:
                raise HTTPException(404, detail=f"There is no pair {pair}.")
            roles = (
                EncoderRoles(*card.encoders)
                if blind is None and reference is None and card.encoders
                else chosen_roles(studio, blind, reference)
            )
            return views.get(card.first, card.second, roles)
        if first is None or second is None:
            raise HTTPException(400, detail="Name a pair, or a first and a second image.")
        images = _image(studio, first), _image(studio, second)
        return views.get(*images, chosen_roles(studio, blind, reference))

    return routes


def _image(studio: Studio, image_id: int) -> ImageView:
    image = get_image(studio.database, image_id) if 0 <= image_id < _MOST else None
    if image is None:
        raise HTTPException(404, detail=f"There is no image {image_id}.")
    return image
