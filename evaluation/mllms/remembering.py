"""A client of chat completions that writes every answer down and never asks the same twice."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from evaluation.mllms.asking import Reply, Request
from evaluation.mllms.log import AnswerLog, open_log


class Completes(Protocol):
    """A client of chat completions, such as ``evaluation.mllms.chat.ChatClient``."""

    def complete(self, body: dict[str, Any]) -> Reply:
        """One chat completion."""
        ...


class RememberingClient:
    """Answers from the log where the very same request was answered before."""

    def __init__(self, client: Completes, log: AnswerLog, server: str) -> None:
        """``server`` belongs to a request: the same model elsewhere is asked again."""
        self._client, self._log, self._server = client, log, server
        self.n_remembered = 0

    def complete(self, body: dict[str, Any]) -> Reply:
        """One chat completion; on disk before it is returned.

        Raises:
            AnswerFailed, RunStopped: as the client has it.
        """
        text = json.dumps([self._server, body], sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()
        known = self._log.get(key)
        if known is not None:
            self.n_remembered += 1
            return known
        reply = self._client.complete(body)
        self._log.append(_request(key, body), reply, str(body.get("model")))
        return reply


@contextmanager
def remembering(client: Completes, folder: Path | None, server: str) -> Iterator[Completes]:
    """The client with a log in ``folder``, for this process alone; as it is without one.

    Raises:
        LogInUse, DamagedLog: as ``open_log``.
    """
    if folder is None:
        yield client
        return
    with open_log(folder) as log:
        yield RememberingClient(client, log, server)


def _request(key: str, body: dict[str, Any]) -> Request:
    return Request(
        key=key,
        prompt=str(body["messages"][-1]["content"]),
        image_digests=(),
        temperature=body.get("temperature"),
        max_tokens=int(body.get("max_tokens") or 0),
        body={},
        repeat=0,
        read_images=list,
    )
