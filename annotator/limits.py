"""How much a request may bring: more is refused while it comes in, before it fills the memory."""

from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# By the beginning of the address; the first that fits. A picture has a limit in its own route.
_MOST_BYTES = (
    ("/login", 64 * 1024),
    ("/password", 64 * 1024),
    ("/api/search/image", 128 * 1024 * 1024),
    ("/api/imported", 1024 * 1024 * 1024),  # written to a file while it comes in
    ("", 32 * 1024 * 1024),  # a selection of a million pairs is a third of this
)


class TooMuch(Exception):
    """The body is longer than its address takes."""


class BodyLimit:
    """ASGI middleware that answers 413, whatever the header said about the length."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = next(limit for start, limit in _MOST_BYTES if scope["path"].startswith(start))
        started, too_much, n_bytes = False, False, 0
        told = dict(scope["headers"]).get(b"content-length", b"0")

        async def count(message: Message) -> None:
            nonlocal started
            if not too_much or started:  # what reads a body may call it broken, in its own words
                started = True
                await send(message)

        async def read() -> Message:
            nonlocal n_bytes, too_much
            message = await receive()
            n_bytes += len(message.get("body", b""))
            too_much = n_bytes > most
            if too_much:
                raise TooMuch
            return message

        too_much = told.isdigit() and int(told) > most
        if not too_much:
            with suppress(TooMuch):
                await self.app(scope, read, count)
        if too_much and not started:
            limit = f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"
            content = {"message": f"This is too much at once: at most {limit}."}
            refusal = JSONResponse(content, 413, headers={"Connection": "close"})
            await refusal(scope, receive, send)
