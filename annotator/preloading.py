"""Has the browser fetch a page's modules while Gradio still starts: it would ask for them after."""

import posixpath
import re
from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.routes.scripts import SCRIPTS

_IMPORTED = re.compile(r"""\bfrom\s+["'](\.[^"']+)["']|\bimport\(["'](/widgets/[^"']+)["']\)""")
_END_OF_HEAD = b"</head>"


def module_links(widgets: Iterable[str]) -> str:
    """A `modulepreload` link for every module that mounting these widgets imports."""
    found: dict[str, None] = {}
    waiting = [f"/widgets/{name}/mount.js" for name in widgets]
    mounts = len(waiting)
    for address in waiting:  # grows while it is walked
        if address in found:
            continue
        found[address] = None
        folder, name = address.split("/")[2:]
        script = SCRIPTS[folder, name].read_text(encoding="utf-8")
        for beside, absolute in _IMPORTED.findall(script):
            waiting.append(absolute or posixpath.normpath(f"/widgets/{folder}/{beside}"))
    # Gradio runs the mounting scripts themselves; nobody fetches those.
    return "".join(f'<link rel="modulepreload" href="{one}">' for one in list(found)[mounts:])


class Preloading:
    """ASGI middleware that puts links into the head of the pages at these paths."""

    def __init__(self, app: ASGIApp, links: Mapping[str, str]) -> None:
        self.app = app
        self._links = {path: text.encode() for path, text in links.items() if text}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        links = self._links.get(scope.get("path", "").strip("/"))
        if scope["type"] != "http" or links is None:
            await self.app(scope, receive, send)
            return
        started: list[Message] = []
        body = bytearray()

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if message["status"] == 200 and kind.startswith("text/html"):
                    started.append(message)
                    return
            if not started or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            content = bytes(body).replace(_END_OF_HEAD, links + _END_OF_HEAD, 1)
            MutableHeaders(scope=started[0])["content-length"] = str(len(content))
            await send(started[0])
            await send({"type": "http.response.body", "body": content})

        await self.app(scope, receive, send_with_links)
