"""Which addresses the server listens on and answers to, and that only its own pages write."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.content_policy import HEADER, POLICY
from annotator.errors import AppError
from annotator.settings import Settings

# "testserver" is what Starlette's test client calls itself.
LOCAL_NAMES = frozenset({"localhost", "testserver"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PROTECTIVE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    HEADER: POLICY,
}
# uvicorn has read these where the settings say so; further in nobody may be fooled by them.
_FROM_PROXIES = (b"x-forwarded-", b"forwarded", b"x-gradio-server")


def is_loopback(host: str) -> bool:
    """Whether a host name or address (without port) can only mean this machine."""
    name = host.strip().strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def open_to_others(settings: Settings) -> bool:
    """Whether other machines may reach a server with these settings."""
    return not is_loopback(settings.host) or settings.behind_proxy or bool(settings.public_names)


def check_reach(settings: Settings, *, accounts: bool) -> None:
    """Refuses to let other machines in where everybody would be everything.

    Raises:
        AppError: others can reach the server, and there are no accounts.
    """
    if open_to_others(settings) and not accounts:
        where = settings.host if not is_loopback(settings.host) else settings.public_hosts
        raise AppError(
            "this address can be reached from other machines, and there are no accounts yet.",
            where=where or "--behind-proxy",
            hint="Make the first one with `mmvp user add NAME --role admin`, or serve on "
            "127.0.0.1 and use `ssh -L 7860:127.0.0.1:7860 HOST` from another machine.",
        )


def listen(host: str, port: int) -> socket.socket:
    """A socket that browsers can already connect to; port 0 takes a free one.

    Raises:
        AppError: the port cannot be had.
    """
    name = host.strip().strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    try:
        listener = socket.create_server((name, port), family=family)
    except OSError as error:
        raise AppError(
            f"cannot listen here: {(error.strerror or str(error)).lower()}.",
            where=f"{host}:{port}",
            hint="Stop what runs there, or choose another port with --port or MMVP_PORT.",
        ) from error
    # asyncio does this only for sockets it made itself; without it each answer waits some 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class OwnSite:
    """ASGI middleware against two ways in from a foreign web page.

    A foreign name that points at this server (DNS rebinding) is refused by its Host header; a
    foreign page that posts to us (CSRF) by its Origin. What carries an API token was sent by no
    page: browsers let pages add such a header to their own site's requests only.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._names = LOCAL_NAMES | settings.public_names
        self._any_address = not is_loopback(settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = scope["headers"]
        scope["headers"] = [h for h in headers if not h[0].lower().startswith(_FROM_PROXIES)]
        problem = self._problem(scope)
        if problem:
            refusal = JSONResponse({"message": problem}, 403, headers=_PROTECTIVE)
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
        if not self._is_ours(name):
            return "This server does not answer to this name; --public-host lets it."
        if scope["type"] == "http" and scope["method"] in READING:
            return ""
        if is_bearer(headers):
            return ""
        origin = headers.get("origin")
        if origin is not None and _parts(origin)[1] != host.lower():
            return "This request comes from another site."
        if origin is None and headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return "This request comes from another site."
        return ""

    def _is_ours(self, name: str) -> bool:
        return name in self._names or is_loopback(name) or (self._any_address and _is_address(name))


def is_bearer(headers: Headers) -> bool:
    """Whether a request brings an API token, good or bad."""
    return headers.get("authorization", "").lower().startswith("bearer ")


def _is_address(name: str) -> bool:
    """Numbers cannot be made to point elsewhere, as names can."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _parts(address: str) -> tuple[str, str]:
    """Host name and host with port of an address, in small letters; empty if it is none."""
    try:
        split = urlsplit(address)
    except ValueError:
        return "", ""
    return split.hostname or "", split.netloc.lower()
