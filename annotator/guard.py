"""Who may talk to a server without accounts: this machine's browser, from our own pages only."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# "testserver" is what Starlette's test client calls itself.
LOCAL_NAMES = frozenset({"localhost", "testserver"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PROTECTIVE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address (without port) can only mean this machine."""
    name = host.strip().strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


class LocalOnly:
    """ASGI middleware against two ways in from a foreign web page.

    A foreign name that points at 127.0.0.1 (DNS rebinding) is refused by its Host header; a foreign
    page that posts to us (CSRF) by its Origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        problem = self._problem(scope)
        if problem:
            refusal = JSONResponse({"message": problem}, status_code=403)
            await refusal(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _PROTECTIVE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_protected)

    def _problem(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = _parts(f"//{host}")[0]
        if name not in LOCAL_NAMES and not is_loopback(name):
            return "This server answers to localhost only."
        if scope["type"] == "http" and scope["method"] in READING:
            return ""
        origin = headers.get("origin")
        if origin is not None and _parts(origin)[1] != host.lower():
            return "This request comes from another site."
        if origin is None and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return "This request comes from another site."
        return ""


def _parts(address: str) -> tuple[str, str]:
    """Host name and host with port of an address, in small letters; empty if it is none."""
    try:
        split = urlsplit(address)
    except ValueError:
        return "", ""
    return split.hostname or "", split.netloc.lower()
