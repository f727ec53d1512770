"""An OpenAI-compatible server of our own, which answers over real HTTP as a test wants it."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

QUESTION = {
    "question": "Is the door on the left or on the right?",
    "option_a": "Left",
    "option_b": "Right",
    "pattern": "position",
}


def completion(content: object) -> bytes:
    """A chat completion with this content, which is JSON unless it is text already."""
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


@dataclass
class FakeEndpoint:
    """Keeps every request; `status`, `body` and `holds` say how the next ones are answered."""

    status: int = 200
    body: bytes = field(default_factory=lambda: completion(QUESTION))
    knows_schemas: bool = True
    location: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    arrived: Event = field(default_factory=Event)
    holds: Event | None = None

    def __post_init__(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.requests.append({"path": self.path, "headers": self.headers, "body": given})
                fake.arrived.set()
                if fake.holds is not None:
                    fake.holds.wait(20)
                schema = "response_format" in given and not fake.knows_schemas
                status, body = (400, b"{}") if schema else (fake.status, fake.body)
                self.send_response(status)
                if fake.location:
                    self.send_header("Location", fake.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):  # whoever asked has left
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        quick_to_stop = {"poll_interval": 0.02}
        Thread(target=self.server.serve_forever, kwargs=quick_to_stop, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def close(self) -> None:
        if self.holds is not None:
            self.holds.set()
        self.server.shutdown()
        self.server.server_close()
