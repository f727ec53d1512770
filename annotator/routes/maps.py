"""/api/map.json, /api/map.bin and the details of one image."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from annotator.access import requires
from annotator.maps import EmbeddingMaps, MapPayload
from annotator.patterns import workspace_patterns
from annotator.payloads import Problem
from annotator.pipeline.roles import EncoderRoles
from annotator.routes.answers import binary, tagged_json
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.images import get_image
from db.lifecycle import PairState
from db.pairs import newest_run, pair_links
from db.roles import Role
from db.views import PairLink

# More lines than this say nothing, and a mining run may keep millions of pairs.
MOST_OPEN_PAIRS = 20_000
_STATES = list(PairState)

Slug = Annotated[str | None, Query(max_length=200)]
LayoutId = Annotated[str | None, Query(max_length=20)]


def router(studio: Studio) -> APIRouter:
    """The data of Explore: what changes with every decision as JSON, coordinates as binary."""
    routes = APIRouter()
    maps = EmbeddingMaps(studio)

    @routes.get("/api/map.json")
    def describe(
        request: Request, blind: Slug = None, reference: Slug = None, layout: LayoutId = None
    ) -> Response:
        """What is on the maps: images, pairs and how to read the coordinates."""
        roles = chosen_roles(studio, blind, reference)
        found, body = maps.current(roles, layout), maps.choices(roles)
        if isinstance(found, Problem):
            body |= {"problem": asdict(found)}
        else:
            body |= found.header | _thresholds(studio, roles)
            body |= pair_columns(studio, found, roles)
        return tagged_json(request, body)

    @routes.get("/api/map.bin")
    def coordinates(
        request: Request, blind: Slug = None, reference: Slug = None, layout: LayoutId = None
    ) -> Response:
        """The coordinates, in the layout that map.json describes."""
        found = maps.current(chosen_roles(studio, blind, reference), layout)
        if isinstance(found, Problem):
            raise HTTPException(404, detail=found.what)
        answer = binary(request, found.content, found.digest, found.payload.compressed)
        answer.headers["X-Map-Digest"] = found.digest
        return answer

    @routes.delete(
        "/api/map/layouts/{layout}", status_code=204, dependencies=[requires(Role.reviewer)]
    )
    def forget(layout: str, blind: Slug = None, reference: Slug = None) -> None:
        """Deletes a stored layout."""
        maps.delete(chosen_roles(studio, blind, reference), layout)

    @routes.get("/api/map/images/{image_id:int}")
    def details(image_id: int) -> dict[str, Any]:
        """What is known of one image."""
        image = get_image(studio.database, image_id)
        if image is None:
            raise HTTPException(404, detail=f"There is no image {image_id}.")
        return {
            "id": image.id,
            "file_name": image.file_name,
            "caption": image.caption,
            "label": image.label,
            "width": image.width,
            "height": image.height,
        }

    return routes


def pair_columns(
    studio: Studio,
    payload: MapPayload,
    roles: EncoderRoles,
    *,
    most_open: int = MOST_OPEN_PAIRS,
) -> dict[str, Any]:
    """The pairs to draw as columns, widest gap first; images are positions in the payload.

    All that somebody dealt with, and the widest `most_open` of the others.
    """
    links = pair_links(studio.database, (roles.blind, roles.reference))
    on_map = [
        link
        for link in links
        if link.first_image_id in payload.position and link.second_image_id in payload.position
    ]
    on_map.sort(key=lambda link: (-link.gap, link.id))
    n_open, drawn = 0, []
    for link in on_map:
        n_open += link.state is PairState.unreviewed
        if link.state is not PairState.unreviewed or n_open <= most_open:
            drawn.append(link)
    used = {link.pattern for link in drawn if link.pattern}
    patterns = workspace_patterns(studio).with_used(used)
    return {
        "n_pairs": len(links),
        "n_pairs_on_map": len(on_map),
        "states": [state.value for state in _STATES],
        "patterns": [pattern.name for pattern in patterns],
        "pairs": _columns(drawn, payload.position, patterns.slugs),
    }


def _columns(
    links: Sequence[PairLink], position: dict[int, int], slugs: Sequence[str]
) -> dict[str, list[Any]]:
    patterns = {slug: code for code, slug in enumerate(slugs)}
    states = {state: code for code, state in enumerate(_STATES)}
    return {
        "id": [link.id for link in links],
        "first": [position[link.first_image_id] for link in links],
        "second": [position[link.second_image_id] for link in links],
        "blind_cosine": [round(link.blind_cosine, 6) for link in links],
        "reference_cosine": [round(link.reference_cosine, 6) for link in links],
        "gap": [round(link.gap, 6) for link in links],
        "state": [states[link.state] for link in links],
        "pattern": [patterns.get(link.pattern or "", -1) for link in links],
    }


def _thresholds(studio: Studio, roles: EncoderRoles) -> dict[str, Any]:
    run = newest_run(studio.database, roles.blind, roles.reference)
    if run is None:
        return {"thresholds": None}
    return {"thresholds": {"blind_min": run.blind_min, "reference_max": run.reference_max}}
