"""/api/map.json, /api/map.bin and the map widget's own script files."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from annotator.maps import EmbeddingMaps, MapPayload, MapProblem
from annotator.studio import Studio
from annotator.widgets.embedding_map import SCRIPTS
from db.images import get_image
from db.lifecycle import PairState
from db.pairs import current_run, pair_links
from db.views import PairLink
from evaluation.patterns import load_patterns

# More lines than this say nothing, and a mining run may keep millions of pairs.
MOST_OPEN_PAIRS = 20_000
_STATES = list(PairState)
_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


def router(studio: Studio) -> APIRouter:
    """The data of Explore: what changes with every decision as JSON, coordinates as binary."""
    routes = APIRouter()
    maps = EmbeddingMaps(studio)

    @routes.get("/api/map.json")
    def describe(request: Request) -> Response:
        found = maps.current()
        if isinstance(found, MapProblem):
            body: dict[str, Any] = {"problem": asdict(found)}
        else:
            body = found.header | _thresholds(studio) | pair_columns(studio, found)
        content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        return _tagged(request, content, "application/json", hashlib.sha256(content).hexdigest())

    @routes.get("/api/map.bin")
    def coordinates(request: Request) -> Response:
        found = maps.current()
        if isinstance(found, MapProblem):
            raise HTTPException(404, detail=found.what)
        answer = _tagged(
            request, found.content, "application/octet-stream", found.digest, found.compressed
        )
        answer.headers["X-Map-Digest"] = found.digest
        if request.query_params.get("v") == found.digest:
            answer.headers["Cache-Control"] = _FOREVER
        return answer

    @routes.get("/api/map/images/{image_id:int}")
    def details(image_id: int) -> dict[str, Any]:
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

    @routes.get("/widgets/embedding_map/{name}")
    def script(name: str, request: Request) -> Response:
        if name not in SCRIPTS:
            raise HTTPException(404)
        content = SCRIPTS[name].read_bytes()
        return _tagged(request, content, "text/javascript", hashlib.sha256(content).hexdigest())

    return routes


def pair_columns(
    studio: Studio, payload: MapPayload, *, most_open: int = MOST_OPEN_PAIRS
) -> dict[str, Any]:
    """The pairs to draw as columns, widest gap first; images are positions in the payload.

    All that somebody dealt with, and the widest `most_open` of the others.
    """
    links = pair_links(studio.database)
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
    patterns = load_patterns()
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


def _thresholds(studio: Studio) -> dict[str, Any]:
    run = current_run(studio.database)
    if run is None:
        return {"thresholds": None}
    return {"thresholds": {"blind_min": run.blind_min, "reference_max": run.reference_max}}


def _tagged(
    request: Request, content: bytes, media_type: str, digest: str, compressed: bytes | None = None
) -> Response:
    """The content with an ETag, compressed where the client takes it; 304 if it has it already."""
    # Weak, because the compressed and the plain answer share it.
    headers = {"ETag": f'W/"{digest}"', "Cache-Control": _ASK_AGAIN, "Vary": "Accept-Encoding"}
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 5) if compressed is None else compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=media_type, headers=headers)
