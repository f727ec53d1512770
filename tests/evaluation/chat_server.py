"""A small real HTTP server that speaks chat completions, and misbehaves as it is told."""

import base64
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Says = Callable[["Asked"], str]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    prompt: str
    images: tuple[str, ...]
    body: dict[str, Any]
    key: str | None

    @property
    def identity(self) -> tuple[str, tuple[str, ...]]:
        return (self.prompt, self.images)


@dataclass
class ChatServer:
    """Answers what `says` says; `trouble` may do something else first.

    `trouble(asked, n)` gets the request and how often it came before, and returns None for a proper
    answer or one of: a status, (status, headers), bytes (sent as 200), "drop", a number of seconds
    to wait before a proper answer. What was properly answered is `billed`.
    """

    says: Says
    trouble: Callable[[Asked, int], Any] = lambda _asked, _n: None
    asked: list[Asked] = field(default_factory=list)
    billed: Counter[tuple[str, tuple[str, ...]]] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    quiet_until: float = 0.0
    violations: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = _read(handler)
        with self.lock:
            if time.monotonic() < self.quiet_until:
                self.violations += 1
            seen = sum(one.identity == asked.identity for one in self.asked)
            self.asked.append(asked)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self._answer(handler, asked, self.trouble(asked, seen))
        finally:
            with self.lock:
                self.at_once -= 1

    def _answer(self, handler: BaseHTTPRequestHandler, asked: Asked, trouble: Any) -> None:  # noqa: ANN401
        if trouble == "drop":
            handler.close_connection = True
            return
        if isinstance(trouble, int | tuple):
            status, headers = trouble if isinstance(trouble, tuple) else (trouble, {})
            if headers.get("Retry-After", "GMT")[-3:] != "GMT":
                with self.lock:
                    self.quiet_until = time.monotonic() + float(headers["Retry-After"])
            _send(handler, status, b'{"error": {"message": "told to refuse"}}', headers)
            return
        if isinstance(trouble, bytes):
            _send(handler, 200, trouble, {})
            return
        if isinstance(trouble, float):
            time.sleep(trouble)
        with self.lock:
            self.billed[asked.identity] += 1
        choice = {"message": {"role": "assistant", "content": self.says(asked)}, "index": 0}
        found = {
            "choices": [choice | {"finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 2, "details": {"cached": 0}},
        }
        _send(handler, 200, json.dumps(found).encode(), {})


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
    content = body["messages"][0]["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    images = tuple(
        hashlib.sha256(
            base64.b64decode(part["image_url"]["url"].partition("base64,")[2])
        ).hexdigest()
        for part in parts
        if part["type"] == "image_url"
    )
    (prompt,) = [part["text"] for part in parts if part["type"] == "text"]
    return Asked(prompt, images, body, handler.headers.get("Authorization"))


def _send(
    handler: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str]
) -> None:
    try:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
    except OSError:
        handler.close_connection = True  # whoever asked has left


@contextmanager
def serving(server: ChatServer) -> Iterator[ChatServer]:
    """The server on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            assert self.path == "/v1/chat/completions"
            server.answer(self)

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
