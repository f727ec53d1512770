"""The content security policy: a page runs the server's own scripts, and no others."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "content-security-policy"
_ALWAYS = "base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
# What is no page, such as a picture in SVG, runs nothing that is written into it.
POLICY = f"{_ALWAYS}; script-src 'self'"
_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script\s*>", re.S | re.I)


def page_policy(html: bytes, also: Iterable[str] = ()) -> str:
    """The policy of a page: our files, the scripts that the server wrote into it, and `also`.

    Attributes such as `onerror` and scripts that a page adds to itself do not run. Gradio makes
    functions of the text of its components' scripts, which needs 'unsafe-eval'.
    """
    texts = [*_SCRIPT.findall(html), *(text.encode() for text in also)]
    hashes = sorted({f"'sha256-{_digest(text)}'" for text in texts})
    allowed = ["'self'", "'unsafe-eval'", *hashes]
    return f"{_ALWAYS}; script-src {' '.join(allowed)}"


def _digest(script: bytes) -> str:
    unix = script.replace(b"\r\n", b"\n")  # as browsers read it
    return b64encode(hashlib.sha256(unix).digest()).decode()


class ContentPolicy:
    """ASGI middleware that gives each HTML answer the policy of its own scripts.

    It has to see the text, so it belongs further in than whatever compresses pages.

    Args:
        also: scripts that pages add to themselves.
    """

    def __init__(self, app: ASGIApp, also: Iterable[str] = ()) -> None:
        self.app, self.also = app, tuple(also)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def look(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                MutableHeaders(scope=start)[HEADER] = page_policy(bytes(body), self.also)
                await send(start)
                await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, look)


def _is_page(start: Message) -> bool:
    headers = MutableHeaders(scope=start)
    is_html = headers.get("content-type", "").startswith("text/html")
    is_shown = "attachment" not in headers.get("content-disposition", "")
    return is_html and is_shown and HEADER not in headers and "content-encoding" not in headers
