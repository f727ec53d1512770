"""/api/annotations.csv and .json: everything that people said, for reviewers."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from annotator.access import requires
from annotator.raw_annotations import RawFormat, raw_annotations
from annotator.studio import Studio
from db.roles import Role

_TYPES = {RawFormat.csv: "text/csv; charset=utf-8", RawFormat.json: "application/json"}


def router(studio: Studio) -> APIRouter:
    """The two downloads; the bytes are sent while they are read."""
    routes = APIRouter(prefix="/api", tags=["annotations"], dependencies=[requires(Role.reviewer)])

    def send(form: RawFormat) -> StreamingResponse:
        def pieces() -> Iterator[bytes]:
            for text in raw_annotations(studio, form):
                yield text.encode("utf-8", "replace")  # half a character is nobody's words

        headers = {
            "Content-Disposition": f'attachment; filename="annotations.{form}"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(pieces(), media_type=_TYPES[form], headers=headers)

    @routes.get(
        "/annotations.csv", summary="Raw annotations as CSV", response_class=StreamingResponse
    )
    def as_csv() -> StreamingResponse:
        """Every annotation, blind answer and ruling; formulas are made harmless."""
        return send(RawFormat.csv)

    @routes.get(
        "/annotations.json", summary="Raw annotations as JSON", response_class=StreamingResponse
    )
    def as_json() -> StreamingResponse:
        """The same rows in the very words that people typed."""
        return send(RawFormat.json)

    return routes
