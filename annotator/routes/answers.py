"""Answers that a browser keeps: tagged by their content, compressed where it takes that."""

import gzip
import hashlib
import json

from fastapi import Request, Response

_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


def tagged_json(request: Request, body: object) -> Response:
    """The body as JSON, tagged by its content."""
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return tagged(request, content, "application/json", hashlib.sha256(content).hexdigest())


def binary(request: Request, content: bytes, digest: str, compressed: bytes) -> Response:
    """Arrays; who asks for them by this digest (`v=`) need never ask again."""
    answer = tagged(request, content, "application/octet-stream", digest, compressed)
    if request.query_params.get("v") == digest:
        answer.headers["Cache-Control"] = _FOREVER
    return answer


def tagged(
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
